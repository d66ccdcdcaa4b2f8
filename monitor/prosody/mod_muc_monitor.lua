-- mod_muc_monitor: tells allowed components what happens in the rooms of this MUC component.
--
-- Enable it on the MUC component (and on breakout and lobby components where there are any):
--     modules_enabled = { "muc_monitor" }
--     muc_monitor_watchers = { "monitor.meet.example" }  -- component JIDs; where unset, the `admins` in force
--     muc_monitor_claims = { "email" }                   -- more of context.user; or "all", or "none"
--
-- It sends nothing while nobody watches, never into a room, and never a token, a signature or an address.
-- Runs on Prosody 0.12 and 13. An error in here never reaches the user whose stanza is being handled.
--
-- A batch is one JSON object: sub, seq, now, and any of facts, rooms, events, snapshot ("more", "end"), health and
-- bye (the time the module was unloaded). Records are arrays:
--     change    at, was, now, actor, actor kind, by_module, reason
--     session   jid, gone at
--     occupant  oid, nick, name, sessions, role, affiliation, joined at, exactly, exempt, has_token, token_id,
--               identity_without_token, features, change, active at, claims (base64 of a JSON object)
--     room      node, kind, parent, first seen at, created at, focus present, armed, owner gone, part, more, occupants
--     event     "joined", at, node, occupant            "left", at, node, oid, codes, reason, actor, why
--               "renamed", at, node, oid, nick          "changed", at, node, occupant (claims left out)
--               "affiliation", at, node, oid, jid, change      "destroyed", at, node, reason, by, how

local st = require "util.stanza";
local jid = require "util.jid";
local time = require "util.time";
local uuid = require "util.uuid".generate;
local hashes = require "util.hashes";
local base64 = require "util.encodings".base64;

local now, monotonic = time.now, time.monotonic;
local hosts, full_sessions = prosody.hosts, prosody.full_sessions;
local getinfo = debug.getinfo;
local mod_muc = module:depends "muc";

local xmlns_feed = "urn:mucmon:feed:0";
local xmlns_json = "urn:xmpp:json:0";
local PROTOCOL = 0;
local GATHER_S = 0.1; -- live changes wait at most this long for company
local HEARTBEAT_S = 5;
local SLICE_S = 0.002; -- what one go of a snapshot may take before it makes room for everybody else
local PART = 20; -- occupants of a big room written between two looks at the clock
local PENDING_S = 5; -- how long a change made before the join waits for it

-- lua-cjson is about three times as fast, and always there where tokens are used.
local encode, decode, NULL;
do
	local found, cjson = pcall(require, "cjson");
	if found and type(cjson) == "table" and cjson.new then
		cjson = cjson.new();
		pcall(cjson.encode_number_precision, 16);
		encode, decode, NULL = cjson.encode, cjson.decode, cjson.null;
	else
		local json = require "util.json";
		encode, decode, NULL = json.encode, json.decode, json.null;
	end
end

local function opt(value)
	if value == nil then return NULL; end
	return value;
end

-- An empty Lua table would become an object.
local function list(items)
	if items == nil or #items == 0 then return NULL; end
	return items;
end

local boot = uuid();
local loaded_at = now();
local tracked = {}; -- room JID -> what is kept of a room
local pending = setmetatable({}, { __mode = "k" }); -- room -> bare JID -> change made before the join
local leaving = setmetatable({}, { __mode = "k" }); -- room -> occupant JID -> how they leave, told just before
local renames = setmetatable({}, { __mode = "k" }); -- room -> old occupant JID -> new one
local before = {}; -- room JID -> what the module knew before it was reloaded
local watches = {}; -- watcher's bare JID -> watch
local write_later; -- puts a room on a watch's list of rooms to write
local watched_hosts = {};
local dirty = {}; -- kept occupant -> kept room
local facts_due = false;
local flush_due = false;
local next_oid = 0;
local errors, last_error = 0, nil;
local slice_max, collected_max = 0, 0; -- seconds; the second: of slices into which a run of the garbage collector fell

