"""Tests of the screen, on stores filled through events and with an injected clock."""
