"""Package data: the companion module that runs inside Prosody."""
