"""The likely cause behind a finding, what to do about it, and what follows from it: the words of WHY.

Causes are told by pattern, never claimed: who set an affiliation is a fact, why they did is inferred from what else is
known, and is marked so where nobody saw it happen. Fixes come in flavours, since on docker the files of Debian do not
exist. Rule numbers (R01 …) are those of the diagnosis of a Jitsi set-up.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.cause import Cause, Fix
from monitor.core.closing import held_by, overdue, owner_lost, ownerless
from monitor.core.countdown import close_policy
from monitor.core.findings import Finding, Judgement
from monitor.core.issuing import token_cause
from monitor.core.model import ActorKind, Affiliation, MucHost, Occupant, Room
from monitor.core.related import Elsewhere

QUICK_S = 1.5
"""jicofo promotes within a round trip of seeing somebody join."""


_RESTART = "restart prosody"


def cause_of(
    finding: Finding, room: Room, host: MucHost, judgement: Judgement, elsewhere: Sequence[Elsewhere] = ()
) -> Cause | None:
    """The likely cause of a finding, or None where there is nothing to tell.

    `elsewhere` are the room's owners that are in its breakout rooms.
    """
    person = room.occupants.get(finding.oid) if finding.oid is not None else None
    match finding.rule.id:
        case "F1" | "F7" if person is not None:
            return _promoter(person, room, host)
        case "F9" | "F10c":
            everything = (*judgement.findings, *judgement.silenced)
            extra = next((one for one in everything if one.rule.id in ("F1", "F7")), None)
            other = room.occupants.get(extra.oid) if extra and extra.oid is not None else None
            return _promoter(other, room, host) if other else held_by(room, host)
        case "F3" if person is not None:
            return _ignored(person, host)
        case "F4" if person is not None:
            return _demoted(person)
        case "F2" if person is not None:
            return Cause("an owner granted it; that is no fault")
        case "F5":
            return Cause(
                "the role did not follow the affiliation: a promotion that is under way, or a return from breakout",
                fixes=(Fix("now", ("have them join again",)),),
                so="they cannot mute or admit anybody, nor end the meeting",
            )
        case "F6":
            return Cause(
                "somebody, or a plugin, gave them the role alone",
                so="it ends with this visit, and they do not count as owner: the room does not stay open for them",
            )
        case "F11":
            return _wrong_room(host)
        case "F22":
            return Cause(
                "their client wrote the identity into its own presence, as old versions of presence_identity let it",
                so="others see a name and an e-mail address that nobody has vouched for",
            )
        case "F10":
            return ownerless(room, host, judgement, elsewhere)
        case "F10b":
            return overdue(host)
        case "F29":
            return owner_lost(host)
        case "F31":
            return _no_focus()
        case "F32":
            return Cause(
                "their network, or the JVB or TURN server they share: XMPP itself answers, or nobody would be here",
                so="it says nothing about rights: most come back by themselves",
            )
        case "F10d":
            return Cause(
                "the close timer that started when the owner left is never cancelled",
                so="nothing happens if an owner is still here when it fires; otherwise the room closes then",
            )
    return token_cause(finding.rule.id, person, room, host) if person is not None else None


def _no_focus() -> Cause:
    return Cause(
        "jicofo is down, or has lost its connection to Prosody",
        fixes=(
            Fix("Debian", ("journalctl -u jicofo -n 50", "systemctl restart jicofo")),
            Fix("docker", ("docker compose logs --tail 50 jicofo", "docker compose restart jicofo")),
        ),
        so="who is inside may go on talking; nobody new gets sound or picture",
        restarts="jicofo",
    )


def _promoter(person: Occupant, room: Room, host: MucHost) -> Cause:
    change = person.change
    guest = person.has_token is False
    so = _consequence(host)
    if change is None or change.now is not Affiliation.OWNER:
        return _inferred(guest, host, so)
    match change.actor_kind:
        case ActorKind.JICOFO if not guest and _owner_was_there(person, room):
            return _jicofo_authentication(host, so, not _everybody_was(room))
        case ActorKind.JICOFO:
            return _auto_owner(so, False)
        case ActorKind.PERSON:
            return Cause("it was granted by somebody whose own owner rights are not in their token", so=so)
        case ActorKind.OPERATOR:
            return Cause("an operator granted it", so=so)
    return _module(change.by_module, so, False)


def _owner_was_there(person: Occupant, room: Room) -> bool:
    """Whether jicofo promoted though the room had an owner, which its auto-owner never does."""
    assert person.change is not None
    at = person.change.at
    members = [one for one in room.people() if one.claimed is Affiliation.MEMBER]
    promoted = [one for one in members if one.change and one.change.actor_kind is ActorKind.JICOFO]
    if len(promoted) > 1:
        return True
    if room.owner_gone is not None and room.owner_gone.at > at:
        return True
    return any(one.claimed is Affiliation.OWNER and one.joined_at < at for one in room.people())


def _everybody_was(room: Room) -> bool:
    """Whether jicofo promoted every member by token as they came, which is the mark of its authentication."""
    members = [one for one in room.people() if one.claimed is Affiliation.MEMBER]
    return all(
        one.change is not None
        and one.change.actor_kind is ActorKind.JICOFO
        and one.change.at - one.joined_at <= QUICK_S
        for one in members
    )


def _jicofo_authentication(host: MucHost, so: str | None, inferred: bool) -> Cause:
    options = host.facts.get("options")
    empty = isinstance(options, dict) and options.get("allow_empty_token") is True
    return Cause(
        "jicofo authentication is on: everybody who logs in becomes owner, whatever the token says",
        fixes=(
            Fix(
                "Debian",
                (
                    "hocon -f /etc/jitsi/jicofo/jicofo.conf set jicofo.authentication.enabled false",
                    "hocon -f /etc/jitsi/jicofo/jicofo.conf set jicofo.conference.enable-auto-owner false",
                    "systemctl restart jicofo",
                ),
            ),
            Fix(
                "docker",
                (
                    "in .env: JICOFO_ENABLE_AUTH=0 and ENABLE_AUTO_OWNER=0",
                    "docker compose up -d --force-recreate jicofo",
                ),
            ),
        ),
        first="without it anybody may open a room, and this server lets people in without a token" if empty else None,
        so=so,
        inferred=inferred,
        restarts="jicofo",
    )


def _auto_owner(so: str | None, inferred: bool) -> Cause:
    return Cause(
        "jicofo's auto-owner is on: it makes somebody owner whenever a room has none",
        fixes=(
            Fix(
                "Debian",
                (
                    "hocon -f /etc/jitsi/jicofo/jicofo.conf set jicofo.conference.enable-auto-owner false",
                    "systemctl restart jicofo",
                ),
            ),
            Fix("docker", ("in .env: ENABLE_AUTO_OWNER=0", "docker compose up -d --force-recreate jicofo")),
        ),
        so=so,
        inferred=inferred,
        restarts="jicofo",
    )


def _module(name: str | None, so: str | None, inferred: bool) -> Cause:
    match name:
        case "mod_muc_wait_for_host":
            return Cause(
                "muc_wait_for_host makes every token user owner when they join",
                fixes=(
                    Fix("Debian", ("in the MUC component: wait_for_host_disable_auto_owners = true", _RESTART)),
                    Fix(
                        "docker",
                        ("in .env: WAIT_FOR_HOST_DISABLE_AUTO_OWNERS=true", "docker compose up -d prosody"),
                    ),
                ),
                first="check that the hosts' tokens say owner: without that nobody will be",
                so=so,
                inferred=inferred,
                restarts="prosody",
            )
        case "mod_muc_allowners":
            return Cause(
                "muc_allowners makes everybody owner when they join",
                fixes=(Fix("any", ('take "muc_allowners" out of modules_enabled there', _RESTART)),),
                so=so,
                inferred=inferred,
                restarts="prosody",
            )
    return Cause(f"the Prosody plugin {name or 'that did it'} sets it on its own account", so=so, inferred=inferred)


def _inferred(guest: bool, host: MucHost, so: str | None) -> Cause:
    options = host.facts.get("options")
    spared = isinstance(options, dict) and options.get("wait_for_host_disable_auto_owners") is True
    if "muc_allowners" in host.modules:
        return _module("mod_muc_allowners", so, True)
    if "muc_wait_for_host" in host.modules and not spared and not guest:
        return _module("mod_muc_wait_for_host", so, True)
    return _auto_owner(so, True) if guest else _jicofo_authentication(host, so, True)


def _consequence(host: MucHost) -> str | None:
    plugin = close_policy(host).plugin
    return f"the room stays open when the host leaves: {plugin} counts them as its owner" if plugin else None


def _ignored(person: Occupant, host: MucHost) -> Cause:
    change = person.change
    if change is not None and (change.reason or "").startswith("Invited by"):
        return Cause("they were admitted from the lobby, which makes a member of everybody")
    if change is not None and change.by_module not in (None, "mod_token_affiliation", "mod_token_affiliation_legacy"):
        return Cause(f"{change.by_module} set another affiliation after the claim had been applied")
    reload = f"prosodyctl shell module reload token_affiliation {host.name}"
    return Cause(
        "token_affiliation did not act on this join, or stands in a section it does not work in",
        fixes=(Fix("live", (reload, "then let them join again")),),
    )


def _demoted(person: Occupant) -> Cause:
    kind = person.change.actor_kind if person.change else ActorKind.UNKNOWN
    if kind is ActorKind.PERSON:
        return Cause("another owner took it away; that may be meant")
    if kind is ActorKind.JICOFO:
        return Cause("jicofo took it away, as it does when somebody returns from a breakout room")
    if kind is ActorKind.OPERATOR:
        return Cause("an operator took it away")
    if kind is ActorKind.MODULE and person.change is not None:
        return Cause(f"the Prosody plugin {person.change.by_module or 'that did it'} took it away")
    return Cause("it is not known who took it away")


def _wrong_room(host: MucHost) -> Cause:
    if "token_verification" in host.modules:
        return Cause(
            "token_verification is loaded and let it pass: it may have been loaded after the join",
            so="a token for one room opens another",
        )
    return Cause(
        "token_verification is not loaded here, so nothing compares the token's room with this one",
        fixes=(Fix("any", ('add "token_verification" to modules_enabled of the MUC component', _RESTART)),),
        so="a token for one room opens every room",
        restarts="prosody",
    )