local function note_error(name, err)
	errors = errors + 1;
	last_error = (name .. ": " .. tostring(err):match("^[^\n]*")):sub(1, 200);
	module:log("error", "in %s", last_error);
end

-- Every hook goes through here, by name: whatever goes wrong inside, the event carries on without us.
handlers = {};
local function guard(name)
	return function (event)
		local ok, result = pcall(handlers[name], event);
		if ok then return result; end
		note_error(name, result);
	end
end

local function every(delay, name)
	local run = guard(name);
	module:add_timer(delay, function ()
		run();
		return delay;
	end);
end

local function later(delay, name, argument)
	local run = guard(name);
	module:add_timer(delay, function () run(argument); end);
end

---- Who is who

-- Options that every join asks for, read once and again when the configuration is reloaded.
local settings;
local function read_settings()
	settings = {
		admins = module:get_option_inherited_set("admins", {}),
		watchers = module:get_option_set("muc_monitor_watchers"),
		recorders = module:get_option_array("recorder_prefixes", {}),
		transcribers = module:get_option_array("transcriber_prefixes", {}),
		claims = module:get_option("muc_monitor_claims"),
		more_claims = module:get_option_array("muc_monitor_claims", {}),
	};
end

local function is_admin(bare)
	return settings.admins:contains(bare);
end

local function may_watch(bare)
	if settings.watchers ~= nil then return settings.watchers:contains(bare); end
	return is_admin(bare);
end

