-- Test stand-in for affiliation by claim: set before the join, so that the first presence
-- already carries it.
local jid = require "util.jid";

local admins = module:get_option_inherited_set("admins", {});
local owner_words = { owner = true, moderator = true, teacher = true };

local function claimed(user)
	if type(user) ~= "table" then return "member"; end
	local leads = user.moderator == true or user.moderator == "true";
	return (leads or owner_words[user.affiliation]) and "owner" or "member";
end

module:hook("muc-occupant-pre-join", function (event)
	local bare = jid.bare(event.stanza.attr.from);
	if not event.origin.auth_token or admins:contains(bare) then return; end
	local affiliation = claimed(event.origin.jitsi_meet_context_user);
	event.room:set_affiliation(true, bare, affiliation);
	-- The occupant was made before its affiliation: its role has to follow.
	event.occupant.role = event.room:get_default_role(affiliation);
end, -3.5);
