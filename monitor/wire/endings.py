"""What the end of a connection means, each in one sentence that names the remedy. Pure."""

from __future__ import annotations

import msgspec

from monitor.core.model import LinkState
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
    where = f"{at.host}:{at.port}"
    kick_old = f'component_conflict_resolve = "kick_old" for Component "{at.jid}"'
    match ended.condition:
        case "refused":
            return LinkState.LOST, (
                f"nothing listens on {where}: start Prosody there, set component_ports in its configuration, "
                "or open the SSH tunnel to it"
            )
        case "hung-up":
            return LinkState.LOST, (
                f"{where} closes every connection at once, as an SSH tunnel does when nothing listens at its far end: "
                "start Prosody there"
            )
        case "unreachable":
            why = f" ({ended.text})" if ended.text else ""
            return LinkState.LOST, (
                f"{where} cannot be reached{why}: check `host` and `port`, and that the tunnel is open"
            )
        case "dead":
            return LinkState.STALE, (
                f"{where} does not answer any more: the server hangs, or the way to it is cut; connecting anew"
            )
        case "silent" if was_up:
            return LinkState.STALE, (
                f"{where} accepts connections and does not answer, as it did before: the server hangs; trying again"
            )
        case "silent" | "not-xmpp":
            return LinkState.LOST, (
                f"{where} accepts connections and does not answer as an XMPP server: "
                "check that `port` is the one in component_ports"
            )
        case "not-authorized":
            return LinkState.REFUSED, (
                f"the secret for {at.jid} is wrong: make `secret_file` hold the component_secret "
                "of that Component in Prosody's configuration"
            )
        case "host-unknown":
            return LinkState.REFUSED, (
                f'the server knows no component {at.jid}: add Component "{at.jid}" with a component_secret '
                "to Prosody's configuration and restart it (mucmon prosody --print shows how), or correct `jid`"
            )
        case "conflict" if "eplaced" in ended.text:
            return LinkState.STOPPED, (
                f"another monitor has taken over {at.jid}: press r to take it back, "
                "or give each person a component of their own"
            )
        case "conflict" if may_hold_us:
            return LinkState.LOST, (
                f"{where} still holds the connection of {at.jid} that broke, or another monitor has it: trying again; "
                f"with {kick_old} it is replaced at once"
            )
        case "conflict":
            return LinkState.REFUSED, (
                f"another monitor is already connected as {at.jid}: use a component of your own, "
                f"or set {kick_old}, so that the newer connection wins"
            )
        case "":
            return LinkState.LOST, f"the link to {where} broke; connecting again"
    return LinkState.LOST, f"the server closed the link ({ended.condition}); connecting again"
