"""What is known of the servers and what it means: pure, with no I/O, clock or event loop of its own."""
