-- Test stand-in for the rule that a room without an owner is closed. Timers are never
-- cancelled, not by an unload either: at its instant each looks at the room as it is then.
local jid = require "util.jid";
local st = require "util.stanza";
local timer = require "util.timer";

local admins = module:get_option_inherited_set("admins", {});
local seconds = module:get_option_number("party_check_timeout", 60);
local gated = module:get_option_boolean("mucmon_close_gate", true);
local owner_words = { owner = true, moderator = true, teacher = true };

local function is_owner(room, bare)
	return not admins:contains(bare) and room:get_affiliation(bare) == "owner";
end

local function owner_present(room)
	for _, occupant in room:each_occupant() do
		if is_owner(room, occupant.bare_jid) then return true; end
	end
	return false;
end

module:hook("muc-occupant-left", function (event)
	local room = event.room;
	if room.destroying or not is_owner(room, event.occupant.bare_jid) or owner_present(room) then
		return;
	end
	module:log("info", "Last owner left %s, looking again in %g s", room.jid, seconds);
	timer.add_task(seconds, function ()
		if room.destroying or not room:has_occupant() or owner_present(room) then return; end
		room:destroy(nil, "The meeting has been terminated");
	end);
end);

local function may_begin(user)
	return type(user) == "table"
		and (owner_words[user.affiliation] or user.moderator == true or user.moderator == "true");
end

if gated then
	module:hook("muc-occupant-pre-join", function (event)
		local origin, stanza = event.origin, event.stanza;
		if admins:contains(jid.bare(stanza.attr.from)) then return; end
		if may_begin(origin.jitsi_meet_context_user) then return; end
		local count = 0;
		for _ in event.room:each_occupant() do count = count + 1; end
		if count < 2 then
			origin.send(st.error_reply(stanza, "cancel", "not-allowed"));
			return true;
		end
	end);
end
