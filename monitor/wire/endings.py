"""What the end of a connection means, each in one sentence that names the remedy. Pure."""

from __future__ import annotations

import msgspec

from monitor.core.server import LinkState
from monitor.wire.component import Ended


class Address(msgspec.Struct, frozen=True):
    """Where the component connects, and as whom."""

    name: str
    host: str
    port: int
    jid: str


def describe(ended: Ended, at: Address, was_up: bool = False, may_hold_us: bool = False) -> tuple[LinkState, str]:
    """The state that follows from the end of a connection, and a sentence.

    `was_up`: this address has let us in before. `may_hold_us`: the server may still hold a connection that we lost.
    """
    state, words = _ENDINGS.get(_case(ended, was_up, may_hold_us), _CLOSED)
    return state, words.format(
        where=f"{at.host}:{at.port}",
        jid=at.jid,
        why=f" ({ended.text})" if ended.text else "",
        kick_old=f'component_conflict_resolve = "kick_old" for Component "{at.jid}"',
        condition=ended.condition,
    )


def _case(ended: Ended, was_up: bool, may_hold_us: bool) -> str:
    match ended.condition:
        case "silent" if was_up:
            return _HANGS
        case "conflict" if "eplaced" in ended.text:
            return _REPLACED
        case "conflict" if may_hold_us:
            return _HELD
    return ended.condition


# No condition that a server sends has a blank in it.
_HANGS, _REPLACED, _HELD = "silent as never before", "conflict with the next one", "conflict with ourselves"
_NOT_XMPP = (
    LinkState.LOST,
    "{where} accepts connections and does not answer as an XMPP server: "
    "check that `port` is the one in component_ports",
)
_CLOSED = (LinkState.LOST, "the server closed the link ({condition}); connecting again")
_ENDINGS = {
    "": (LinkState.LOST, "the link to {where} broke; connecting again"),
    "refused": (
        LinkState.LOST,
        "nothing listens on {where}: start Prosody there, set component_ports in its configuration, "
        "or open the SSH tunnel to it",
    ),
    "hung-up": (
        LinkState.LOST,
        "{where} closes every connection at once, as an SSH tunnel does when nothing listens at its far end: "
        "start Prosody there",
    ),
    "unreachable": (
        LinkState.LOST,
        "{where} cannot be reached{why}: check `host` and `port`, and that the tunnel is open",
    ),
    "dead": (
        LinkState.STALE,
        "{where} does not answer any more: the server hangs, or the way to it is cut; connecting anew",
    ),
    "silent": _NOT_XMPP,
    "not-xmpp": _NOT_XMPP,
    _HANGS: (
        LinkState.STALE,
        "{where} accepts connections and does not answer, as it did before: the server hangs; trying again",
    ),
    "for-clients": (
        LinkState.REFUSED,
        "{where} is the port for clients (c2s), not for components: set `port` to the one in component_ports of "
        "Prosody's configuration, 5347 unless it is set there",
    ),
    "for-servers": (
        LinkState.REFUSED,
        "{where} is the port for other servers (s2s), not for components: set `port` to the one in component_ports of "
        "Prosody's configuration, 5347 unless it is set there",
    ),
    "not-authorized": (
        LinkState.REFUSED,
        "the secret for {jid} is wrong: make `secret_file` hold the component_secret "
        "of that Component in Prosody's configuration",
    ),
    "host-unknown": (
        LinkState.REFUSED,
        'the server knows no component {jid}: add Component "{jid}" with a component_secret '
        "to Prosody's configuration and restart it (mucmon prosody --print shows how), or correct `jid`",
    ),
    "conflict": (
        LinkState.REFUSED,
        "another monitor is already connected as {jid}: use a component of your own, "
        "or set {kick_old}, so that the newer connection wins",
    ),
    _REPLACED: (
        LinkState.STOPPED,
        "another monitor has taken over {jid}: press r to take it back, or give each person a component of their own",
    ),
    _HELD: (
        LinkState.LOST,
        "{where} still holds the connection of {jid} that broke, or another monitor has it: trying again; "
        "with {kick_old} it is replaced at once",
    ),
}
