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
-- A batch is one JSON object: sub, seq, now, and any of facts, rooms, events, snapshot ("more", "end"), health,
-- door (refusals kept) and ended (destroyed events kept), both with the snapshot's end, lost (how many changes are not
-- told one by one because the watcher was slow: rooms that changed meanwhile come whole), resync (too many: watch anew),
-- and bye (the time the module was unloaded). At most `window` batches are unacknowledged at any time.
-- Records are arrays:
--     change    at, was, now, actor, actor kind, by_module, reason
--     session   jid, gone at
--     occupant  oid, nick, name, sessions, role, affiliation, joined at, exactly, exempt, has_token, token_id,
--               identity_without_token, features, change, active at, claims (base64 of a JSON object)
--     armed     at, due at, due in, cause, missed
--     gone      at, oid, name, why
--     room      node, kind, parent, title, first seen at, created at, focus present, armed, owner gone, owner seen, part,
--               more, occupants
--     refusal   at, stage ("connect", "join"), node, jid, token_id, claims, condition, words, gate
--     person    name, claims an owner, affiliation, has_token
--     event     "joined", at, node, occupant            "left", at, node, oid, codes, reason, actor, why
--               "renamed", at, node, oid, nick          "changed", at, node, occupant (claims left out)
--               "affiliation", at, node, oid, jid, change      "closing", at, node, armed, owner gone, owner seen
--               "refused", refusal                      "destroyed", at, node, reason, how, by, by_module, opened at,
--               opened exactly, people
--     history   at, what, oid, name, was, now, by, by_module, detail

local st = require "util.stanza";
local jid = require "util.jid";
local time = require "util.time";
local uuid = require "util.uuid".generate;
local hashes = require "util.hashes";
local base64 = require "util.encodings".base64;
local valid_utf8 = require "util.encodings".utf8.valid;

local now, monotonic, cpu = time.now, time.monotonic, os.clock;
local hosts, full_sessions = prosody.hosts, prosody.full_sessions;
local getinfo = debug.getinfo;
local unpack = table.unpack or unpack; -- luacheck: ignore 113
if module:get_host_type() ~= "component" then
	module:log("error", "muc_monitor does nothing on a VirtualHost: take it out of modules_enabled there, and put it into"
		.. " that of the MUC component (the line Component \"...\" \"muc\")");
	return;
end
local mod_muc = module:depends "muc";

local xmlns_feed = "urn:mucmon:feed:0";
local xmlns_json = "urn:xmpp:json:0";
local PROTOCOL = 0;
local VERSION = "0.1.0"; -- that of the mucmon it comes with
local GATHER_S = 0.1; -- live changes wait at most this long for company
local HEARTBEAT_S = 5;
local SLICE_S = 0.002; -- what one go of a snapshot may take before it makes room for everybody else
local PART = 20; -- occupants of a big room written between two looks at the clock
local PENDING_S = 5; -- how long a change made before the join waits for it
local WINDOW = 8; -- batches a watcher may leave unacknowledged where it does not say
local PATIENCE_S = 120; -- how long a watcher may acknowledge nothing before its watch ends
local CHANGED = 10000; -- rooms that may change while a watcher is slow before it has to start over
local RECONCILE_S = 30; -- between two looks at whether something happened that no event told
local CAP = 400; -- bytes kept of a display name or a reason
local ARMED = 20; -- close timers kept of one room
local MISSED_S = 1; -- how long after its time a close may take before it counts as missed
local HISTORY = 100; -- changes kept of each room
local DOOR, DOOR_S = 500, 3600; -- refusals kept
local ENDED, ENDED_S = 200, 7200; -- ended rooms kept
local PARTY, PARTY_FILE = "token_owner_party", "mod_token_owner_party";
local OWNER_WORDS = { owner = true, moderator = true, teacher = true };

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

local function repaired(run)
	return not valid_utf8(run) and run:gsub("[\128-\255]", "?") or nil;
end

-- A stream cannot hold all that a token can: where bytes are no UTF-8, those beside them become "?", and no others.
local function xml_safe(text)
	if not valid_utf8(text) then text = text:gsub("[\128-\255]+", repaired); end
	if not text:find("\239\191", 1, true) then return text; end
	return (text:gsub("\239\191[\190\191]", "?"));
end

local escapes = { ["<"] = "&lt;", ["&"] = "&amp;", [">"] = "&gt;" };

-- Text as it stands in XML. Plain searches cost next to nothing, and most batches hold none of these.
local function xml_text(text)
	text = xml_safe(text);
	if text:find("<", 1, true) or text:find("&", 1, true) or text:find("]]>", 1, true) then
		text = text:gsub("[<&>]", escapes);
	end
	return text;
end

-- Foreign text is cut at a whole character.
local function cap(text)
	if type(text) ~= "string" or #text <= CAP then return text; end
	return (text:sub(1, CAP):gsub("[\192-\255]?[\128-\191]*$", ""));
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
local kind, siblings = "main", {}; -- what this MUC host's rooms are for; the main, breakout and lobby MUC hosts
local loaded_at = now();
local tracked = {}; -- room JID -> what is kept of a room
local pending = setmetatable({}, { __mode = "k" }); -- room -> bare JID -> change made before the join
local leaving = {}; -- occupant JID -> what was told just before of how they leave
local renames = {}; -- old occupant JID -> new one
local before = {}; -- room JID -> what the module knew before it was reloaded
local looking = true; -- whether rooms that were there before the module are still to be looked at
local watches = {}; -- watcher's bare JID -> watch
local owe; -- puts a room on a watch's list of rooms to write
local look_at_its_time; -- looks whether a timer of the close plugin closes the room
local parent_of; -- the node of the main room that a breakout or lobby room belongs to, and its title there
local tell_absent; -- tells that somebody is not there any more, though no event said so
local watched_hosts = {};
local dirty = {}; -- kept occupant -> kept room
local arrivals = {}; -- occupant JID whose coming no event has told yet -> kept room
local door, ended = {}, {}; -- refusals and ended rooms, the oldest first
local knocking = setmetatable({}, { __mode = "k" }); -- session -> the room it asks to be let into
local opened = setmetatable({}, { __mode = "k" }); -- session that is in no room yet -> what was read in its token
local lost_sessions = setmetatable({}, { __mode = "k" }); -- session whose connection is lost -> when it is given up
local by_address = {}; -- bare JID -> kept occupant -> kept room, over all rooms
local party_seconds; -- the close plugin's timeout
local destroyer; -- address of whoever asks for a room's end, while the request is being handled
local facts_due = false;
local flush_due = false;
local just_joined; -- kept occupant whose first session is told next, which their coming has told already
local next_oid = 0;
local errors, last_error = 0, nil;
-- The longest slice in seconds of the processor, which a busy machine does not lengthen; the second of those slices
-- into which a run of the garbage collector fell.
local slice_max, collected_max = 0, 0;

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
		closes = module:get_option_set("modules_enabled", {}):contains(PARTY),
		kinds_of_hosts = {},
	};
end

local function is_admin(bare)
	return settings.admins:contains(bare);
end

local function may_watch(bare)
	if settings.watchers ~= nil then return settings.watchers:contains(bare); end
	return is_admin(bare);
end

local function lets_anybody_in(host)
	local scheme = module:context(host):get_option_string("authentication", "");
	return hosts[host] == nil or scheme:find("token") ~= nil or scheme:find("anonymous") ~= nil;
end

-- What everybody of a host is, as far as its name tells; worked out once for each.
local function kind_of_host(host)
	local of = settings.kinds_of_hosts[host];
	if of == nil then
		if host:find("^recorder%.") or host:find("^hidden%.") then
			of = "hidden_domain";
		else
			of = hosts[host] == nil and "visitor" or false; -- another server's: one that lets visitors in
		end
		settings.kinds_of_hosts[host] = of;
	end
	return of or nil;
