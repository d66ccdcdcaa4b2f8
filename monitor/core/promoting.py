"""What made somebody owner who does not claim it: jicofo, a plugin, an operator, or somebody in the room.

Told by who set the affiliation, where that was seen; where it was not, inferred from the facts, and marked so.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from monitor.core.affiliation import ActorKind, Affiliation
from monitor.core.cause import Cause, Fix
from monitor.core.countdown import close_policy
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.room import Room
from monitor.core.rules.rights import is_guest_owner
from monitor.core.server import MucHost

QUICK_S = 1.5
"""jicofo promotes within a round trip of seeing somebody join."""

_SEVERAL = 2
_RESTART = "restart prosody"

_EVERYBODY = "jicofo authentication is on: everybody who logs in becomes owner, whatever the token says"
_SOME = "jicofo authentication: it makes an owner of whomever it takes for logged in, whatever the token says"
_EMPTY = "jicofo authentication is on, and takes who comes without a token for logged in: it makes owners of them, too"
_PASSWORD = "jicofo authentication is on, and the guest logged in to it in another way than by token"


def promoter_of(person: Occupant, room: Room, host: MucHost) -> Cause:
    """What made somebody owner who does not claim it."""
    change = person.change
    so = _consequence(host)
    if change is None or change.now is not Affiliation.OWNER:
        return _inferred(person, room, host, so)
    match change.actor_kind:
        case ActorKind.JICOFO:
            return _by_jicofo(person, change.at, room, host, so)
        case ActorKind.PERSON if person.has_token is False:
            return granted(person, room, host)
        case ActorKind.PERSON:
            return Cause("it was granted by somebody whose own owner rights are not in their token", so=so)
        case ActorKind.OPERATOR:
            return Cause("an operator granted it", so=so)
        case ActorKind.UNKNOWN if not change.by_module:
            return Cause("it is not told who made them owner", so=so)
    return _module(change.by_module, so)


def granted(person: Occupant, room: Room, host: MucHost) -> Cause:
    """Who granted somebody owner rights, and what is known of their own."""
    change = person.change
    if change is None or change.actor_kind is not ActorKind.PERSON:
        return Cause("an operator granted it; that is no fault")
    promoter = room.find((change.actor or "").partition("/")[0])
    if promoter is None:
        return Cause(
            "it was granted by somebody who is not here any more, and of whose own rights nothing else is known"
        )
    name = shown_name(promoter)
    owns = promoter.affiliation is Affiliation.OWNER
    if promoter.exempt:
        return Cause(f"{name} granted it, which is no person ({promoter.exempt.value})")
    if is_guest_owner(promoter):
        if promoter.change is not None and promoter.change.actor_kind is ActorKind.PERSON:
            return Cause(
                f"{name} granted it, who has no token and was made owner by somebody too", so=_consequence(host)
            )
        why = promoter_of(promoter, room, host)
        return replace(
            why, likely=f"{name} granted it, who has no token and owns the room all the same (F7): {why.likely}"
        )
    if promoter.has_token is False:
        return Cause(f"{name} granted it, who has no token and is no owner any more")
    if promoter.claimed is None:
        return Cause(f"{name} granted it; whether their own token says owner cannot be seen from here")
    if promoter.claimed is not Affiliation.OWNER:
        return Cause(f"{name} granted it, whose own token does not say owner: somebody had promoted them, too")
    return Cause(f"{name} granted it, an owner by token{'' if owns else ' who is none any more'}; that is no fault")


def _by_jicofo(person: Occupant, at: float, room: Room, host: MucHost, so: str | None) -> Cause:
    """Which of jicofo's two ways to make owners fits: its authentication, or its auto-owner where nobody owned a room.

    `at` is when it was done, on the server's clock.
    """
    owned = _had_owner(person, at, room)
    if person.has_token is False:
        return _auto_owner(so) if owned is False else _guest_logged_in(host, so)
    if owned is None:
        return _jicofo_authentication(host, so, _SOME, "whether somebody owned the room then is not known")
    if not owned and sum(_promoted_by_jicofo(one) for one in room.people()) < _SEVERAL:
        return _auto_owner(so)
    alone = _left_alone(person, room, host)
    if alone:
        return _jicofo_authentication(host, so, _SOME, _left_words(alone))
    took_s = at - person.joined_at
    late = f"jicofo does it at once, and here it took {took_s:,.0f} s" if took_s > QUICK_S else ""
    return _jicofo_authentication(host, so, _EVERYBODY, late if person.joined_exactly else "")


def _had_owner(person: Occupant, at: float, room: Room) -> bool | None:
    """Whether somebody else owned the room at that time: jicofo's auto-owner lets it be then. None: not known."""
    if any(_owned_at(one, at) for one in room.people() if one is not person):
        return True
    gone = room.owner_gone
    if gone is None or gone.at <= at:
        return False
    # Of a room's past only so much is known.
    came_at = next((one.at for one in reversed(room.history) if one.what == "joined" and one.oid == gone.oid), None)
    return None if came_at is None else came_at < at


