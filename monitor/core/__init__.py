"""What is known of the servers and what it means: pure, with no I/O, clock or event loop of its own.

Glossary
    server        one Prosody, reached over one component link; named by the configuration
    MUC host      a multi-user chat component of that server, such as ``conference.meet.example``
    node          the part of a room's address before the ``@``; raw, as the server spells it
    occupant      somebody in a room, identified by ``oid``: a number of the feed, since nicks and addresses change
    session       one connection of an occupant; an occupant with two tabs has two
    affiliation   what the room holds a user's address to be: owner, admin, member, none, outcast (XEP-0045 §5.2)
    role          what an occupant may do in this visit: moderator, participant, visitor, none (XEP-0045 §5.1)
    claim         what a token says; ``Claims.affiliation`` is the affiliation it claims
    actor         the address that changed an affiliation; none when the server did it itself
    exempt        an occupant that belongs to the machinery (jicofo, recorders, gateways): shown dimmed, never counted

Every ``*_at`` is in seconds since the epoch on the server's own clock, every ``*_s`` a number of seconds.
Strings here are raw: they are compared, and pass `monitor.core.text.clean` before anything draws them.
"""
