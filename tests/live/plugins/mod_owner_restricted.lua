-- Test stand-in for the other rule by which a room without an owner is closed: the latest timer
-- alone counts, and the first participant of a room without an owner starts one, too.
local jid = require "util.jid";
local timer = require "util.timer";

local admins = module:get_option_inherited_set("admins", {});
local seconds = module:get_option_number("role_timeout", 120);

local function is_owner(room, bare)
	return not admins:contains(bare) and room:get_affiliation(bare) == "owner";
end

-- How many are here beside the admins, and whether one of them owns the room.
local function looked_over(room)
	local count, owned = 0, false;
	for _, occupant in room:each_occupant() do
		if not admins:contains(occupant.bare_jid) then
			count = count + 1;
			owned = owned or is_owner(room, occupant.bare_jid);
		end
	end
	return count, owned;
end

local function arm(room)
	local mine = {};
	room.restricted_timer = mine;
	timer.add_task(seconds, function ()
		if room.restricted_timer ~= mine or room.destroying then return; end
		local count, owned = looked_over(room);
		if count > 0 and not owned then room:destroy(nil, "The meeting has been terminated"); end
	end);
end

module:hook("muc-occupant-joined", function (event)
	local count, owned = looked_over(event.room);
	if count == 1 and not owned and not admins:contains(jid.bare(event.stanza.attr.from)) then arm(event.room); end
end);

module:hook("muc-occupant-left", function (event)
	local room = event.room;
	if room.destroying or not is_owner(room, event.occupant.bare_jid) then return; end
	local _, owned = looked_over(room);
	if not owned then arm(room); end
end);
