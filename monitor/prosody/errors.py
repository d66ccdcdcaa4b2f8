"""The one error of `mucmon prosody`."""


class CannotDo(Exception):
    """What was asked for cannot be done. Its text is one sentence that names the remedy, and never holds a secret."""
