"""What a Jitsi token says and what a server makes of it."""
