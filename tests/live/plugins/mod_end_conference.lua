-- Test stand-in for the component by which a moderator ends a meeting for everybody.
local muc_host = module:get_option_string("muc_component", module.host:gsub("^[^.]+%.", "conference."));

module:hook("message/host", function (event)
	local ask = event.stanza:get_child("end_conference");
	if not ask then return; end
	local room = prosody.hosts[muc_host].modules.muc.get_room_from_jid(ask.attr.room .. "@" .. muc_host);
	local occupant = room and room:get_occupant_by_real_jid(event.stanza.attr.from);
	if occupant and occupant.role == "moderator" then
		room:destroy(nil, "The meeting has been terminated");
	end
	return true;
end, 1);
