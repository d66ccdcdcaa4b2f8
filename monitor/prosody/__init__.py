"""The companion module that runs inside Prosody, and what gets it there: `mucmon prosody`."""
