"""The rules: what is wrong in a room or on a server. `table.RULES` is the one table; a predicate each stands by topic.

A rule about claims speaks `SETTLING_S` after a join or the last change of affiliation, since jicofo answers within a
round trip and a plugin may set an affiliation again. Exempt occupants are never judged, nor are health-check rooms.
Rules that compare a claim with a fact need a plugin that applies the claim (`AFFILIATION_PLUGINS`): without one,
the server never meant to, and every row would be red by design. Rules about closing need a close policy.
"""
