"""The likely cause behind a finding, what to do about it, and what follows from it: the words of WHY.

Causes are told by pattern, never claimed: who set an affiliation is a fact, why they did is inferred from what else is
known, and is marked so where nobody saw it happen. Fixes come in flavours, since on docker the files of Debian do not
exist. Rule numbers (R01 …) are those of the diagnosis of a Jitsi set-up.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.affiliation import ActorKind
from monitor.core.cause import Cause, Fix
from monitor.core.closing import for_visit, held_by, overdue, owner_lost, ownerless, unclear_hold, unclear_owners
from monitor.core.findings import Finding, Judgement
from monitor.core.issuing import token_cause
from monitor.core.occupant import Occupant
from monitor.core.promoting import granted, promoter_of
from monitor.core.related import Elsewhere
from monitor.core.room import Room
from monitor.core.rules.rights import is_guest_owner, is_unclaimed_owner
from monitor.core.server import MucHost

_RESTART = "restart prosody"


def cause_of(
    finding: Finding, room: Room, host: MucHost, judgement: Judgement, elsewhere: Sequence[Elsewhere] = ()
) -> Cause | None:
    """The likely cause of a finding, or None where there is nothing to tell.

    `elsewhere` are the room's owners that are in its breakout rooms.
    """
    rule = finding.rule.id
    person = room.occupants.get(finding.oid) if finding.oid is not None else None
    match rule:
        case "F1" | "F7" if person is not None:
            return promoter_of(person, room, host)
        case "F2" if person is not None:
            return granted(person, room, host)
        case "F3" if person is not None:
            return _ignored(person, host)
        case "F4" if person is not None:
            return _demoted(person)
        case "F10c" if unclear := unclear_owners(room):
            return unclear_hold(unclear)
        case "F9" | "F10c":
            other = _unclaimed(room, judgement)
            return promoter_of(other, room, host) if other else held_by(room, host)
        case "F6" if person is not None:
            return for_visit(person, room, host)
        case "F10":
            return ownerless(room, host, judgement, elsewhere)
        case "F10b":
            return overdue(host)
        case "F11":
            return _wrong_room(host)
        case "F29":
            return owner_lost(host)
    if rule in _ALWAYS:
        return _ALWAYS[rule]
    return token_cause(rule, person, room, host) if person is not None else None


_ALWAYS = {
    "F5": Cause(
        "the role did not follow the affiliation: a promotion that is under way, or a return from breakout",
        fixes=(Fix("now", ("have them join again",)),),
        so="they cannot mute or admit anybody, nor end the meeting",
    ),
    "F10d": Cause(
        "the close timer that started when the owner left is never cancelled",
        so="nothing happens if an owner is still here when it fires; otherwise the room closes then",
    ),
    "F22": Cause(
        "their client wrote the identity into its own presence, as old versions of presence_identity let it",
        so="others see a name and an e-mail address that nobody has vouched for",
    ),
    "F31": Cause(
        "jicofo is down, or has lost its connection to Prosody",
        fixes=(
            Fix("Debian", ("journalctl -u jicofo -n 50", "systemctl restart jicofo")),
            Fix("docker", ("docker compose logs --tail 50 jicofo", "docker compose restart jicofo")),
        ),
        so="who is inside may go on talking; nobody new gets sound or picture",
        restarts="jicofo",
    ),
    "F32": Cause(
        "their network, or the JVB or TURN server they share: XMPP itself answers, or nobody would be here",
        so="it says nothing about rights: most come back by themselves",
    ),
}
"""By rule, where the cause is the same in every room."""


def _unclaimed(room: Room, judgement: Judgement) -> Occupant | None:
    """Who owns the room without a claim: whom a finding is about, or where the configuration wants none, anybody."""
    everything = (*judgement.findings, *judgement.silenced)
    found = [room.occupants.get(one.oid or 0) for one in everything if one.rule.id in ("F1", "F7")]
    here = (one for one in room.people() if is_unclaimed_owner(room, one) or is_guest_owner(one))
    return next((one for one in found if one is not None), next(here, None))


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
