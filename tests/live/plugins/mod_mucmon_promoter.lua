-- Test stand-in for a server module that makes every token user an owner after the join.
local jid = require "util.jid";
local timer = require "util.timer";

local admins = module:get_option_inherited_set("admins", {});
local delay = module:get_option_number("mucmon_promote_delay", 0.2);

module:hook("muc-occupant-joined", function (event)
	local room, bare = event.room, jid.bare(event.stanza.attr.from);
	if not (event.origin and event.origin.auth_token) or admins:contains(bare) then return; end
	local function promote()
		if room:get_affiliation(bare) ~= "owner" then
			room:set_affiliation(true, bare, "owner");
		end
	end
	if delay > 0 then
		timer.add_task(delay, promote);
	else
		promote();
	end
end, 2);
