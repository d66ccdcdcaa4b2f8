"""The terminal screen: reads the store, never the wire."""
