"""People in rooms, and the conference focus that opens and moderates them."""

import asyncio
import contextlib
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from tests.live.prosody_config import FOCUS
from tests.live.server import Prosody
from tests.live.tokens import token
from tests.live.xmpp_stream import (
    CLIENT,
    AuthRefused,
    Received,
    StanzaError,
    XmppStream,
)

__all__ = ["Account", "AuthRefused", "Client", "Focus", "JoinRefused", "Received", "StanzaError", "token"]

MUC_USER = "{http://jabber.org/protocol/muc#user}"
_NICK = "http://jabber.org/protocol/nick"


class JoinRefused(StanzaError):
    """A room did not let this person in."""


def statuses(stanza: Received) -> set[str]:
    """Return a presence's MUC status codes."""
    return {mark.get("code", "") for mark in stanza.xml.iterfind(f"{MUC_USER}x/{MUC_USER}status")}


class Occupancy(XmppStream):
    """A session that can be in rooms; `nicks` maps a room's node to its nick there."""

    def __init__(
        self,
        server: Prosody,
        *,
        host: str,
        query: dict[str, str],
        smacks: bool = True,
        display_name: str | None = None,
    ) -> None:
        super().__init__(server, host=host, query=query, smacks=smacks)
        self.display_name = display_name
        self.nicks: dict[str, str] = {}
        self._joining: dict[str, asyncio.Future[Received]] = {}

    @property
    def bare_jid(self) -> str:
        """The JID without its resource."""
        return self.jid.partition("/")[0]

    def room_jid(self, room: str) -> str:
        """Return the JID of a room named by node (a JID is returned as it is)."""
        return room if "@" in room else f"{room}@{self.server.muc_host}"

    async def join(self, room: str, nick: str | None = None, timeout_s: float = 10) -> Received:
        """Enter ROOM; return the own presence (code 110). JoinRefused, TimeoutError."""
        return (await self.join_many([room], nick, timeout_s))[0]

    async def join_many(self, rooms: Iterable[str], nick: str | None = None, timeout_s: float = 30) -> list[Received]:
        """Enter all ROOMS, asking for all before the first answers; JoinRefused, TimeoutError."""
        own = nick or self.default_nick()
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Received]] = []
        nodes = list(rooms)
        for room in nodes:
            futures.append(loop.create_future())
            self._joining[self.room_jid(room)] = futures[-1]
            await self.send(self._presence(room, own, joining=True))
        try:
            async with asyncio.timeout(timeout_s):
                stanzas = await asyncio.gather(*futures)
        finally:
            for room in nodes:
                self._joining.pop(self.room_jid(room), None)
        for room, stanza in zip(nodes, stanzas, strict=True):
            if (error := stanza.error) is not None:
                raise JoinRefused(error.condition, error.text, error.kind)
            self.nicks[room] = stanza.sender.partition("/")[2]
        return stanzas

    async def leave(self, room: str, payload: str = "") -> Received:
        """Leave ROOM, with raw PAYLOAD in the presence, and return the server's confirmation."""
        address = f"{self.room_jid(room)}/{self.nicks.pop(room)}"
        since = len(self.received)
        await self.send(
            f"<presence xmlns='jabber:client' type='unavailable' to={quoteattr(address)}>{payload}</presence>"
        )
        return await self.wait_for(lambda s: s.sender == address and s.xml.get("type") == "unavailable", since=since)

    async def switch(self, room: str) -> Received:
        """Leave ROOM as somebody who goes to a breakout room does, or comes back from one."""
        return await self.leave(room, "<status>switch_room</status>")

    async def rename(self, room: str, nick: str) -> Received:
        """Take another nick in ROOM; return the presence under it. StanzaError when refused."""
        address = f"{self.room_jid(room)}/{nick}"
        since = len(self.received)
        await self.send(self._presence(room, nick, joining=False))
        answer = await self.wait_for(
            lambda s: s.sender == address and ("110" in statuses(s) or s.error is not None),
            since=since,
        )
        if (error := answer.error) is not None:
            raise error
        self.nicks[room] = nick
        return answer

    async def update(self, room: str, payload: str = "") -> None:
        """Send a presence change with raw PAYLOAD, as muting does; waits for nothing."""
        await self.send(self._presence(room, self.nicks[room], joining=False, payload=payload))

    async def set_affiliation(self, room: str, jid: str, affiliation: str, reason: str | None = None) -> None:
        """Set an affiliation by bare or full JID; StanzaError when this person may not."""
        bare = jid.partition("/")[0]
        inner = f"<reason>{escape(reason)}</reason>" if reason is not None else ""
        await self.iq(
            "set",
            self.room_jid(room),
            "<query xmlns='http://jabber.org/protocol/muc#admin'>"
            f"<item jid={quoteattr(bare)} affiliation='{affiliation}'>{inner}</item></query>",
        )

    async def kick(self, room: str, nick: str, reason: str | None = None) -> None:
        """Remove the occupant NICK; StanzaError when this person may not."""
        inner = f"<reason>{escape(reason)}</reason>" if reason is not None else ""
        await self.iq(
            "set",
            self.room_jid(room),
            "<query xmlns='http://jabber.org/protocol/muc#admin'>"
            f"<item nick={quoteattr(nick)} role='none'>{inner}</item></query>",
        )

    async def wait_gone(self, room: str, nick: str, timeout_s: float = 10) -> Received:
        """Return the presence with which NICK left ROOM."""
        address = f"{self.room_jid(room)}/{nick}"
        return await self.wait_for(lambda s: s.sender == address and s.xml.get("type") == "unavailable", timeout_s)

    def default_nick(self) -> str:
        """Return the nick a Jitsi client takes: the first 8 characters of its JID."""
        return self.jid[:8]

    def on_stanza(self, stanza: Received) -> None:
        """Settle the joins that wait for this presence."""
        if stanza.xml.tag != f"{CLIENT}presence" or not self._joining:
            return
        future = self._joining.get(stanza.sender.partition("/")[0])
        if future is None or future.done():
            return
        # The farewell of an earlier visit may come late.
        own = "110" in statuses(stanza) and stanza.xml.get("type") is None
        if stanza.error is not None or own:
            future.set_result(stanza)

    def _presence(self, room: str, nick: str, *, joining: bool, payload: str = "") -> str:
        address = f"{self.room_jid(room)}/{nick}"
        marker = "<x xmlns='http://jabber.org/protocol/muc'/>" if joining else ""
        label = ""
        if self.display_name is not None:
            label = f"<nick xmlns='{_NICK}'>{escape(self.display_name)}</nick>"
        return f"<presence xmlns='jabber:client' to={quoteattr(address)}>{marker}{label}{payload}</presence>"


