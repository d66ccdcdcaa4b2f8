"""mucmon: who is in which room of a Jitsi Meet server, with what rights, and why."""

__version__ = "0.1.0"
