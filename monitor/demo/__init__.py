"""A server that is none: it speaks the feed on a loopback port and plays a story, so that mucmon can be tried."""
