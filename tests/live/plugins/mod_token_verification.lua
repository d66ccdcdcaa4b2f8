-- Test stand-in for room verification: a token opens the room it names, or any with "*"; where
-- the domain is verified also its sub has to fit, and the room may be a Lua pattern.
local jid = require "util.jid";
local st = require "util.stanza";

local admins = module:get_option_inherited_set("admins", {});
local verifies_domain = module:get_option_boolean("enable_domain_verification", false);
local domain = module.host:gsub("^[^.]+%.", "");

-- The tenant of a node of the form [tenant]room, or nil, and the rest.
local function split(node)
	local tenant, name = node:match("^%[([^%]]+)%](.+)$");
	return tenant, name or node;
end

-- What the token makes of the room's name: its own claim, or what its pattern matches there.
local function named(session, name)
	local claim = session.jitsi_meet_room;
	local flags = session.jitsi_meet_context_room;
	local regex = type(flags) == "table" and flags.regex;
	if verifies_domain and (regex == true or regex == "true") then return name:match(claim); end
	return string.lower(claim);
end

local function is_verified(session, node)
	local tenant, name = split(node);
	if session.jitsi_meet_room ~= "*" and named(session, name) ~= name then return false; end
	if not verifies_domain or session.jitsi_meet_domain == "*" then return true; end
	return string.lower(session.jitsi_meet_domain) == (tenant or domain);
end

local function refuse(event)
	local origin, stanza = event.origin, event.stanza;
	module:log("info", "Token of %s is not for %s", stanza.attr.from, event.room.jid);
	local words = verifies_domain and "Room and token mismatched" or "Room does not match the room from token";
	local reply = st.error_reply(stanza, "cancel", "not-allowed", words);
	if not verifies_domain then reply:tag("room-mismatch", { xmlns = "http://jitsi.org/jitmeet" }); end
	origin.send(reply);
	return true;
end

local function gate(event)
	local origin = event.origin;
	if not origin.auth_token or admins:contains(jid.bare(event.stanza.attr.from)) then return; end
	if not is_verified(origin, jid.node(event.room.jid)) then return refuse(event); end
end

module:hook("muc-room-pre-create", gate, 99);
module:hook("muc-occupant-pre-join", gate, 99);
