"""The views of the screen, one module each; the screen shows one of them at a time."""
