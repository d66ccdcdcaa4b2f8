-- Test stand-in for a plugin that tells those in a room neither who removed somebody nor why.
module:hook("muc-broadcast-presence", function (event)
	event.actor, event.reason = nil, nil;
end, 0);
