-- Test control over HTTP, loopback only: the server's own list of rooms, and commands.
local configmanager = require "core.configmanager";
local jid = require "util.jid";
local modulemanager = require "core.modulemanager";
local st = require "util.stanza";
local uuid = require "util.uuid".generate;
local base64 = require "util.encodings".base64.encode;

local found, json = pcall(require, "cjson.safe");
if not found then json = require "util.json"; end

local muc = module:depends("muc");

local function described(room)
	local list = {};
	for nick, occupant in room:each_occupant() do
		for real_jid, presence in occupant:each_session() do
			if presence.attr.type == nil then
				list[#list + 1] = {
					nick = jid.resource(nick);
					jid = real_jid;
					role = occupant.role or "none";
					affiliation = room:get_affiliation(occupant.bare_jid) or "none";
				};
			end
		end
	end
	return list;
end

local function all_described()
	local rooms = {};
	for room in muc.live_rooms() do
		if room:has_occupant() and not room._data.destroyed then
			rooms[jid.node(room.jid)] = described(room);
		end
	end
	return rooms;
end

local function room_named(node)
	local wanted = node .. "@" .. module.host;
	for room in muc.live_rooms() do
		if room.jid == wanted then return room; end
	end
	error("no such room: " .. node, 0);
end

local function base64url(text)
	return (base64(text):gsub("%+", "-"):gsub("/", "_"):gsub("=", ""));
end

-- A session without a connection, so that a made occupant has claims as a real one has.
local function pretend_session(bare, resource, node, user)
	local name, host = jid.split(bare);
	local claims = { iss = "pretend", aud = "pretend", sub = host, room = node, context = { user = user } };
	local session = {
		type = "c2s"; username = name; host = host; resource = resource;
		full_jid = bare .. "/" .. resource; priority = 0; presence = false; mucmon_pretend = true;
		auth_token = base64url('{"alg":"HS256","typ":"JWT"}') .. "." .. base64url(json.encode(claims)) .. ".AA";
		jitsi_meet_context_user = user; jitsi_meet_room = node;
		send = function () return true; end;
		log = function () end;
	};
	-- Prosody waits at its end until every session has closed itself.
	function session.close()
		prosody.hosts[host].sessions[name] = nil;
		prosody.bare_sessions[bare] = nil;
		prosody.full_sessions[session.full_jid] = nil;
	end
	local user_entry = { sessions = { [resource] = session } };
	prosody.hosts[host].sessions[name] = user_entry;
	prosody.bare_sessions[bare] = user_entry;
	prosody.full_sessions[session.full_jid] = session;
	return session;
end

local function join_pretended(room, node, number, order)
	local name = uuid();
	local user_host = order.user_host or module.host:gsub("^[^.]+%.", "");
	local bare, nick = name .. "@" .. user_host, name:sub(1, 8);
	local affiliation = number == 1 and "owner" or "member";
	local label = ("Person %d of %s"):format(number, node);
	local user = { id = name, name = label, affiliation = affiliation };
	local session = order.sessions and pretend_session(bare, "made", node, user) or nil;
	room._affiliations[bare] = affiliation;
	local occupant = room:new_occupant(bare, room.jid .. "/" .. nick);
	local presence = st.presence({ from = bare .. "/made", to = occupant.nick })
		:tag("nick", { xmlns = "http://jabber.org/protocol/nick" }):text(label):up();
	occupant:set_session(bare .. "/made", presence);
	room:save_occupant(occupant);
	if order.fire then
		module:fire_event("muc-occupant-joined", {
			room = room; nick = occupant.nick; occupant = occupant;
			stanza = presence; origin = session or { type = "c2s", send = function () end };
		});
	end
end

local actions = {};

function actions.load(order) return modulemanager.load(order.host, order.module); end

function actions.unload(order) return modulemanager.unload(order.host, order.module); end

function actions.reload(order) return modulemanager.reload(order.host, order.module); end

-- Before the module has looked at any room again, a room ends and somebody leaves another.
function actions.reload_and(order)
	assert(modulemanager.reload(order.host, order.module));
	room_named(order.destroy):destroy(nil, order.reason);
	local session = assert(prosody.full_sessions[order.leaver], "no such session");
	local presence = st.presence({ from = order.leaver, to = order.left, type = "unavailable" });
	prosody.core_process_stanza(session, presence);
	return true;
end