class Client(Occupancy):
    """A person in a browser: SASL ANONYMOUS, with a token in the URL or without one."""

    def __init__(
        self,
        server: Prosody,
        token: str | None = None,
        name: str | None = None,
        *,
        room: str = "",
        smacks: bool = True,
    ) -> None:
        query = {"room": room}
        if token is not None:
            query["token"] = token
        super().__init__(server, host=server.host, query=query, smacks=smacks, display_name=name)

    async def connect(self) -> str:
        """Sign in and return the full JID; AuthRefused with the server's words."""
        return await self.sign_in("ANONYMOUS", b"")

    async def resume(self) -> None:
        """Take the session up again after drop(); StanzaError when the server gave it up."""
        await self.resume_as("ANONYMOUS", b"")


class Account(Occupancy):
    """A user with a password and no token, who may be connected more than once; `Prosody.add_account` makes one."""

    def __init__(self, server: Prosody, user: str, password: str, resource: str, name: str | None = None) -> None:
        super().__init__(server, host=server.auth_host, query={"room": ""}, display_name=name)
        self._initial, self._resource = f"\0{user}\0{password}".encode(), resource

    async def connect(self) -> str:
        """Sign in and return the full JID; AuthRefused with the server's words."""
        return await self.sign_in("PLAIN", self._initial, self._resource)

    async def resume(self) -> None:
        """Take the session up again after drop(); StanzaError when the server gave it up."""
        await self.resume_as("PLAIN", self._initial)


class Focus(Occupancy):
    """The conference focus: an admin with a password, in every room under the nick focus."""

    def __init__(self, server: Prosody) -> None:
        super().__init__(server, host=server.auth_host, query={"room": ""}, smacks=False)
        self._delay_s: float | None = None
        self._elects = False
        self._promoted: set[tuple[str, str]] = set()
        self._people: dict[str, dict[str, tuple[str, str]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self) -> str:
        """Sign in and return the full JID; AuthRefused with the server's words."""
        password = self.server.focus_password
        name = FOCUS.partition("@")[0]
        return await self.sign_in("PLAIN", f"\0{name}\0{password}".encode(), "focus")

    def default_nick(self) -> str:
        """Return the nick by which everybody knows it."""
        return "focus"

    async def promote(self, room: str, jid: str) -> None:
        """Make JID (bare or full) an owner of ROOM."""
        await self.set_affiliation(room, jid, "owner")

    def auto_promote(self, delay_s: float | None) -> None:
        """From now on promote each joiner after DELAY_S seconds; None turns it off."""
        self._delay_s = delay_s

    def auto_owner(self, on: bool = True) -> None:
        """From now on elect an owner, at once, whenever a room has people but no owner."""
        self._elects = on

    async def close(self) -> None:
        """Stop promoting and leave."""
        self._delay_s, self._elects = None, False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().close()

    def on_stanza(self, stanza: Received) -> None:
        """Keep the list of who is where, and promote as told."""
        super().on_stanza(stanza)
        item = stanza.xml.find(f"{MUC_USER}x/{MUC_USER}item")
        if item is None or "110" in statuses(stanza):
            return
        room, _, nick = stanza.sender.partition("/")
        people = self._people.setdefault(room, {})
        # Who leaves may be shown without a JID, so people are kept by nick.
        if stanza.xml.get("type") is not None:
            people.pop(nick, None)
        else:
            person = (item.get("jid", ""), item.get("affiliation", "none"))
            people[nick] = person
            if self._delay_s is not None and (room, person[0]) not in self._promoted:
                self._promote_soon(room, person, self._delay_s)
        if self._elects and people and all(rank != "owner" for _, rank in people.values()):
            self._promote_soon(room, next(iter(people.values())), 0)

    def _promote_soon(self, room: str, person: tuple[str, str], delay_s: float) -> None:
        jid, affiliation = person
        self._promoted.add((room, jid))
        if affiliation == "owner":
            return
        task = asyncio.create_task(self._promote_later(room, jid, delay_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _promote_later(self, room: str, jid: str, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        # The person or the room may be gone by now, which is no failure of the focus.
        with contextlib.suppress(StanzaError, TimeoutError, ConnectionError):
            await self.promote(room, jid)