def _owned_at(one: Occupant, at: float) -> bool:
    if one.joined_at >= at:
        return False
    if one.change is not None and one.change.at >= at:
        return one.change.was is Affiliation.OWNER
    return one.affiliation is Affiliation.OWNER


def _promoted_by_jicofo(one: Occupant) -> bool:
    change = one.change
    return (
        one.claimed is Affiliation.MEMBER
        and change is not None
        and change.now is Affiliation.OWNER
        and change.actor_kind is ActorKind.JICOFO
    )


def _left_alone(person: Occupant, room: Room, host: MucHost) -> list[Occupant]:
    """Other members by token who were not made owner as they came: what makes owners of all has not made these."""
    heard_at = None if host.heard_at is None else host.heard_at + (host.offset_s or 0.0)

    def spared(one: Occupant) -> bool:
        # Whoever has just come may be made owner yet.
        if heard_at is not None and heard_at - one.joined_at <= QUICK_S:
            return False
        change = one.change
        if change is None or change.now is not Affiliation.OWNER:
            return one.affiliation is not Affiliation.OWNER and (change is None or change.was is not Affiliation.OWNER)
        return change.actor_kind in (ActorKind.PERSON, ActorKind.OPERATOR)

    members = (one for one in room.people() if one is not person and one.claimed is Affiliation.MEMBER)
    return [one for one in members if spared(one)]


def _left_words(alone: Sequence[Occupant]) -> str:
    if not alone:
        return ""
    if len(alone) == 1:
        return f"{shown_name(alone[0])}, a member by token too, was left alone"
    return f"{len(alone):,} others, members by token too, were left alone"


def _jicofo_authentication(host: MucHost, so: str | None, likely: str, doubt: str) -> Cause:
    return Cause(
        likely,
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
        first="without it anybody may open a room, and this server lets people in without a token"
        if _takes_empty(host)
        else None,
        so=so,
        doubt=doubt,
        restarts="jicofo",
    )


def _guest_logged_in(host: MucHost, so: str | None) -> Cause:
    if _takes_empty(host):
        return _jicofo_authentication(host, so, _EMPTY, "")
    return _jicofo_authentication(
        host, so, _PASSWORD, "all that is known is that jicofo did it though there was an owner"
    )


def _takes_empty(host: MucHost) -> bool:
    options = host.facts.get("options")
    return isinstance(options, dict) and options.get("allow_empty_token") is True


def _auto_owner(so: str | None) -> Cause:
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
        restarts="jicofo",
    )


def _module(name: str | None, so: str | None) -> Cause:
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
                restarts="prosody",
            )
        case "mod_muc_allowners":
            return Cause(
                "muc_allowners makes everybody owner when they join",
                fixes=(Fix("any", ('take "muc_allowners" out of modules_enabled there', _RESTART)),),
                so=so,
                restarts="prosody",
            )
    return Cause(f"the Prosody plugin {name or 'that did it'} sets it on its own account", so=so)


def _inferred(person: Occupant, room: Room, host: MucHost, so: str | None) -> Cause:
    return replace(_by_facts(person, room, host, so), inferred=True)


def _by_facts(person: Occupant, room: Room, host: MucHost, so: str | None) -> Cause:
    options = host.facts.get("options")
    spared = isinstance(options, dict) and options.get("wait_for_host_disable_auto_owners") is True
    guest, alone = person.has_token is False, _left_alone(person, room, host)
    if "muc_allowners" in host.modules:
        return replace(_module("mod_muc_allowners", so), doubt=_left_words(alone))
    if "muc_wait_for_host" in host.modules and not spared and not guest:
        return replace(_module("mod_muc_wait_for_host", so), doubt=_left_words(alone))
    if person.joined_exactly:
        return _by_jicofo(person, person.joined_at, room, host, so)
    # Whether anybody owned the room then is not known; auto-owner makes one owner, authentication everybody.
    return _auto_owner(so) if guest or alone else _jicofo_authentication(host, so, _EVERYBODY, "")


def _consequence(host: MucHost) -> str | None:
    plugin = close_policy(host).plugin
    return f"the room stays open when the host leaves: {plugin} counts them as its owner" if plugin else None