end

local function exemption(bare, presence)
	if is_admin(bare) then return "admin"; end
	local host = bare:sub((bare:find("@", 1, true) or 0) + 1);
	-- Anybody can put this into a presence; only an account of the server's own is believed.
	if presence and presence:get_child("initiator", "http://jitsi.org/protocol/jigasi") and not lets_anybody_in(host) then
		return "jigasi";
	end
	for _, prefix in ipairs(settings.transcribers) do
		if bare:sub(1, #prefix) == prefix then return "transcriber"; end
	end
	for _, prefix in ipairs(settings.recorders) do
		if bare:sub(1, #prefix) == prefix then return "jibri"; end
	end
	return kind_of_host(host);
end

-- The plugin whose code called room:set_affiliation, from the Lua stack; true where the room code itself did.
local function setter()
	local inside_muc, library = false, nil;
	for level = 4, 60 do
		local info = getinfo(level, "S");
		if not info then return nil; end
		local source = info.source;
		local in_muc = source:find("/muc/[%w_]+%.lib%.lua$");
		local name = source:match("(mod_[%w_]+)%.lua$");
		if not inside_muc then
			inside_muc = in_muc;
		elseif in_muc or name == "mod_muc" then
			return library or true;
		elseif name and name ~= "mod_muc_monitor" then
			return name;
		else
			library = library or source:match("([%w_]+%.lib)%.lua$");
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
	if by ~= true then return "module"; end
	-- Prosody itself: for whoever creates the room, before anybody is in it, or at an operator's ad-hoc command.
	return next(room._occupants) == nil and "creator" or "operator";
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

local function read_anew(token)
	local segment = token:match("^[^.]*%.([^.]*)%.");
	local read = { of = token };
	local ok, payload = pcall(decode_segment, segment);
	ok = ok and type(payload) == "table";
	if not ok then payload = {}; end
	if type(payload.jti) == "string" and payload.jti ~= "" then
		read.id = cap(payload.jti);
	elseif segment then
		read.id = hashes.sha256(segment, true):sub(1, 16);
	end
	if not ok then return read; end
	local kept = allowed_claims(payload);
	local encoded_ok, encoded = pcall(encode, kept or {});
	if kept and encoded_ok then read.claims = base64.encode(encoded); end
	local context = type(payload.context) == "table" and payload.context or {};
	local user = type(context.user) == "table" and context.user or {};
	read.owner = OWNER_WORDS[user.affiliation] or user.moderator == true or user.moderator == "true" or false;
	read.name = type(user.name) == "string" and cap(user.name) or nil;
	read.room = type(payload.room) == "string" and cap(payload.room) or nil;
	read.features = type(context.features) == "table" and context.features or nil;
	return read;
end

-- A session's token is read once, and again when the session has been given another: it was read when the connection
-- opened, or when the same person went into another room.
local function read_token(session, bare)
	local token = session and session.auth_token;
	if type(token) ~= "string" then return nil; end
	local known = opened[session];
	if known and known.of == token then return known; end
	for person in pairs(by_address[bare] or {}) do
		if person.token and person.token.of == token then return person.token; end
	end
	return read_anew(token);
end

local function granted_features(session, token)
	local held = session and session.jitsi_meet_context_features;
	if type(held) ~= "table" then return nil; end
	local given, differs, out = token and token.features or {}, false, {};
	for key, value in pairs(held) do
		if type(key) == "string" and type(value) ~= "table" then
			out[key] = type(value) == "number" and tostring(value) or value; -- NaN is no JSON
			if given[key] ~= value then differs = true; end
		end
	end
	for key in pairs(given) do
		if held[key] == nil then differs = true; end
	end
	return differs and next(out) ~= nil and out or nil;
end

---- What is kept of each room's past

-- Entries one after the other in one table, which costs the collector less than one for each. When it is full it goes
-- round in a circle, and the oldest entry is written over: nothing is moved, and nothing made.
local ENTRY = 9; -- fields of an entry

local function note(kept, at, what, person, was, is, by, by_module, detail)
	local history, slot = kept.history, kept.noted % HISTORY * ENTRY;
	kept.noted = kept.noted + 1;
	history[slot + 1] = at;
	history[slot + 2] = what;
	history[slot + 3] = person and person.oid or NULL;
	history[slot + 4] = person and (person.name or jid.resource(person.nick)) or NULL;
	history[slot + 5] = was or NULL;
	history[slot + 6] = is or NULL;
	history[slot + 7] = by or NULL;
	history[slot + 8] = by_module or NULL;
	history[slot + 9] = cap(detail) or NULL;
end

-- The past of a room, the oldest first.
local function past(kept)
	local entries, held = {}, math.min(kept.noted, HISTORY);
	for index = 1, held do
		local slot = (kept.noted - held + index - 1) % HISTORY * ENTRY;
		entries[index] = { unpack(kept.history, slot + 1, slot + ENTRY) };
	end
	return entries;
end

-- Puts back what was known of a room's past before a reload.
local function take_up_past(kept, entries)
	kept.history, kept.noted = {}, #entries;
	for index, entry in ipairs(entries) do
		for field = 1, ENTRY do kept.history[(index - 1) * ENTRY + field] = entry[field]; end
	end
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

local function display_name(presence)
	local name = presence and presence:get_child_text("nick", "http://jabber.org/protocol/nick");
	return name ~= "" and cap(name) or nil;
end

-- Takes out the change made before the join. A table with weak keys costs Lua's collector dearly where there are many:
-- nothing empty stays in it.
local function take_pending(room, bare)
	local changes = pending[room];
	local change = changes and changes[bare];
	if change ~= nil then
		changes[bare] = nil;
		if next(changes) == nil then pending[room] = nil; end
	end
	return change;
end

-- What was known of somebody before a reload is truer than what can be found out afterwards.
local function remember(person, old)
	if not old or old.bare ~= person.bare then return; end
	person.oid, person.joined, person.exactly, person.change, person.token = old.oid, old.joined, old.exactly, old.change, old.token;
end

-- What tells of an occupant at this moment: the presence, the name it gives, and the affiliation. Asked for once an
-- event, since Prosody makes strings to answer.
local function look_at(room, occupant)
	local presence = occupant:get_presence();
	return presence, display_name(presence), room:get_affiliation(occupant.bare_jid) or "none";
end

local function keep_occupant(kept, occupant, at, exactly, presence, name, affiliation)
	next_oid = next_oid + 1;
	local bare = occupant.bare_jid;
	local session = session_of(occupant);
	local token = read_token(session, bare);
	if session then opened[session] = nil; end
	local waiting = take_pending(kept.room, bare);
	-- In one go: a table that grows field by field is made several times over.
	local person = {
		oid = next_oid, nick = occupant.nick, bare = bare, joined = at, exactly = exactly, token = token, signature = false,
		exempt = exemption(bare, presence), change = waiting and at - waiting[1] < PENDING_S and waiting or nil,
		name = name or token and token.name;
	};
	if not person.exempt and affiliation == "owner" then kept.owner_seen = true; end
	if token and token.owner then kept.owner_gone = nil; end
	remember(person, kept.before and kept.before[occupant.nick]);
	kept.people[occupant.nick] = person;
	by_address[bare] = by_address[bare] or {};
	by_address[bare][person] = kept;
	return person;
end

local function forget_address(person)
	local people = by_address[person.bare];
	if not people then return; end
	people[person] = nil;
	if next(people) == nil then by_address[person.bare] = nil; end
end

local function drop_occupant(kept, person)
	kept.people[person.nick] = nil;
	if kept.before then kept.before[person.nick] = nil; end
	dirty[person] = nil;
	forget_address(person);
end

-- Those in a room who have this bare JID: one, unless they took several nicks.
local function people_at(kept, bare)
	local here = {};
	for person, where in pairs(by_address[bare] or {}) do
		if where == kept then here[#here + 1] = person; end
	end
	return here;
end

local function is_tombstone(room)
	return room._data and room._data.destroyed;
end

local function owe_all(kept)
	for _, watch in pairs(watches) do owe(watch, kept); end
end

local function drop_absent(kept)
	for nick, person in pairs(kept.people) do
		local occupant = find_occupant(kept.room, nick);
		if occupant == nil or occupant.bare_jid ~= person.bare then tell_absent(kept, person); end
	end
end

-- The record of a room, made where there is none; `joining` is the occupant JID that is just coming in.
-- Whoever is inside already is taken in later, a few at a time.
local function track(room, joining)
	local kept = tracked[room.jid];
	if kept and kept.room == room then return kept; end
	if kept then
		-- Put out of memory without a word and brought back: the same room in another table.
		kept.room = room;
		drop_absent(kept);
		owe_all(kept);
		return kept;
	end
	local old = before[room.jid] or {};
	before[room.jid] = nil;
	kept = { room = room, jid = room.jid, node = jid.node(room.jid), seen = old.seen or now(), created = old.created };
	kept.people, kept.before, kept.armed = {}, old.people, old.armed or {};
	take_up_past(kept, old.history or {});
	kept.owner_gone, kept.owner_seen = old.owner_gone, old.owner_seen;
	for _, timer in ipairs(kept.armed) do look_at_its_time(kept, timer); end
	tracked[room.jid] = kept;
	kept.parent_node, kept.title = parent_of(kept);
	local alone = true;
	for nick in pairs(room._occupants) do alone = alone and nick == joining; end
	for _, watch in pairs(watches) do
		if alone and kind == "main" then
			watch.written[kept] = true; -- the events to come say all there is
		else
			owe(watch, kept);
		end
	end
	return kept;
end

-- What is kept of a room in which something happens; whoever is in there may have been before the module.
local function known(room)
	local kept = tracked[room.jid];
	if not kept and looking and (room:has_occupant() or before[room.jid]) then return track(room); end
	return kept;
end

-- What is kept of somebody who is inside, taken in now if they were there before us.
local function person_of(kept, nick)
	local person, occupant = kept.people[nick], find_occupant(kept.room, nick);
	if person == nil and occupant ~= nil then
		person = keep_occupant(kept, occupant, now(), false, look_at(kept.room, occupant));
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

local function by_jid(a, b) return a[1] < b[1]; end

-- A held session is given up smacks_hibernation_time (of its own host) after its loss, and a second for good measure.
-- Of a loss from before the module was there Prosody keeps the whole second.
local function given_up_at(session, lost_at)
	if lost_sessions[session] then return lost_sessions[session]; end
	lost_at = lost_at or session.hibernating;
	if not lost_at then return nil; end
	local config = module:context(session.host);
	local held;
	if config.get_option_period then
		held = config:get_option_period("smacks_hibernation_time", 600);
	else
		held = config:get_option_number("smacks_hibernation_time", 600);
	end
	return lost_at + held + 1;
end

-- The sessions as told, and one of them as Prosody has it, where it is local.
local function sessions_of(occupant)
	local sessions, found = {}, nil;
	for real_jid, presence in occupant:each_session() do
		local session = full_sessions[real_jid];
		found = found or session;
		if presence.attr.type == nil then
			sessions[#sessions + 1] = { real_jid, session and given_up_at(session) or NULL };
		end
	end
	if #sessions > 1 then table.sort(sessions, by_jid); end
	return sessions, found;
end

-- The wire record of somebody as they are at this moment, and a signature of what may change of it.
local function occupant_record(person, occupant, with_claims, presence, name, affiliation)
	local token, role = person.token, occupant.role or "none";
	local sessions, session = sessions_of(occupant);
	local features = granted_features(session, token);
	local identity = presence ~= nil and token == nil and presence:get_child("identity") ~= nil;
	local first = sessions[1] or {};
	local signature = (name or "") .. "\0" .. role .. "\0" .. affiliation .. (identity and "\0identity\0" or "\0") .. (first[1] or "")
		.. (type(first[2]) == "number" and first[2] or "");
	for index = 2, #sessions do
		signature = signature .. "\0" .. sessions[index][1] .. tostring(sessions[index][2]);
	end
	if features then
		for key, value in pairs(features) do signature = signature .. "\0" .. key .. "=" .. tostring(value); end
	end
	return {
		person.oid, jid.resource(person.nick) or "", opt(name), list(sessions), role, affiliation,
		person.joined, person.exactly, opt(person.exempt), token ~= nil, opt(token and token.id), identity,
		opt(features), person.change or NULL, NULL, opt(with_claims and token and token.claims or nil);
	}, signature;
end

-- Jitsi names the MUC hosts that belong together on the VirtualHost.
local function read_kind()
	kind, siblings = "main", {};
	for name, host in pairs(hosts) do
		if host.type == "local" then
			local config = module:context(name);
			local main, breakout, lobby = config:get_option_string("main_muc"), config:get_option_string("breakout_rooms_muc"),
				config:get_option_string("lobby_muc");
			if module.host == main or module.host == breakout or module.host == lobby then
				siblings = { main = main, breakout = breakout, lobby = lobby };
				kind = module.host == breakout and "breakout" or module.host == lobby and "lobby" or "main";
			end
		end
	end
	local first = module.host:match("^([^.]+)%.");
	if siblings.main == nil and (first == "breakout" or first == "lobby") then kind = first; end
end

local function breakouts_of(room)
	local breakouts = room._data.breakout_rooms;
	return type(breakouts) == "table" and breakouts or {};
end

-- The node of the main room that a breakout or lobby room belongs to, and what it is called there: a lobby room has the
-- name of its room, and a main room lists its breakout rooms.
function parent_of(kept)
	if kind == "lobby" then return kept.node, nil; end
	local muc = kind == "breakout" and hosts[siblings.main] and hosts[siblings.main].modules.muc;
	if not muc then return nil, nil; end
	local address = kept.room.jid;
	if not (kept.parent and breakouts_of(kept.parent)[address]) then
		kept.parent = nil;
		for room in muc.live_rooms() do
			if breakouts_of(room)[address] ~= nil then kept.parent = room; end
		end
	end
	if not kept.parent then return nil, nil; end
	local title = breakouts_of(kept.parent)[address];
	return jid.node(kept.parent.jid), type(title) == "string" and cap(title) or nil;
end

local function armed_record(kept)
	local timers = {};
	for _, timer in ipairs(kept.armed) do
		timers[#timers + 1] = { timer.at, timer.due, timer.tick - monotonic(), opt(timer.cause), timer.missed == true };
	end
	return list(timers);
end

local function room_record(kept, nicks, first, part, more)
	local room, people = kept.room, {};
	for index = first, math.min(first + PART - 1, #nicks) do
		local person, occupant = person_of(kept, nicks[index]);
		if person and occupant then
			local record, signature = occupant_record(person, occupant, true, look_at(room, occupant));
			people[#people + 1] = record;
			-- A change that is not told yet is news to the other watchers, though this one learns it here.
			if not dirty[person] then person.signature = signature; end
		end
	end
	local focus = find_occupant(room, room.jid .. "/focus");
	local parent, title = parent_of(kept);
	return { kept.node, kind, opt(parent), opt(title), kept.seen, opt(kept.created),
		focus ~= nil and is_admin(focus.bare_jid), armed_record(kept), kept.owner_gone or NULL, kept.owner_seen == true,
		part, more, list(people) };
end

---- Facts

local options = {
	"party_check_timeout", "role_timeout", "wait_for_host_disable_auto_owners", "allow_empty_token",
	"enable_domain_verification", "app_id", "asap_accepted_issuers", "asap_accepted_audiences",
	"muc_room_cache_size", "disable_cascading_set", "muc_mapper_domain_base", "muc_monitor_claims",
};

local function is_finite(value)
	return type(value) == "number" and value == value and value ~= math.huge and value ~= -math.huge;
end

local function plain(value)
	if type(value) == "table" then
		local items = {};
		for index, item in ipairs(value) do items[index] = plain(item); end
		return list(items);
	elseif type(value) == "string" or type(value) == "boolean" or is_finite(value) then
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

local function parent_host()
	return module:get_option_string("muc_mapper_domain_base") or (module.host:gsub("^[^.]+%.", ""));
end

local function facts()
	local parent = parent_host();
	local parent_config, own = module:context(parent), {};
	for _, name in ipairs(options) do
		local value = module:get_option(name);
		if value == nil and hosts[parent] then value = parent_config:get_option(name); end
		own[name] = plain(value);
	end
	own.party_check_timeout = opt(party_seconds);
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
		protocol = PROTOCOL, module_version = VERSION, boot = boot, now = now(), loaded_at = loaded_at, host = module.host, kind = kind,
		main_muc = opt(siblings.main), breakout_muc = opt(siblings.breakout), lobby_muc = opt(siblings.lobby),
		prosody_version = tostring(prosody.version), modules = module_names(module.host), parent_host = parent,
		modules_enabled = plain(module:get_option_array("modules_enabled", {})),
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

local function remember_until(ring, most, seconds, record)
	ring[#ring + 1] = record;
	while #ring > most or ring[1] and ring[1].at < now() - seconds do table.remove(ring, 1); end
end

local function ring_text(ring)
	local texts = {};
	for index, record in ipairs(ring) do texts[index] = record.text; end
	return "[" .. table.concat(texts, ",") .. "]";
end

---- Sending

local function end_watch(bare)
	watches[bare] = nil;
	if next(watches) == nil then dirty = {}; end
end

-- Sends the events that wait, and further fields (JSON, each after its comma). Written out here: a stanza would be
-- searched byte by byte for what XML wants escaped, every quote among it, which costs as much as all the rest. A batch is
-- put together in one go, since long strings are dear.
local function send_batch(watch, fields)
	local send, queue = watch.session.send, watch.queue;
	if not send or hosts[watch.session.host] == nil then return end_watch(watch.bare); end
	watch.seq = watch.seq + 1;
	local head = ('%s{"sub":"%s","seq":%d,"now":%.6f%s'):format(watch.head, watch.sub, watch.seq, now(), xml_text(fields));
	if #queue == 0 then return send(head .. "}" .. watch.tail); end
	queue[1] = head .. ',"events":[' .. queue[1];
	queue[#queue] = queue[#queue] .. "]}" .. watch.tail;
	watch.queue = {};
	send(table.concat(queue, ","));
end

local flush = guard("flush");
local function is_open(watch)
	return watch.seq - watch.acked < watch.window;
end

local function flush_soon(though_unwatched)
	if flush_due or next(watches) == nil and not though_unwatched then return; end
	flush_due = true;
	module:add_timer(GATHER_S, function ()
		flush_due = false;
		flush();
	end);
end

-- An event as it stands in XML. A value that JSON cannot hold costs this event and is counted, no more.
local function encode_event(record)
	local ok, text = pcall(encode, record);
	if ok then return xml_text(text); end
	note_error("encode", text);
end

local function go_on(watch)
	watch.behind = true;
	if watch.running or not is_open(watch) then return; end
	watch.running = true;
	later(0, "slice", watch);
end

-- Puts a room on a watch's list of rooms to write, where it stands once.
function owe(watch, kept)
	if watch.resync or watch.listed[kept.room] then return; end
	local index = watch.owed[kept];
	if not index then
		index, watch.changes = #watch.todo + 1, watch.changes + 1;
	end
	watch.owed[kept], watch.todo[index] = index, kept.room;
	if watch.changes > CHANGED then
		watch.owed, watch.over, watch.written, watch.todo, watch.next_room, watch.nicks = {}, {}, {}, {}, 1, nil;
		watch.changes, watch.resync = 0, true;
	end
	go_on(watch);
end

-- A slow watcher's rooms are told whole once it can listen again: what happened meanwhile is lost, what is is not.
local function put_off(watch, kept)
	watch.written[kept], watch.lost = nil, watch.lost + 1;
	owe(watch, kept);
end

-- A watch that has not written a room yet gets nothing about it: the room's own record will carry it all.
local function enqueue(kept, record)
	local text;
	for _, watch in pairs(watches) do
		if not watch.written[kept] then
			if watch.owed[kept] then watch.lost = watch.lost + 1; end
		elseif is_open(watch) then
			text = text or encode_event(record);
			watch.queue[#watch.queue + 1] = text;
		else
			put_off(watch, kept);
		end
	end
end

local function emit(kept, record)
	enqueue(kept, record);
	flush_soon();
end

local function settle_arrivals()
	if next(arrivals) == nil then return; end
	local came = arrivals;
	arrivals = {};
	for nick, kept in pairs(came) do
		local occupant = find_occupant(kept.room, nick);
		if occupant and kept.people[nick] == nil and tracked[kept.jid] == kept then
			local presence, name, affiliation = look_at(kept.room, occupant);
			local person = keep_occupant(kept, occupant, now(), true, presence, name, affiliation);
			local record, signature = occupant_record(person, occupant, true, presence, name, affiliation);
			person.signature = signature;
			enqueue(kept, { "joined", person.joined, kept.node, record });
		end
	end
end

local function settle(person, kept)
	local occupant = find_occupant(kept.room, person.nick);
	if not occupant or kept.people[person.nick] ~= person then return; end
	local record, signature = occupant_record(person, occupant, false, look_at(kept.room, occupant));
	if signature == person.signature then return; end
	person.signature = signature;
	enqueue(kept, { "changed", now(), kept.node, record });
end

local function settle_dirty(started)
	local looked = 0;
	for person, kept in pairs(dirty) do
		dirty[person] = nil;
		settle(person, kept);
		looked = looked + 1;
		if looked % PART == 0 and monotonic() - started >= SLICE_S then return flush_soon(); end
	end
end

-- The collector comes to whoever happens to run and takes what it takes: where memory has shrunk it has run.
local function measure(began, memory)
	local took = cpu() - began;
	if collectgarbage("count") < memory then
		collected_max = math.max(collected_max, took);
	else
		slice_max = math.max(slice_max, took);
	end
end

function handlers.flush()
	local began, memory = cpu(), collectgarbage("count");
	settle_arrivals();
	settle_dirty(monotonic());
	local learned = facts_due and ',"facts":' .. encode(facts()) or "";
	if learned ~= "" then
		for _, watch in pairs(watches) do watch.facts = learned; end
	end
	facts_due = false;
	for _, watch in pairs(watches) do
		if is_open(watch) then
			local fields = watch.facts;
			watch.facts = "";
			if fields ~= "" or #watch.queue > 0 then send_batch(watch, fields); end
		end
	end
	measure(began, memory);
end

function handlers.heartbeat()
	if next(watches) == nil then return; end
	local fields = ',"health":' .. encode(health());
	for bare, watch in pairs(watches) do
		if is_open(watch) then
			send_batch(watch, fields);
		elseif now() - watch.heard > PATIENCE_S then
			end_watch(bare);
		end
	end
end

local function settle_debt(watch, kept)
	local index = watch.owed[kept];
	if not index then return; end
	watch.owed[kept], watch.changes = nil, watch.changes - 1;
	if index ~= watch.next_room then watch.todo[index] = false; end
end

-- The record of the next part of a room; `watch.nicks` is left nil after the last. A room that died since the list
-- was made has nobody in it and gets none, unless the watch still shows it with people.
local function next_part(watch, room)
	if not watch.nicks then
		local kept = tracked[room.jid];
		local owed = kept and kept.room == room and watch.owed[kept];
		if not owed and (not room:has_occupant() or is_tombstone(room)) then return nil; end
		watch.kept, watch.nicks, watch.first, watch.part = track(room), {}, 1, 0;
		for nick in pairs(room._occupants) do watch.nicks[#watch.nicks + 1] = nick; end
	elseif tracked[room.jid] ~= watch.kept then
		watch.nicks = nil; -- it ended between two parts
		return nil;
	end
	settle_debt(watch, watch.kept);
	watch.written[watch.kept] = true;
	local more = watch.first + PART <= #watch.nicks;
	local record = encode(room_record(watch.kept, watch.nicks, watch.first, watch.part, more));
	watch.first, watch.part = watch.first + PART, watch.part + 1;
	if not more then watch.nicks = nil; end
	return record;
end

-- Somebody who takes another nick between two parts of their room is still to be written.
local function rename_in_parts(kept, old, new)
	for _, watch in pairs(watches) do
		if watch.nicks and watch.kept == kept then
			for index = watch.first, #watch.nicks do
				if watch.nicks[index] == old then watch.nicks[index] = new; end
			end
		end
	end
end

-- One go of a snapshot: rooms, and parts of big ones, until the time is up.
local function slice(watch)
	watch.running = false;
	-- With a closed window it goes on with the acknowledgement that opens it.
	if watches[watch.bare] ~= watch or watch.resync or not is_open(watch) then return; end
	local began, memory = cpu(), collectgarbage("count");
	local started, records = monotonic(), {};
	repeat
		local room = watch.todo[watch.next_room];
		if room == nil then break; end
		local ok, record = true, nil;
		if room then -- false: it ended before its turn, or has been written
			watch.listed[room] = nil;
			ok, record = pcall(next_part, watch, room);
		end
		if ok then
			records[#records + 1] = record;
		else
			note_error("slice", record);
			if tracked[room.jid] then settle_debt(watch, tracked[room.jid]); end
		end
		if not ok or not watch.nicks then watch.nicks, watch.next_room = nil, watch.next_room + 1; end
	until monotonic() - started >= SLICE_S;
	local done = watch.todo[watch.next_room] == nil;
	local fields = "";
	if watch.lost > 0 and next(watch.owed) == nil then
		fields = fields .. (',"lost":%d'):format(watch.lost);
		watch.lost = 0;
	end
	if #records > 0 then fields = fields .. ',"rooms":[' .. table.concat(records, ",") .. "]"; end
	if done then
		watch.todo, watch.next_room, watch.behind = {}, 1, false;
		if watch.rings then fields = fields .. ',"door":' .. ring_text(door) .. ',"ended":' .. ring_text(ended); end
		watch.rings = false;
		fields = fields .. ',"health":' .. encode(health());
	end
	send_batch(watch, fields .. (done and ',"snapshot":"end"' or ',"snapshot":"more"'));
	measure(began, memory);
	if not done then go_on(watch); end
end

function handlers.slice(watch)
	local ok, err = pcall(slice, watch);
	if ok then return; end
	-- Half a snapshot is worse than none: with the heartbeats gone the watcher asks anew.
	end_watch(watch.bare);
	error(err, 0);
end

-- The window is open again: what changed meanwhile is written whole, and what is over is told as such.
local function catch_up(watch)
	if watch.resync then return send_batch(watch, ',"resync":true'); end
	for _, over in ipairs(watch.over) do watch.queue[#watch.queue + 1] = over; end
	watch.over, watch.changes = {}, watch.changes - #watch.over;
	if watch.behind then go_on(watch); end
	flush_soon();
end

---- The close plugin (jitsi-contrib's mod_token_owner_party) as it decides, told as it happens

local function is_owner(room, bare)
	return not is_admin(bare) and room:get_affiliation(bare) == "owner";
end

local function owner_present(room)
	for _, occupant in pairs(room._occupants) do
		if is_owner(room, occupant.bare_jid) then return true; end
	end
	return false;
end

-- The plugin reads its option when it is loaded, and keeps it whatever the configuration says later.
local function read_party_timeout()
	local seconds = module:get_option_number("party_check_timeout", 60);
	party_seconds = is_finite(seconds) and seconds or nil;
end

local function party_timeout()
	-- Named for the component though not loaded: then it will not close, and that is worth knowing too.
	return (settings.closes or hosts[module.host].modules[PARTY]) and party_seconds or nil;
end

local function tell_closing(kept, at)
	emit(kept, { "closing", at or now(), kept.node, armed_record(kept), kept.owner_gone or NULL, kept.owner_seen == true });
end

local function drop_timer(kept, timer)
	for index, other in ipairs(kept.armed) do
		if other == timer then table.remove(kept.armed, index); end
	end
	tell_closing(kept);
end

function handlers.timer_due(at)
	local kept, timer = at.kept, at.timer;
	if tracked[kept.jid] ~= kept then return; end
	if owner_present(kept.room) then return drop_timer(kept, timer); end
	later(MISSED_S, "timer_missed", at);
end

function handlers.timer_missed(at)
	local kept, timer = at.kept, at.timer;
	if tracked[kept.jid] ~= kept then return; end
	local told_at = now();
	timer.missed = true;
	note(kept, told_at, "missed", nil);
	tell_closing(kept, told_at);
end

function look_at_its_time(kept, timer)
	if timer.missed then return; end
	later(math.max(0, timer.tick - monotonic()), "timer_due", { kept = kept, timer = timer });
end

-- With an owner present a close that was missed is past and done.
local function forget_missed(kept)
	local number = #kept.armed;
	for index = number, 1, -1 do
		if kept.armed[index].missed then table.remove(kept.armed, index); end
	end
	if #kept.armed < number then tell_closing(kept); end
end

-- An owner leaves, or takes another nick, which leaves too: the plugin starts a timer that nothing cancels.
local function maybe_arm(kept, person, how)
	local room, timeout = kept.room, party_timeout();
	if not timeout or room.destroying or not is_owner(room, person.bare) or owner_present(room) then return; end
	local timer = { at = now(), due = now() + timeout, tick = monotonic() + timeout };
	timer.cause = (person.name or jid.resource(person.nick) or "") .. (how or "");
	kept.armed[#kept.armed + 1] = timer;
	if #kept.armed > ARMED then table.remove(kept.armed, 1); end
	look_at_its_time(kept, timer);
	note(kept, timer.at, "armed", person, nil, nil, nil, nil, timer.due);
	tell_closing(kept);
end

-- The last person whose token claims an owner has gone; others stay.
local function maybe_owner_gone(kept, person, why)
	if not (person.token and person.token.owner) then return; end
	for _, other in pairs(kept.people) do
		if other.token and other.token.owner then return; end
	end
	kept.owner_gone = { now(), person.oid, opt(person.name), why };
	tell_closing(kept);
end

---- The door: who was refused, where, and in which words

local filters = require "util.filters";

local function gate_of(room, session, condition, token)
	local bare = jid.bare(session.full_jid or "");
	if condition == "registration-required" then return "lobby"; end
	if condition == "forbidden" then return "ban"; end
	if condition == "conflict" then return "nick"; end
	local claim = token and token.room and token.room:lower();
	if claim and claim ~= "*" and claim ~= jid.node(room.jid) then return "other_room"; end
	if token and not token.room then return "token"; end
	if party_timeout() and not is_admin(bare) and not (token and token.owner) then
		local count = 0;
		for _ in pairs(room._occupants) do count = count + 1; end
		if count < 2 then return "party"; end
	end
	return "other";
end

local function refuse(stage, node, real_jid, token, condition, words, gate)
	local at = now();
	local record = { "refused", { at, stage, opt(node), opt(real_jid), opt(token and token.id), opt(token and token.claims),
		opt(condition), opt(cap(words)), gate } };
	local text = encode(record);
	remember_until(door, DOOR, DOOR_S, { at = at, text = encode(record[2]) });
	for _, watch in pairs(watches) do
		if is_open(watch) then
			watch.queue[#watch.queue + 1] = xml_text(text);
		else
			watch.rings, watch.lost = true, watch.lost + 1;
			go_on(watch);
		end
	end
	flush_soon();
end

-- While a join is being decided, look at what goes out to that session: an error from the room is a refusal.
local answered = guard("join-answer");
local function listen(stanza, session)
	answered({ stanza = stanza, session = session });
	return stanza;
end

handlers["join-answer"] = function (event)
	local room, stanza = knocking[event.session], event.stanza;
	if not room or stanza.name ~= "presence" or stanza.attr.type ~= "error" then return; end
	if jid.bare(stanza.attr.from or "") ~= room.jid then return; end
	local _, condition, words = stanza:get_error();
	local token = read_token(event.session, jid.bare(event.session.full_jid or ""));
	local gate = gate_of(room, event.session, condition, token);
	refuse("join", jid.node(room.jid), event.session.full_jid, token, condition, words, gate);
	-- Not from in here: the list of filters is being walked.
	later(0, "stop-listening", event.session);
end

handlers["stop-listening"] = function (session)
	if not knocking[session] then return; end
	knocking[session] = nil;
	filters.remove_filter(session, "stanzas/out", listen);
end

-- Whoever gets as far as the last handler is let in.
handlers["join-allowed"] = function (event)
	if event.origin then handlers["stop-listening"](event.origin); end
end

handlers["muc-occupant-pre-join"] = function (event)
	local session = event.origin;
	if not session or session.type ~= "c2s" then return; end
	if is_admin(jid.bare(session.full_jid or "")) then return; end
	if not knocking[session] then filters.add_filter(session, "stanzas/out", listen); end
	knocking[session] = event.room;
end
handlers["muc-room-pre-create"] = handlers["muc-occupant-pre-join"];

-- The token is put into the session when the connection opens, and is gone again once it has been refused.
handlers["session-opens"] = function (event)
	local session = event.session;
	if session then opened[session] = read_token(session); end
end

handlers["authentication-failure"] = function (event)
	local session = event.session;
	if not session then return; end
	local token = read_token(session) or opened[session];
	-- Accounts with a password (recorders, jicofo itself) have no business at this door.
	if not token and not lets_anybody_in(session.host) then return; end
	local asked = cap(session.jitsi_web_query_room);
	local node = asked ~= "" and asked or token and token.room;
	refuse("connect", node, nil, token, event.condition, event.text, "token");
end

---- Watching

handlers["component-disconnected"] = function (event)
	-- It fires too for connections that never got through the handshake, while the real one lives on.
	for bare, watch in pairs(watches) do
		if watch.session == event.session then end_watch(bare); end
	end
end

local function notice_loss_of(host)
	if watched_hosts[host] == hosts[host].events then return; end
	watched_hosts[host] = hosts[host].events;
	module:hook_object_event(hosts[host].events, "component-disconnected", guard("component-disconnected"));
end

local function rooms_to_write()
	local todo, listed = {}, {};
	for room in mod_muc.live_rooms() do
		if room:has_occupant() then todo[#todo + 1], listed[room] = room, true; end
	end
	return todo, listed;
end

handlers["iq-set/host/" .. xmlns_feed .. ":watch"] = function (event)
	local origin, stanza = event.origin, event.stanza;
	local bare = jid.bare(stanza.attr.from);
	if not may_watch(bare) then
		origin.send(st.error_reply(stanza, "auth", "forbidden", bare .. " is not in muc_monitor_watchers"));
		return true;
	end
	if origin.type ~= "component" then
		origin.send(st.error_reply(stanza, "cancel", "not-allowed", "only a component may watch"));
		return true;
	end
	notice_loss_of(origin.host);
	local told = xml_safe(encode(facts()));
	local watch = { bare = bare, sub = uuid(), seq = 0, acked = 0, queue = {}, written = {}, session = origin };
	local empty = tostring(st.message({ from = module.host, to = stanza.attr.from }):tag("batch", { xmlns = xmlns_feed })
		:tag("json", { xmlns = xmlns_json }));
	watch.head, watch.tail = empty:match("^(.*)/>(</batch></message>)$");
	watch.head, watch.tail = watch.head .. ">", "</json>" .. watch.tail;
	local window = tonumber(stanza.tags[1].attr.window) or WINDOW;
	watch.window = window >= 1 and math.min(window, 64) or WINDOW;
	watch.owed, watch.over, watch.changes, watch.lost, watch.facts, watch.heard = {}, {}, 0, 0, "", now();
	watch.todo, watch.listed = rooms_to_write();
	watch.next_room, watch.rings = 1, true;
	watches[bare] = watch;
	origin.send(st.reply(stanza):tag("watch", { xmlns = xmlns_feed, sub = watch.sub })
		:tag("json", { xmlns = xmlns_json }):text(told));
	go_on(watch);
	return true;
end

handlers["iq-get/host/" .. xmlns_feed .. ":history"] = function (event)
	local origin, stanza = event.origin, event.stanza;
	if not may_watch(jid.bare(stanza.attr.from)) then
		origin.send(st.error_reply(stanza, "auth", "forbidden"));
		return true;
	end
	local kept = tracked[(stanza.tags[1].attr.room or "") .. "@" .. module.host];
	if not kept then
		origin.send(st.error_reply(stanza, "cancel", "item-not-found"));
		return true;
	end
	local text = kept.noted > 0 and encode(past(kept)) or "[]";
	origin.send(st.reply(stanza):tag("history", { xmlns = xmlns_feed, room = kept.node })
		:tag("json", { xmlns = xmlns_json }):text(xml_safe(text)));
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
	local seq = tonumber(ack.attr.seq);
	if ack.attr.sub ~= watch.sub or not seq or seq ~= seq or seq > watch.seq then return true; end
	watch.heard = now();
	local was_open = is_open(watch);
	watch.acked = math.max(watch.acked, seq);
	if not was_open and is_open(watch) then catch_up(watch); end
	return true;
end

---- What happens in rooms

handlers["muc-occupant-joined"] = function (event)
	local room, at = event.room, now();
	local kept = track(room, event.nick);
	-- event.occupant may be older than what other handlers have done since.
	local occupant = find_occupant(room, event.nick) or event.occupant;
	local closing = kept.owner_gone;
	local presence, name, affiliation = look_at(room, occupant);
	local person = keep_occupant(kept, occupant, at, true, presence, name, affiliation);
	arrivals[event.nick], leaving[event.nick], renames[event.nick] = nil, nil, nil;
	note(kept, at, "joined", person, person.token and (person.token.owner and "owner" or "member") or "none",
		affiliation, nil, person.change and person.change[6]);
	if next(watches) == nil then return; end
	local record, signature = occupant_record(person, occupant, true, presence, name, affiliation);
	person.signature, just_joined = signature, person;
	emit(kept, { "joined", at, kept.node, record });
	if kept.owner_gone ~= closing then tell_closing(kept); end
	if affiliation == "owner" and is_owner(room, person.bare) then forget_missed(kept); end
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
	local told = person == just_joined;
	just_joined = nil;
	if person and not told and next(watches) then
		dirty[person] = kept;
		flush_soon();
	end
end

local function status_codes(x)
	local codes = {};
	for tag in (x.base or x):childtags("status") do codes[#codes + 1] = tag.attr.code; end
	return codes;
end

local function has_code(x, wanted)
	for _, code in ipairs(status_codes(x)) do
		if code == wanted then return true; end
	end
	return false;
end

handlers["muc-broadcast-presence"] = function (event)
	local room, occupant = event.room, event.occupant;
	if occupant.role == nil then
		-- What another plugin makes of actor and reason afterwards is for those in the room.
		local told = event.actor or event.reason;
		leaving[occupant.nick] = told and { x = event.x, actor = event.actor, reason = event.reason } or event;
		return;
	end
	if event.nick and has_code(event.x, "303") then
		renames[occupant.nick] = room.jid .. "/" .. event.nick;
		return;
	end
	local kept = tracked[room.jid];
	if not kept then return; end
	local person = kept.people[occupant.nick];
	if person == nil then
		-- Somebody who is just joining, or a session that took a nick of its own and is told by no other event.
		arrivals[occupant.nick] = kept;
		flush_soon(true);
	elseif next(watches) then
		dirty[person] = kept;
		flush_soon();
	end
end

-- Jitsi's clients say so when they go to a breakout room or come back from one.
local function way_out(stanza)
	return stanza:get_child_text("status") == "switch_room" and "switched" or "left";
end

local ways = { ["301"] = "banned", ["307"] = "kicked", ["321"] = "affiliation", ["333"] = "lost" };

local function rename(kept, person, nick)
	kept.people[person.nick] = nil;
	person.nick = nick;
	kept.people[nick] = person;
	local at = now();
	note(kept, at, "renamed", person, nil, nil, nil, nil, jid.resource(nick));
	emit(kept, { "renamed", at, kept.node, person.oid, jid.resource(nick) });
	maybe_arm(kept, person, " (by taking another nick)");
end

handlers["muc-occupant-left"] = function (event)
	local room, nick = event.room, event.nick;
	local how, renamed = leaving[nick] or {}, renames[nick];
	leaving[nick], renames[nick] = nil, nil;
	local kept = known(room);
	local person = kept and kept.people[nick];
	if not person and kept and looking and event.occupant then
		person = keep_occupant(kept, event.occupant, now(), false, look_at(room, event.occupant));
	end
	if kept and renamed then rename_in_parts(kept, nick, renamed); end
	if not person then return; end
	if renamed and kept.people[renamed] == nil then return rename(kept, person, renamed); end
	drop_occupant(kept, person);
	local why = room.destroying and "destroyed" or event.stanza and way_out(event.stanza) or "removed";
	local codes = how.x and status_codes(how.x) or {};
	for _, code in ipairs(codes) do why = ways[code] or why; end
	local reason = cap(how.reason or (type(room.destroying) == "string" and room.destroying) or nil);
	local at = now();
	note(kept, at, "left", person, room:get_affiliation(person.bare) or "none", nil, how.actor, nil, why);
	emit(kept, { "left", at, kept.node, person.oid, list(codes), opt(reason), opt(how.actor), why });
	maybe_arm(kept, person);
	maybe_owner_gone(kept, person, why);
end

handlers["muc-set-affiliation"] = function (event)
	if event.affiliation == event.previous_affiliation then return; end
	local room, bare = event.room, event.jid;
	-- An invitation, and so an admission from the lobby, names its actor in the reason alone.
	local actor = event.actor or (event.reason or ""):match("^Invited by (%S+@%S+)$");
	local by = not actor and setter() or nil;
	local change = {
		now(), event.previous_affiliation, event.affiliation, opt(actor), actor_kind(room, actor, by),
		opt(type(by) == "string" and by or nil), opt(cap(event.reason));
	};
	local kept = tracked[room.jid];
	if kept and event.in_room then
		for nick, occupant in pairs(room._occupants) do
			if occupant.bare_jid == bare then person_of(kept, nick); end
		end
	end
	local here = kept and kept.room == room and people_at(kept, bare) or {};
	if #here == 0 then
		pending[room] = pending[room] or {};
		for other, old in pairs(pending[room]) do
			if change[1] - old[1] > PENDING_S then pending[room][other] = nil; end
		end
		pending[room][bare] = change;
		return;
	end
	for _, person in ipairs(here) do
		person.change = change;
		if event.affiliation == "owner" and not person.exempt then kept.owner_seen = true; end
		note(kept, change[1], "affiliation", person, event.previous_affiliation, event.affiliation, actor or change[5],
			type(by) == "string" and by or nil, event.reason);
		if next(watches) then dirty[person] = kept; end
		if event.affiliation == "owner" and is_owner(room, bare) then forget_missed(kept); end
		emit(kept, { "affiliation", change[1], kept.node, person.oid, bare, change });
	end
end

-- How a room came to its end: who asked for it, or whose code did it, or a timer that was due at this instant.
local function how_it_ended(kept, event)
	if not event.room.destroying then return "last_left"; end
	local by = setter();
	if by == PARTY_FILE then return "timer", nil, by; end
	if by == "mod_end_conference" then return "moderator", nil, by; end
	if destroyer then return is_admin(jid.bare(destroyer)) and "operator" or "moderator", destroyer, nil; end
	if by == true then return "operator"; end -- mod_muc itself, for the ad-hoc command
	for _, timer in ipairs(kept.armed) do
		if math.abs(timer.tick - monotonic()) < 0.5 then return "timer", nil, type(by) == "string" and by or nil; end
	end
	if type(by) == "string" then return "module", nil, by; end
	return "unknown";
end

handlers["muc-pre-room-destroy"] = function (event)
	local kept = known(event.room);
	if not kept or kept.room ~= event.room then return; end
	-- By the time the room is destroyed nobody is in it any more.
	kept.last_people = {};
	for _, person in pairs(kept.people) do
		if not person.exempt and #kept.last_people < 50 then
			kept.last_people[#kept.last_people + 1] = { opt(person.name), person.token ~= nil and person.token.owner == true,
				kept.room:get_affiliation(person.bare) or "none", person.token ~= nil };
		end
	end
end

handlers["iq-set/bare/http://jabber.org/protocol/muc#owner:query"] = function (event)
	destroyer = event.stanza.attr.from;
	later(0, "forget_destroyer");
end

function handlers.forget_destroyer()
	destroyer = nil;
end

-- Nothing is kept of a room that is over but the record that says so, for watchers too slow to hear it now. Returns its
-- text.
local function forget_room(kept, record)
	tracked[kept.jid] = nil;
	for _, person in pairs(kept.people) do
		dirty[person] = nil;
		forget_address(person);
	end
	local whole, brief = encode(record), nil;
	for _, watch in pairs(watches) do
		local index, is_known = watch.owed[kept], watch.written[kept];
		watch.written[kept], watch.owed[kept] = nil, nil;
		if index then watch.todo[index], watch.changes = false, watch.changes - 1; end
		if is_known and is_open(watch) then
			watch.queue[#watch.queue + 1] = xml_text(whole);
		elseif is_known or index then
			-- Who was in it comes with the ended rooms.
			brief = brief or encode { record[1], record[2], record[3], record[4], record[5], record[6], record[7], record[8], record[9], NULL };
			local told = is_open(watch) and watch.queue or watch.over;
			told[#told + 1] = xml_text(brief);
			if told == watch.over then watch.changes = watch.changes + 1; end
			watch.rings = true;
			go_on(watch);
		end
	end
	flush_soon();
	return whole;
end

handlers["muc-room-destroyed"] = function (event)
	local room, at = event.room, now();
	local kept = known(room);
	pending[room] = nil;
	if not kept or kept.room ~= room then return; end
	local how, by, by_module = how_it_ended(kept, event);
	local record = { "destroyed", at, kept.node, opt(cap(event.reason)), how, opt(by), opt(by_module), kept.created or kept.seen,
		kept.created ~= nil, list(kept.last_people) };
	local text = forget_room(kept, record);
	if not kept.node:find("^__jicofo%-health%-check") then
		remember_until(ended, ENDED, ENDED_S, { at = at, text = text });
	end
end

---- Life of the module

local function mark_sessions(session, what, gone_at)
	local bare = session.username .. "@" .. session.host;
	for person, kept in pairs(by_address[bare] or {}) do
		note(kept, now(), what, person, nil, nil, nil, nil, gone_at);
		if next(watches) then dirty[person] = kept; end
	end
	flush_soon();
end

handlers["smacks-hibernation-start"] = function (event)
	local session = event.origin;
	lost_sessions[session] = given_up_at(session, now());
	mark_sessions(session, "lost", lost_sessions[session]);
end

handlers["smacks-hibernation-end"] = function (event)
	local gone_at = given_up_at(event.resumed);
	lost_sessions[event.resumed] = nil;
	mark_sessions(event.resumed, "back", gone_at);
end

-- Hosts come up in any order, also after us; refusals are told on the host that refuses.
handlers["host-activated"] = function (name)
	local host = hosts[name];
	settings.kinds_of_hosts = {};
	if not host or host.type ~= "local" or watched_hosts[name] == host.events then return; end
	read_kind();
	watched_hosts[name] = host.events;
	for _, event in ipairs { "authentication-failure", "smacks-hibernation-start", "smacks-hibernation-end" } do
		module:hook_object_event(host.events, event, guard(event));
	end
	if name ~= parent_host() then return; end
	for _, event in ipairs { "module-loaded", "module-unloaded", "module-reloaded" } do
		module:hook_object_event(host.events, event, guard("facts-changed"));
	end
end

handlers["config-reloaded"] = function ()
	read_settings();
	read_kind();
	for bare, watch in pairs(watches) do
		if not may_watch(bare) then
			watch.queue = {};
			send_batch(watch, ',"resync":true'); -- it asks again, and is told why not
			end_watch(bare);
		end
	end
	if settings.claims == "none" then
		door = {};
		for _, kept in pairs(tracked) do
			for _, person in pairs(kept.people) do
				if person.token then person.token.claims = nil; end
			end
		end
	end
	handlers["facts-changed"]();
end

handlers["facts-changed"] = function (event)
	if event and event.module == PARTY then read_party_timeout(); end
	if next(watches) == nil then return; end
	facts_due = true;
	flush_soon();
end

local function tell_gone(kept, how)
	forget_room(kept, { "destroyed", now(), kept.node, NULL, how, NULL, NULL, kept.created or kept.seen,
		kept.created ~= nil, NULL });
end

function tell_absent(kept, person)
	drop_occupant(kept, person);
	emit(kept, { "left", now(), kept.node, person.oid, NULL, NULL, NULL, "unseen" });
end

-- What no event told: a room put out of memory, somebody who is not there any more, or is and was not seen coming.
local function reconcile_room(kept, live)
	local room = kept.room;
	if not live[room] then return tell_gone(kept, "evicted"); end
	if not room:has_occupant() then return tell_gone(kept, "last_left"); end
	drop_absent(kept);
	local parent, title = parent_of(kept);
	local unseen = kept.parent_node ~= parent or kept.title ~= title;
	kept.parent_node, kept.title = parent, title;
	for nick in pairs(room._occupants) do unseen = unseen or kept.people[nick] == nil; end
	if unseen then owe_all(kept); end
end

-- What was told of somebody who is not there any more, though no event said that they left.
local function forget_leaving(waiting)
	for nick in pairs(waiting) do
		local kept = tracked[jid.bare(nick)];
		if not (kept and kept.people[nick]) then waiting[nick] = nil; end
	end
end

function handlers.reconcile()
	forget_leaving(leaving);
	forget_leaving(renames);
	local live, work = {}, {};
	for room in mod_muc.live_rooms() do
		live[room] = true;
		if room:has_occupant() and not is_tombstone(room) and not tracked[room.jid] then track(room); end
	end
	for _, kept in pairs(tracked) do work[#work + 1] = kept; end
	handlers.reconcile_some { live = live, work = work };
end

function handlers.reconcile_some(round)
	local started = monotonic();
	repeat
		local kept = table.remove(round.work);
		if not kept then return; end
		if tracked[kept.jid] == kept then reconcile_room(kept, round.live); end
	until monotonic() - started >= SLICE_S;
	later(0, "reconcile_some", round);
end

-- Looks at rooms that were there before the module, so that their people's claims are known when they matter.
function handlers.look_around(rooms)
	local started = monotonic();
	repeat
		local room = rooms[#rooms];
		if not room then
			before, looking = {}, false;
			for _, kept in pairs(tracked) do kept.before = nil; end
			return;
		end
		rooms.nick = room:has_occupant() and not is_tombstone(room) and take_in(track(room), rooms.nick) or nil;
		if rooms.nick == nil then rooms[#rooms] = nil; end
	until monotonic() - started >= SLICE_S;
	later(0, "look_around", rooms);
end

read_settings();
read_kind();
read_party_timeout();

-- Early (1000) so that nothing a plugin does with the event hides it from us, and before mod_muc forgets rooms.
for _, name in ipairs {
	"muc-occupant-joined", "muc-room-created", "muc-room-restored", "muc-occupant-session-new",
	"muc-broadcast-presence", "muc-occupant-left", "muc-set-affiliation", "muc-pre-room-destroy", "muc-room-destroyed",
	"muc-room-pre-create", "muc-occupant-pre-join", "iq-set/bare/http://jabber.org/protocol/muc#owner:query",
} do
	module:hook(name, guard(name), 1000);
end
module:hook("muc-occupant-pre-join", guard("join-allowed"), -1000);
module:hook("iq-set/host/" .. xmlns_feed .. ":watch", guard("iq-set/host/" .. xmlns_feed .. ":watch"));
module:hook("iq-get/host/" .. xmlns_feed .. ":history", guard("iq-get/host/" .. xmlns_feed .. ":history"));
module:hook("message/host", guard("message/host"), 10);
for _, name in ipairs { "module-loaded", "module-unloaded", "module-reloaded" } do
	module:hook(name, guard("facts-changed"));
end
module:hook_global("config-reloaded", guard("config-reloaded"));
module:hook_global("host-activated", guard("host-activated"));
-- After the authentication plugin (0) has taken the token from the address the client connected to.
for _, name in ipairs { "websocket-session", "bosh-session" } do
	module:hook_global(name, guard("session-opens"), -1);
end
every(HEARTBEAT_S, "heartbeat");
every(RECONCILE_S, "reconcile");

function module.load()
	for name in pairs(hosts) do handlers["host-activated"](name); end
	local rooms = {};
	for room in mod_muc.live_rooms() do rooms[#rooms + 1] = room; end
	later(0, "look_around", rooms);
end

function module.save()
	local rooms = {};
	for room_jid, kept in pairs(tracked) do
		local people = {};
		for nick, person in pairs(kept.people) do
			people[nick] = { oid = person.oid, bare = person.bare, joined = person.joined, exactly = person.exactly,
				change = person.change, token = person.token };
		end
		rooms[room_jid] = { seen = kept.seen, created = kept.created, people = people, armed = kept.armed,
			owner_gone = kept.owner_gone, owner_seen = kept.owner_seen, history = past(kept) };
	end
	return { protocol = PROTOCOL, rooms = rooms, door = door, ended = ended, next_oid = next_oid, lost_sessions = lost_sessions };
end

function module.restore(saved)
	if type(saved) == "table" and saved.protocol == PROTOCOL then
		before, door, ended = saved.rooms, saved.door, saved.ended;
		next_oid, lost_sessions = saved.next_oid or 0, saved.lost_sessions or lost_sessions;
	end
end

function module.unload()
	for session in pairs(knocking) do filters.remove_filter(session, "stanzas/out", listen); end
	for _, watch in pairs(watches) do
		pcall(send_batch, watch, (',"bye":%.6f'):format(now()));
	end
	watches = {};
end