local function exemption(bare, presence)
	if is_admin(bare) then return "admin"; end
	if presence and presence:get_child("initiator", "http://jitsi.org/protocol/jigasi") then return "jigasi"; end
	for _, prefix in ipairs(settings.transcribers) do
		if bare:sub(1, #prefix) == prefix then return "transcriber"; end
	end
	for _, prefix in ipairs(settings.recorders) do
		if bare:sub(1, #prefix) == prefix then return "jibri"; end
	end
	local host = jid.host(bare);
	return (host:find("^recorder%.") or host:find("^hidden%.")) and "hidden_domain" or nil;
end

-- The plugin whose code called room:set_affiliation, from the Lua stack; true where the room code itself did.
local function setter()
	local inside_muc = false;
	for level = 4, 60 do
		local info = getinfo(level, "S");
		if not info then return nil; end
		local source = info.source;
		local in_muc = source:find("muc.lib.lua", 1, true);
		local name = source:match("(mod_[%w_]+)%.lua$");
		if not inside_muc then
			inside_muc = in_muc;
		elseif in_muc or name == "mod_muc" then
			return true;
		elseif name and name ~= "mod_muc_monitor" then
			return name;
		end
	end
end

local function actor_kind(room, actor, by)
	if actor then
		local bare = jid.bare(actor);
		local here = room:get_occupant_jid(actor) ~= nil;
		if is_admin(bare) then return here and "jicofo" or "operator"; end
		return "person";
	end
	return by == true and "creator" or "module";
end

---- Tokens: read once, at the join; only what is allowed is kept

local claim_keys = { "iss", "aud", "sub", "room", "exp", "nbf", "iat", "jti", "moderator" };
local context_keys = { "features", "tenant", "room" };
local user_keys = { "id", "name", "affiliation", "moderator" };

local function pick(from, keys, into)
	for _, key in ipairs(keys) do into[key] = from[key]; end
	return into;
end

local function allowed_claims(payload)
	if settings.claims == "none" then return nil; end
	if settings.claims == "all" then return payload; end
	local kept = pick(payload, claim_keys, {});
	local context = payload.context;
	if type(context) == "table" then
		kept.context = pick(context, context_keys, {});
		if type(context.user) == "table" then
			kept.context.user = pick(context.user, settings.more_claims, pick(context.user, user_keys, {}));
		end
	end
	return kept;
end

local function decode_segment(segment)
	local plain = segment:gsub("-", "+"):gsub("_", "/");
	return decode(base64.decode(plain .. ("="):rep(-#plain % 4)));
end

local function read_token(session)
	local token = session and session.auth_token;
	if type(token) ~= "string" then return nil; end
	local segment = token:match("^[^.]*%.([^.]*)%.");
	local read = {};
	local ok, payload = pcall(decode_segment, segment);
	ok = ok and type(payload) == "table";
	if not ok then payload = {}; end
	if type(payload.jti) == "string" and payload.jti ~= "" then
		read.id = payload.jti:sub(1, 100);
	elseif segment then
		read.id = hashes.sha256(segment, true):sub(1, 16);
	end
	if not ok then return read; end
	local kept = allowed_claims(payload);
	local encoded_ok, encoded = pcall(encode, kept or {});
	if kept and encoded_ok then read.claims = base64.encode(encoded); end
	if type(payload.context) == "table" and type(payload.context.features) == "table" then
		read.features = payload.context.features;
	end
	return read;
end

local function granted_features(session, token)
	local held = session and session.jitsi_meet_context_features;
	if type(held) ~= "table" then return nil; end
	local given, differs, out = token and token.features or {}, false, {};
	for key, value in pairs(held) do
		if type(key) == "string" and type(value) ~= "table" then
			out[key] = value;
			if given[key] ~= value then differs = true; end
		end
	end
	for key in pairs(given) do
		if held[key] == nil then differs = true; end
	end
	return differs and next(out) ~= nil and out or nil;
end

---- What is kept of rooms and occupants

-- room:get_occupant_by_nick and room:each_occupant copy every occupant they touch; looking needs no copy.
local function find_occupant(room, nick)
	return room._occupants[nick];
end

local function session_of(occupant)
	for real_jid in occupant:each_session() do
		if full_sessions[real_jid] then return full_sessions[real_jid]; end
	end
end

local function keep_occupant(kept, occupant, at, exactly)
	next_oid = next_oid + 1;
	local bare = occupant.bare_jid;
	local person = { oid = next_oid, nick = occupant.nick, bare = bare, joined = at, exactly = exactly };
	person.exempt = exemption(bare, occupant:get_presence());
	person.token = read_token(session_of(occupant));
	local waiting = pending[kept.room] and pending[kept.room][bare];
	if waiting then
		pending[kept.room][bare] = nil;
		if at - waiting[1] < PENDING_S then person.change = waiting; end
	end
	kept.people[occupant.nick] = person;
	kept.bares[bare] = kept.bares[bare] or {};
	kept.bares[bare][person] = true;
	return person;
end

local function drop_occupant(kept, person)
	kept.people[person.nick] = nil;
	dirty[person] = nil;
	local same = kept.bares[person.bare];
	if same then
		same[person] = nil;
		if next(same) == nil then kept.bares[person.bare] = nil; end
	end
end

-- What was known of somebody before a reload is truer than what can be found out afterwards.
local function remember(person, old)
	if not old or old.bare ~= person.bare then return; end
	person.joined, person.exactly, person.change, person.token = old.joined, old.exactly, old.change, old.token;
end

local function is_tombstone(room)
	return room._data and room._data.destroyed;
end

-- The record of a room, made where there is none; `joining` is the occupant JID that is just coming in.
-- Whoever is inside already is taken in later, a few at a time.
local function track(room, joining)
	local kept = tracked[room.jid];
	if kept and kept.room == room then return kept; end
	local old = before[room.jid] or {};
	kept = { room = room, node = jid.node(room.jid), seen = old.seen or now(), created = old.created };
	kept.people, kept.bares = {}, {};
	tracked[room.jid] = kept;
	local alone = true;
	for nick in pairs(room._occupants) do alone = alone and nick == joining; end
	for _, watch in pairs(watches) do
		if alone then
			watch.written[kept] = true; -- the events to come say all there is
		else
			write_later(watch, room);
		end
	end
	return kept;
end

-- What is kept of somebody who is inside, taken in now if they were there before us.
local function person_of(kept, nick)
	local person, occupant = kept.people[nick], find_occupant(kept.room, nick);
	if person == nil and occupant ~= nil then
		person = keep_occupant(kept, occupant, now(), false);
		local old = before[kept.room.jid];
		remember(person, old and old.people[nick]);
	end
	return person, occupant;
end

-- Takes in a few of the people who were there before us, after `nick`; returns where it stopped, nil at the end.
local function take_in(kept, nick)
	if nick ~= nil and find_occupant(kept.room, nick) == nil then nick = nil; end
	for _ = 1, PART do
		nick = next(kept.room._occupants, nick);
		if nick == nil then return nil; end
		person_of(kept, nick);
	end
	return nick;
end

---- Records

local function display_name(presence)
	local name = presence and presence:get_child_text("nick", "http://jabber.org/protocol/nick");
	return name ~= "" and name or nil;
end

local function sessions_of(occupant)
	local sessions = {};
	for real_jid, presence in occupant:each_session() do
		if presence.attr.type == nil then sessions[#sessions + 1] = { real_jid, NULL }; end
	end
	table.sort(sessions, function (a, b) return a[1] < b[1]; end);
	return sessions;
end

-- The wire record of somebody as they are at this moment, and a signature of what may change of it.
local function occupant_record(kept, person, occupant, with_claims)
	local room, token = kept.room, person.token;
	local presence = occupant:get_presence();
	local sessions = sessions_of(occupant);
	local name = display_name(presence);
	local affiliation = room:get_affiliation(person.bare) or "none";
	local features = granted_features(session_of(occupant), token);
	local identity = presence ~= nil and token == nil and presence:get_child("identity") ~= nil;
	local signature = { name or "", occupant.role or "none", affiliation, tostring(identity) };
	for _, session in ipairs(sessions) do signature[#signature + 1] = session[1]; end
	for key, value in pairs(features or {}) do signature[#signature + 1] = key .. "=" .. tostring(value); end
	return {
		person.oid, jid.resource(person.nick) or "", opt(name), list(sessions), occupant.role or "none", affiliation,
		person.joined, person.exactly, opt(person.exempt), token ~= nil, opt(token and token.id), identity,
		opt(features), person.change or NULL, NULL, opt(with_claims and token and token.claims or nil);
	}, table.concat(signature, "\0");
end

local function room_kind()
	if module.host:find("^breakout%.") then return "breakout"; end
	if module.host:find("^lobby%.") then return "lobby"; end
	return "main";
end
local kind = room_kind();

local function room_record(kept, nicks, first, part, more)
	local room, people = kept.room, {};
	for index = first, math.min(first + PART - 1, #nicks) do
		local person, occupant = person_of(kept, nicks[index]);
		if person and occupant then
			people[#people + 1], person.signature = occupant_record(kept, person, occupant, true);
		end
	end
	local focus = find_occupant(room, room.jid .. "/focus") ~= nil;
	return { kept.node, kind, NULL, kept.seen, opt(kept.created), focus, NULL, NULL, part, more, list(people) };
end

---- Facts

local options = {
	"party_check_timeout", "role_timeout", "wait_for_host_disable_auto_owners", "allow_empty_token",
	"enable_domain_verification", "app_id", "asap_accepted_issuers", "asap_accepted_audiences",
	"muc_room_cache_size", "disable_cascading_set", "muc_mapper_domain_base",
};

local function plain(value)
	if type(value) == "table" then
		local items = {};
		for index, item in ipairs(value) do items[index] = plain(item); end
		return list(items);
	elseif type(value) == "string" or type(value) == "number" or type(value) == "boolean" then
		return value;
	end
	return NULL;
end

local function module_names(host)
	local names = {};
	for name in pairs(hosts[host] and hosts[host].modules or {}) do names[#names + 1] = name; end
	table.sort(names);
	return list(names);
end

local function facts()
	local parent = module:get_option_string("muc_mapper_domain_base") or module.host:gsub("^[^.]+%.", "");
	local parent_config, own = module:context(parent), {};
	for _, name in ipairs(options) do
		local value = module:get_option(name);
		if value == nil and hosts[parent] then value = parent_config:get_option(name); end
		own[name] = plain(value);
	end
	local local_hosts = {};
	for name, host in pairs(hosts) do
		if host.type == "local" then
			local config = module:context(name);
			local_hosts[#local_hosts + 1] = { host = name, authentication = plain(config:get_option("authentication")),
				smacks_hibernation_time = plain(config:get_option("smacks_hibernation_time")) };
		end
	end
	local admins = {};
	for admin in settings.admins do admins[#admins + 1] = plain(admin); end
	return {
		protocol = PROTOCOL, boot = boot, now = now(), loaded_at = loaded_at, host = module.host, kind = kind,
		prosody_version = tostring(prosody.version), modules = module_names(module.host), parent_host = parent,
		parent_modules = module_names(parent), hosts = list(local_hosts), admins = list(admins), options = own,
	};
end

local function health()
	local rooms, people, watchers = 0, 0, 0;
	for _, kept in pairs(tracked) do
		rooms = rooms + 1;
		for _ in pairs(kept.people) do people = people + 1; end
	end
	for _ in pairs(watches) do watchers = watchers + 1; end
	return {
		uptime_s = now() - loaded_at, slice_max_ms = slice_max * 1000, slice_collected_max_ms = collected_max * 1000,
		errors = errors, last_error = opt(last_error),
		rooms = rooms, occupants = people, watchers = watchers,
	};
end

---- Sending

local function send_batch(watch, fields)
	watch.seq = watch.seq + 1;
	local json = ('{"sub":"%s","seq":%d,"now":%.6f%s}'):format(watch.sub, watch.seq, now(), fields);
	module:send(st.message({ from = module.host, to = watch.jid })
		:tag("batch", { xmlns = xmlns_feed }):tag("json", { xmlns = xmlns_json }):text(json));
end

local flush = guard("flush");
local function flush_soon()
	if flush_due or next(watches) == nil then return; end
	flush_due = true;
	module:add_timer(GATHER_S, function ()
		flush_due = false;
		flush();
	end);
end

-- A watch that has not written a room yet gets nothing about it: the room's own record will carry it all.
local function enqueue(kept, record)
	local text;
	for _, watch in pairs(watches) do
		if watch.written[kept] then
			text = text or encode(record);
			watch.queue[#watch.queue + 1] = text;
		end
	end
end

local function emit(kept, record)
	enqueue(kept, record);
	flush_soon();
end

local function queued(watch)
	if #watch.queue == 0 then return ""; end
	local events = ',"events":[' .. table.concat(watch.queue, ",") .. "]";
	watch.queue = {};
	return events;
end

local function settle_dirty()
	local changed = dirty;
	dirty = {};
	for person, kept in pairs(changed) do
		local occupant = find_occupant(kept.room, person.nick);
		if occupant and kept.people[person.nick] == person then
			local record, signature = occupant_record(kept, person, occupant, false);
			if signature ~= person.signature then
				person.signature = signature;
				enqueue(kept, { "changed", now(), kept.node, record });
			end
		end
	end
end

function handlers.flush()
	settle_dirty();
	local learned = facts_due and ',"facts":' .. encode(facts()) or "";
	facts_due = false;
	for _, watch in pairs(watches) do
		local fields = learned .. queued(watch);
		if fields ~= "" then send_batch(watch, fields); end
	end
end

function handlers.heartbeat()
	if next(watches) == nil then return; end
	local fields = ',"health":' .. encode(health());
	for _, watch in pairs(watches) do send_batch(watch, fields); end
end

-- The record of the next part of a room; `watch.nicks` is left nil after the last. A room that died since the list
-- was made has nobody in it and gets none.
local function next_part(watch, room)
	if not watch.nicks then
		if not room:has_occupant() or is_tombstone(room) then return nil; end
		watch.kept, watch.nicks, watch.first, watch.part = track(room), {}, 1, 0;
		for nick in pairs(room._occupants) do watch.nicks[#watch.nicks + 1] = nick; end
	end
	watch.written[watch.kept] = true;
	local more = watch.first + PART <= #watch.nicks;
	local record = encode(room_record(watch.kept, watch.nicks, watch.first, watch.part, more));
	watch.first, watch.part = watch.first + PART, watch.part + 1;
	if not more then watch.nicks = nil; end
	return record;
end

-- One go of a snapshot: rooms, and parts of big ones, until the time is up.
function handlers.slice(watch)
	if watches[watch.bare] ~= watch then return; end
	local started, memory, records = monotonic(), collectgarbage("count"), {};
	repeat
		local room = watch.todo[watch.next_room];
		if not room then break; end
		local ok, record = pcall(next_part, watch, room);
		if ok then records[#records + 1] = record; else note_error("slice", record); end
		if not ok or not watch.nicks then watch.nicks, watch.next_room = nil, watch.next_room + 1; end
	until monotonic() - started >= SLICE_S;
	local done = watch.todo[watch.next_room] == nil;
	local fields = queued(watch);
	if #records > 0 then fields = fields .. ',"rooms":[' .. table.concat(records, ",") .. "]"; end
	if done then
		watch.todo, watch.next_room = {}, 1;
		fields = fields .. ',"health":' .. encode(health());
	end
	send_batch(watch, fields .. (done and ',"snapshot":"end"' or ',"snapshot":"more"'));
	-- Lua's memory can only shrink by a collection, which comes to whoever happens to run and takes what it takes.
	if collectgarbage("count") < memory then
		collected_max = math.max(collected_max, monotonic() - started);
	else
		slice_max = math.max(slice_max, monotonic() - started);
	end
	if not done then later(0, "slice", watch); end
end

function write_later(watch, room)
	watch.todo[#watch.todo + 1] = room;
	if #watch.todo == 1 then later(0, "slice", watch); end
end

---- Watching

local function end_watch(bare)
	watches[bare] = nil;
	if next(watches) == nil then dirty = {}; end
end

handlers["component-disconnected"] = function (event)
	-- It fires too for connections that never got through the handshake, while the real one lives on.
	if event.session and event.session.type == "component" then end_watch(event.session.host); end
end

local function notice_loss_of(host)
	if watched_hosts[host] == hosts[host].events then return; end
	watched_hosts[host] = hosts[host].events;
	module:hook_object_event(hosts[host].events, "component-disconnected", guard("component-disconnected"));
end

local function rooms_to_write()
	local todo = {};
	for room in mod_muc.live_rooms() do
		if room:has_occupant() then todo[#todo + 1] = room; end
	end
	return todo;
end

handlers["iq-set/host/" .. xmlns_feed .. ":watch"] = function (event)
	local origin, stanza = event.origin, event.stanza;
	local bare = jid.bare(stanza.attr.from);
	if not may_watch(bare) then
		origin.send(st.error_reply(stanza, "auth", "forbidden", bare .. " is not in muc_monitor_watchers"));
		return true;
	end
	local host = select(2, jid.split(bare));
	if hosts[host] then notice_loss_of(host); end
	local watch = { jid = stanza.attr.from, bare = bare, sub = uuid(), seq = 0, acked = 0, queue = {}, written = {} };
	watch.todo, watch.next_room = rooms_to_write(), 1;
	watches[bare] = watch;
	origin.send(st.reply(stanza):tag("watch", { xmlns = xmlns_feed, sub = watch.sub })
		:tag("json", { xmlns = xmlns_json }):text(encode(facts())));
	later(0, "slice", watch);
	return true;
end

handlers["message/host"] = function (event)
	local stanza = event.stanza;
	local watch = watches[jid.bare(stanza.attr.from)];
	if not watch then return; end
	if stanza.attr.type == "error" then
		end_watch(watch.bare);
		return true;
	end
	local ack = stanza:get_child("ack", xmlns_feed);
	if not ack then return; end
	if ack.attr.sub == watch.sub then watch.acked = math.max(watch.acked, tonumber(ack.attr.seq) or 0); end
	return true;
end

---- What happens in rooms

handlers["muc-occupant-joined"] = function (event)
	local room, at = event.room, now();
	local kept = track(room, event.nick);
	-- event.occupant may be older than what other handlers have done since.
	local occupant = find_occupant(room, event.nick) or event.occupant;
	local person = keep_occupant(kept, occupant, at, true);
	if next(watches) == nil then return; end
	local record, signature = occupant_record(kept, person, occupant, true);
	person.signature = signature;
	emit(kept, { "joined", at, kept.node, record });
end

handlers["muc-room-created"] = function (event)
	local kept = tracked[event.room.jid];
	if kept and kept.room == event.room then kept.created = kept.seen; end
end

handlers["muc-room-restored"] = function (event)
	if event.room:has_occupant() then track(event.room); end
end

handlers["muc-occupant-session-new"] = function (event)
	local kept = tracked[event.room.jid];
	local person = kept and kept.people[event.nick];
	if person and next(watches) then
		dirty[person] = kept;
		flush_soon();
	end
end

local function status_codes(x)
	local codes = {};
	for tag in (x.base or x):childtags("status") do codes[#codes + 1] = tag.attr.code; end
	return codes;
end

handlers["muc-broadcast-presence"] = function (event)
	local room, occupant = event.room, event.occupant;
	if occupant.role == nil then
		leaving[room] = leaving[room] or {};
		leaving[room][occupant.nick] = { codes = status_codes(event.x), actor = event.actor, reason = event.reason };
	elseif event.nick then
		renames[room] = renames[room] or {};
		renames[room][occupant.nick] = room.jid .. "/" .. event.nick;
	elseif next(watches) then
		local kept = tracked[room.jid];
		local person = kept and kept.people[occupant.nick];
		if person then
			dirty[person] = kept;
			flush_soon();
		end
	end
end

local ways = { ["301"] = "banned", ["307"] = "kicked", ["321"] = "affiliation", ["333"] = "lost" };

local function rename(kept, person, nick)
	kept.people[person.nick] = nil;
	person.nick = nick;
	kept.people[nick] = person;
	emit(kept, { "renamed", now(), kept.node, person.oid, jid.resource(nick) });
end

handlers["muc-occupant-left"] = function (event)
	local room, nick = event.room, event.nick;
	local how = leaving[room] and leaving[room][nick] or { codes = {} };
	local renamed = renames[room] and renames[room][nick];
	if leaving[room] then leaving[room][nick] = nil; end
	if renames[room] then renames[room][nick] = nil; end
	local kept = tracked[room.jid];
	local person = kept and kept.people[nick];
	if not person then return; end
	if renamed then return rename(kept, person, renamed); end
	drop_occupant(kept, person);
	local why = room.destroying and "destroyed" or event.stanza and "left" or "removed";
	for _, code in ipairs(how.codes) do why = ways[code] or why; end
	local reason = how.reason or (type(room.destroying) == "string" and room.destroying) or nil;
	emit(kept, { "left", now(), kept.node, person.oid, list(how.codes), opt(reason), opt(how.actor), why });
end

handlers["muc-set-affiliation"] = function (event)
	if event.affiliation == event.previous_affiliation then return; end
	local room, bare = event.room, event.jid;
	local by = not event.actor and setter() or nil;
	local change = {
		now(), event.previous_affiliation, event.affiliation, opt(event.actor), actor_kind(room, event.actor, by),
		opt(type(by) == "string" and by or nil), opt(event.reason);
	};
	local kept = tracked[room.jid];
	if kept and event.in_room then
		for nick, occupant in pairs(room._occupants) do
			if occupant.bare_jid == bare then person_of(kept, nick); end
		end
	end
	local people = kept and kept.room == room and kept.bares[bare];
	if not people then
		pending[room] = pending[room] or {};
		for other, old in pairs(pending[room]) do
			if change[1] - old[1] > PENDING_S then pending[room][other] = nil; end
		end
		pending[room][bare] = change;
		return;
	end
	for person in pairs(people) do
		person.change = change;
		if next(watches) then dirty[person] = kept; end
		emit(kept, { "affiliation", change[1], kept.node, person.oid, bare, change });
	end
end

handlers["muc-room-destroyed"] = function (event)
	local room = event.room;
	local kept = tracked[room.jid];
	pending[room], leaving[room], renames[room] = nil, nil, nil;
	if not kept or kept.room ~= room then return; end
	tracked[room.jid] = nil;
	emit(kept, { "destroyed", now(), kept.node, opt(event.reason), NULL, NULL });
	for _, watch in pairs(watches) do watch.written[kept] = nil; end
end

---- Life of the module

handlers["config-reloaded"] = function ()
	read_settings();
	handlers["facts-changed"]();
end

handlers["facts-changed"] = function ()
	if next(watches) == nil then return; end
	facts_due = true;
	flush_soon();
end

-- Looks at rooms that were there before the module, so that their people's claims are known when they matter.
function handlers.look_around(rooms)
	local started = monotonic();
	repeat
		local room = rooms[#rooms];
		if not room then
			before = {};
			return;
		end
		rooms.nick = room:has_occupant() and not is_tombstone(room) and take_in(track(room), rooms.nick) or nil;
		if rooms.nick == nil then rooms[#rooms] = nil; end
	until monotonic() - started >= SLICE_S;
	later(0, "look_around", rooms);
end

read_settings();

-- Early (1000) so that nothing a plugin does with the event hides it from us, and before mod_muc forgets rooms.
for _, name in ipairs {
	"muc-occupant-joined", "muc-room-created", "muc-room-restored", "muc-occupant-session-new",
	"muc-broadcast-presence", "muc-occupant-left", "muc-set-affiliation", "muc-room-destroyed",
} do
	module:hook(name, guard(name), 1000);
end
module:hook("iq-set/host/" .. xmlns_feed .. ":watch", guard("iq-set/host/" .. xmlns_feed .. ":watch"));
module:hook("message/host", guard("message/host"), 10);
for _, name in ipairs { "module-loaded", "module-unloaded", "module-reloaded" } do
	module:hook(name, guard("facts-changed"));
end
module:hook_global("config-reloaded", guard("config-reloaded"));
every(HEARTBEAT_S, "heartbeat");

function module.load()
	local rooms = {};
	for room in mod_muc.live_rooms() do rooms[#rooms + 1] = room; end
	later(0, "look_around", rooms);
end

function module.save()
	local rooms = {};
	for room_jid, kept in pairs(tracked) do
		local people = {};
		for nick, person in pairs(kept.people) do
			people[nick] = { bare = person.bare, joined = person.joined, exactly = person.exactly,
				change = person.change, token = person.token };
		end
		rooms[room_jid] = { seen = kept.seen, created = kept.created, people = people };
	end
	return { protocol = PROTOCOL, rooms = rooms };
end

function module.restore(saved)
	if type(saved) == "table" and saved.protocol == PROTOCOL then before = saved.rooms; end
end

function module.unload()
	for _, watch in pairs(watches) do
		pcall(send_batch, watch, queued(watch) .. (',"bye":%.6f'):format(now()));
	end
	watches = {};
end
