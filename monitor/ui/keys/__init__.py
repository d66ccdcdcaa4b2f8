"""The keys. `table.KEYS` is the one table: bindings, footer, help and palette are made from it.

So none can name a key that does nothing. Which keys lead to a command may be configured (`monitor.ui.keymap`); what is
here is what holds otherwise.
"""