-- Somebody who needs no session here, such as a recorder.
function actions.enter(order)
	local room = room_named(order.room);
	local occupant = room:new_occupant(jid.bare(order.jid), room.jid .. "/" .. order.nick);
	occupant.role = "participant";
	occupant:set_session(order.jid, st.presence({ from = order.jid, to = occupant.nick }));
	room:save_occupant(occupant);
	module:fire_event("muc-occupant-joined", {
		room = room; nick = occupant.nick; occupant = occupant;
		stanza = st.presence({ from = order.jid, to = occupant.nick }); origin = { type = "s2sin", send = function () end };
	});
	return true;
end

function actions.set_affiliation(order)
	return room_named(order.room):set_affiliation(order.actor or true, order.jid, order.affiliation, order.reason);
end

function actions.set_role(order)
	local room = room_named(order.room);
	return room:set_role(order.actor or true, room.jid .. "/" .. order.nick, order.role, order.reason);
end

-- As Jitsi's breakout plugin lists a breakout room in its main room.
function actions.breakout(order)
	local room = room_named(order.room);
	room._data.breakout_rooms = room._data.breakout_rooms or {};
	room._data.breakout_rooms[order.jid] = order.title;
	return true;
end

-- As Jitsi's breakout plugin keeps a main room whose people are all in its breakout rooms.
function actions.keep(order) return room_named(order.room):set_persistent(true); end

function actions.destroy(order) return room_named(order.room):destroy(nil, order.reason); end

function actions.fill(order)
	for number = 1, order.rooms do
		local node = (order.prefix or "made-") .. number;
		local room = assert(muc.new_room(node .. "@" .. module.host));
		room:set_whois("anyone");
		assert(muc.track_room(room), "room limit");
		for person = 1, order.people do join_pretended(room, node, person, order); end
		if order.fire then module:fire_event("muc-room-created", { room = room }); end
	end
	return true;
end

function actions.config(order)
	configmanager.set(order.host, order.option, order.value);
	if order.fire then prosody.events.fire_event("config-reloaded"); end
	return true;
end

function actions.gc()
	collectgarbage();
	collectgarbage();
	return true, { kb = collectgarbage("count") };
end

-- The companion module calls its handlers by name, through this table of its environment.
local function monitor_handlers(host)
	return assert(prosody.hosts[host or module.host].modules.muc_monitor, "muc_monitor is not loaded").handlers;
end

function actions.handlers()
	local names = {};
	for name in pairs(monitor_handlers()) do names[#names + 1] = name; end
	return true, { names = names };
end

actions["break"] = function (order)
	local handlers = monitor_handlers();
	assert(handlers[order.handler], "no such handler");
	handlers[order.handler] = function () error("broken on purpose"); end
	return true;
end

-- Runs one of its handlers now that would wait for its timer.
function actions.handle(order)
	return (pcall(monitor_handlers(order.host)[order.handler]));
end

-- Sets a number the companion module keeps in a local variable, so that a test need not wait two minutes.
function actions.constant(order)
	local seen = {};
	local function set_in(fn)
		if seen[fn] then return false; end
		seen[fn] = true;
		for index = 1, 255 do
			local name, value = debug.getupvalue(fn, index);
			if not name then return false; end
			if name == order.name then return debug.setupvalue(fn, index, order.value) ~= nil; end
			if type(value) == "function" and debug.getinfo(value, "S").source:find("mod_muc_monitor", 1, true) and set_in(value) then
				return true;
			end
		end
	end
	for _, handler in pairs(monitor_handlers()) do
		if set_in(handler) then return true; end
	end
	error("no such constant: " .. order.name, 0);
end

-- As mod_muc does for a room that comes back from its store.
function actions.restore(order)
	module:fire_event("muc-room-restored", { room = room_named(order.room) });
	return true;
end

local function answer(status, value)
	return { status_code = status; headers = { content_type = "application/json" }; body = json.encode(value) };
end

local function run(event)
	local order = json.decode(event.request.body or "");
	local action = type(order) == "table" and actions[order["do"]];
	if not action then return answer(400, { error = "unknown order" }); end
	local ran, result, more, text = pcall(action, order);
	if not ran then return answer(500, { error = tostring(result) }); end
	if not result then return answer(409, { error = tostring(text or more or "refused") }); end
	return answer(200, type(more) == "table" and more or { ok = true });
end

module:depends("http");
module:provides("http", {
	name = "mucmon_control";
	default_path = "/";
	route = {
		["GET /rooms"] = function () return answer(200, all_described()); end;
		["POST /do"] = run;
	};
});
