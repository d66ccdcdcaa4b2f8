"""What a stock MUC component is asked where the companion module is missing, and how its answers are read. Total.

The rooms come from the form of Prosody's ad-hoc command to destroy rooms, which lists every room, hidden or not. The
form is opened and cancelled (XEP-0050 §3.4); nothing here can fill it in, and no other action is ever sent. Who is in
a room comes from its lists of roles (XEP-0045 §9.7), which an owner may read without being inside.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

from monitor.core.affiliation import Affiliation, Role
from monitor.core.occupant import Exempt

ROLES = (Role.MODERATOR, Role.PARTICIPANT, Role.VISITOR)
"""Everybody in a room has one of these."""

_COMMANDS, _DATA, _ADMIN = (
    "http://jabber.org/protocol/commands",
    "jabber:x:data",
    "http://jabber.org/protocol/muc#admin",
)
_ROOMS_COMMAND = "http://prosody.im/protocol/muc#destroy"

COMMAND, PEOPLE = f"{{{_COMMANDS}}}command", f"{{{_ADMIN}}}query"
"""The qualified names of the payloads that come back."""

OPEN_LIST = f"<command xmlns='{_COMMANDS}' node='{_ROOMS_COMMAND}' action='execute'/>"
"""Asks for the form that lists the rooms."""


class Seen(NamedTuple):
    """Somebody on a list of roles."""

    nick: str
    jid: str
    """The full address; empty where the room does not tell it."""
    role: Role
    affiliation: Affiliation

    @property
    def bare_jid(self) -> str:
        """The address without its resource."""
        return self.jid.partition("/")[0]


def cancel_list(session: str) -> str:
    """Closes the form again without having anything done."""
    return f"<command xmlns='{_COMMANDS}' node='{_ROOMS_COMMAND}' sessionid={quoteattr(session)} action='cancel'/>"


def list_role(role: Role) -> str:
    """Asks a room for everybody who has this role."""
    return f"<query xmlns='{_ADMIN}'><item role='{role.value}'/></query>"


def open_form(command: Element | None) -> str:
    """What the server knows the form by that it has opened and waits for; empty where it waits for none."""
    return command.get("sessionid", "") if command is not None and command.get("status") == "executing" else ""


def read_list(command: Element, host: str) -> tuple[str, ...] | None:
    """The rooms of this MUC host that the form lists; None where it is not the form we know."""
    for field in command.iterfind(f"{{{_DATA}}}x/{{{_DATA}}}field"):
        if field.get("var") == "rooms":
            jids = (option.findtext(f"{{{_DATA}}}value") or "" for option in field.iterfind(f"{{{_DATA}}}option"))
            parted = (jid.rpartition("@") for jid in jids)
            return tuple(dict.fromkeys(node for node, _, of in parted if node and of == host))
    return None


def read_people(query: Element) -> list[Seen]:
    """Read one list of roles; what has no nick or no role that we know is left out."""
    found = []
    for item in query.iterfind(f"{{{_ADMIN}}}item"):
        nick, role = item.get("nick", ""), _ROLES.get(item.get("role", ""))
        if nick and role is not None:
            affiliation = _AFFILIATIONS.get(item.get("affiliation", ""), Affiliation.NONE)
            found.append(Seen(nick, item.get("jid", ""), role, affiliation))
    return found


def exemption(bare_jid: str, affiliation: Affiliation) -> Exempt:
    """Why somebody with this address and affiliation is taken for machinery.

    The server's `admins`, who are owners everywhere, are not told without the module. As Jitsi sets a server up,
    jicofo, recorders and gateways have accounts on hosts of their own, ``auth.`` and ``recorder.`` or ``hidden.``,
    where no person is.
    """
    user, _, host = bare_jid.partition("@")
    first = host.partition(".")[0]
    if first in ("recorder", "hidden"):
        return Exempt.HIDDEN_DOMAIN
    if first != "auth":
        return Exempt.NO
    if affiliation is Affiliation.OWNER:
        return Exempt.ADMIN
    return next((exempt for start, exempt in _MACHINERY.items() if user.startswith(start)), Exempt.ADMIN)


_ROLES = {role.value: role for role in ROLES}
_AFFILIATIONS = {one.value: one for one in Affiliation}
_MACHINERY = {"jibri": Exempt.JIBRI, "jigasi": Exempt.JIGASI, "transcriber": Exempt.TRANSCRIBER}
