-- Test stand-in for room verification: a token opens the room it names, or any with "*".
local jid = require "util.jid";
local st = require "util.stanza";

local admins = module:get_option_inherited_set("admins", {});

local function gate(event)
	local origin, stanza = event.origin, event.stanza;
	if not origin.auth_token or admins:contains(jid.bare(stanza.attr.from)) then return; end
	local claim = tostring(origin.jitsi_meet_room):lower();
	if claim == "*" or claim == jid.node(event.room.jid) then return; end
	module:log("info", "Token of %s is not for %s", stanza.attr.from, event.room.jid);
	origin.send(st.error_reply(stanza, "cancel", "not-allowed", "Room and token mismatched"));
	return true;
end

module:hook("muc-room-pre-create", gate, 99);
module:hook("muc-occupant-pre-join", gate, 99);
