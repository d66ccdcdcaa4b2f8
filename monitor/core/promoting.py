"""What made somebody owner who does not claim it: jicofo, a plugin, an operator, or somebody in the room.

Told by who set the affiliation, where that was seen; where it was not, inferred from the facts, and marked so.
"""

from __future__ import annotations

from msgspec.structs import replace

from monitor.core.cause import Cause, Fix
from monitor.core.countdown import close_policy
from monitor.core.model import ActorKind, Affiliation, MucHost, Occupant, Room
from monitor.core.naming import shown_name
from monitor.core.rules.rights import is_guest_owner

QUICK_S = 1.5
"""jicofo promotes within a round trip of seeing somebody join."""

_RESTART = "restart prosody"


def promoter_of(person: Occupant, room: Room, host: MucHost) -> Cause:
    """What made somebody owner who does not claim it."""
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
        case ActorKind.PERSON if guest:
            return granted(person, room, host)
        case ActorKind.PERSON:
            return Cause("it was granted by somebody whose own owner rights are not in their token", so=so)
        case ActorKind.OPERATOR:
            return Cause("an operator granted it", so=so)
    return _module(change.by_module, so, False)


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
