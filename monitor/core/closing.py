"""The likely cause where a room without an owner closes, or should have and did not, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from monitor.core.affiliation import Affiliation
from monitor.core.cause import Cause, Fix
from monitor.core.countdown import DEFAULT_TIMEOUTS_S, RESTRICTED, Outlook, close_policy, owner_present
from monitor.core.findings import Judgement
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.related import Elsewhere
from monitor.core.room import Room
from monitor.core.server import MucHost

_STAYS = "it stays open until the last person leaves"
_SHELL_SAFE = re.compile(r"[A-Za-z0-9._%~+=\[\]@-]+")


def held_by(room: Room, host: MucHost) -> Cause:
    """Why a room stays though no owner is there who should not be one."""
    machinery = [one for one in room.occupants.values() if one.exempt and owner_present((one,))]
    if machinery:
        plugin = close_policy(host).plugin
        return Cause(
            "a recorder or gateway counts as its owner", so=f"{plugin} leaves it open as long as that is there"
        )
    return Cause("the host made somebody owner before leaving: a grant, no fault")


def unclear_owners(room: Room) -> list[Occupant]:
    """Who owns the room, and whether their token says so cannot be seen from here."""
    return [one for one in room.people() if one.affiliation is Affiliation.OWNER and one.claimed is None]


def unclear_hold(unclear: Sequence[Occupant]) -> Cause:
    """What is known, and what is not, of a room whose host left and whose owners' claims cannot all be seen."""
    others = f" and of {len(unclear) - 1:,} more" if len(unclear) > 1 else ""
    return Cause(
        f"that the host left is known; what the token of {shown_name(unclear[0])}{others} says, who counts as owner, "
        "cannot be seen from here: if it says owner, the room stays rightly",
        fixes=(Fix("any", ('on the MUC component: muc_monitor_claims other than "none"',)),),
        so="whether the room should have closed cannot be judged",
    )


def ownerless(room: Room, host: MucHost, judgement: Judgement, elsewhere: Sequence[Elsewhere]) -> Cause:
    """Why nobody owns the room, and whether it closes."""
    grant = _grant(room, host)
    away = _away(elsewhere)
    match judgement.forecast.outlook:
        case Outlook.NOT_LOADED:
            return overdue(host)
        case Outlook.CLOSES:
            starter = min(room.armed, key=lambda timer: timer.due_at, default=None)
            who = starter.cause if starter and starter.cause else "the last owner"
            began = f"{who} left, and no other owner is present"
            if close_policy(host).plugin == RESTRICTED and not room.owner_seen:
                began = f"{who} came where no owner is, and none has come since"
            return Cause(
                away or began,
                fixes=(Fix("now", ("call them back into the main room", *grant.lines)),) if away else (grant,),
                so="everybody is removed at that moment, unless an owner is present in that very instant",
            )
        case Outlook.NO_POLICY:
            names = ", ".join(f'"{one}"' for one in DEFAULT_TIMEOUTS_S)
            return Cause(
                away
                or ("the last owner is gone" if room.owner_seen else "no owner has been here since monitoring began"),
                fixes=(
                    Fix(
                        "now",
                        (
                            *grant.lines,
                            "and say in mucmon's configuration what closes rooms here:",
                            f'close_policy = {names} or "none"',
                        ),
                    ),
                ),
                so="whether it closes is not known: nothing tells which plugins run here, and one may close it",
            )
        case Outlook.UNTOLD:
            return Cause(
                "a timer was due, and nothing has been told of the room since before that",
                fixes=(grant,),
            )
        case Outlook.UNKNOWN:
            return Cause(
                "the owner left before monitoring began, or never came: whether a timer runs cannot be known",
                fixes=(grant,),
            )
    if away:
        return Cause(away, fixes=(grant,))
    why = "the last owner was demoted or removed" if room.owner_seen else "no owner has been here"
    when = (
        "an owner leaves, or the first person comes" if close_policy(host).plugin == RESTRICTED else "an owner leaves"
    )
    return Cause(
        f"{why}: the plugin starts its timer only when {when}",
        fixes=(grant,),
        so="it stays open until the last person leaves, or an operator ends it",
    )


def _away(elsewhere: Sequence[Elsewhere]) -> str | None:
    if not elsewhere:
        return None
    first = elsewhere[0]
    more = f", and {len(elsewhere) - 1} more" if len(elsewhere) > 1 else ""
    return f"{shown_name(first.person)} is in breakout room {first.title}{more}: in the main room that counts as gone"


def _grant(room: Room, host: MucHost) -> Fix:
    """How to make somebody who is present an owner: by Prosody's own shell, where its admin_shell is loaded."""
    members = [one for one in room.people() if one.bare_jid]
    best = next((one for one in members if one.claimed is Affiliation.OWNER), members[0] if members else None)
    room_jid = f"{room.key.node}@{host.name}"
    call = None if best is None else _call(room_jid, best)
    if best is None or call is None:
        return Fix("now", ("make a person who is present an owner",))
    return Fix("now", (f"make somebody present an owner, such as {best.called}:", f"prosodyctl {call}"))


def for_visit(person: Occupant, room: Room, host: MucHost) -> Cause:
    """Why somebody is moderator and no owner."""
    again = "else have them join again: the role ends with the visit"
    call = _call(f"{room.key.node}@{host.name}", person)
    kinds = (
        ("Debian", "prosodyctl"),
        ("docker", "docker compose exec prosody prosodyctl --config /config/prosody.cfg.lua"),
    )
    fixes = tuple(Fix(kind, ("where it is meant, make them owner:", f"{shell} {call}", again)) for kind, shell in kinds)
    return Cause(
        "somebody, or a plugin, gave them the role alone",
        fixes=fixes if call else (Fix("now", ("where it is meant, make them owner", again)),),
        so="it ends with this visit, and they do not count as owner: the room does not stay open for them",
    )


def _call(room_jid: str, person: Occupant) -> str | None:
    """What prosodyctl is told to make somebody an owner."""
    # The addresses are foreign: what a shell could take amiss is not offered for pasting.
    if not (_SHELL_SAFE.fullmatch(room_jid) and _SHELL_SAFE.fullmatch(person.bare_jid)):
        return None
    return f"""shell 'muc:room("{room_jid}"):set_affiliation(true, "{person.bare_jid}", "owner")'"""


def overdue(host: MucHost) -> Cause:
    """Why a room was not closed when it was due."""
    policy = close_policy(host)
    plugin = policy.plugin
    if not host.tells_modules:
        return Cause(
            f"only mucmon's configuration says that {plugin} closes rooms here: whether it runs is not told, "
            "nor whether an owner that is not shown was present",
            fixes=_load(plugin, host),
            so="if it does not run, the room stays open until the last person leaves",
        )
    if not policy.reported:
        return Cause(
            f"only mucmon's configuration says that rooms close here: the server reports no {plugin}",
            fixes=_load(plugin, host),
            so=_STAYS,
        )
    if not policy.loaded:
        return replace(not_loaded(host), so=_STAYS)
    return Cause(
        f"an owner that is not shown was present, or {plugin} was unloaded when the timer was due",
        fixes=_load(plugin, host),
        so=_STAYS,
    )


def not_loaded(host: MucHost) -> Cause:
    """Why nothing closes rooms where a plugin is configured to."""
    plugin = close_policy(host).plugin
    return Cause(
        f"{plugin} is configured and not loaded, so nothing closes rooms here",
        fixes=_load(plugin, host),
        so="a room whose owner leaves stays open until the last person leaves",
    )


def _load(plugin: str | None, host: MucHost) -> tuple[Fix, ...]:
    """How to have the plugin that closes rooms loaded, at once and after the next restart of Prosody (R08)."""
    load = f"shell module load {plugin} {host.name}"
    return (
        Fix(
            "Debian",
            (
                f"have mod_{plugin}.lua in plugin_paths, and {plugin} in modules_enabled of the MUC component",
                f"prosodyctl {load}",
                f"where it does not load: grep {plugin} /var/log/prosody/prosody.log",
            ),
        ),
        Fix(
            "docker",
            (
                f"have mod_{plugin}.lua in prosody-plugins-custom, and in .env: XMPP_MUC_MODULES={plugin}",
                f"docker compose exec prosody prosodyctl --config /config/prosody.cfg.lua {load}",
                f"where it does not load: docker compose logs prosody | grep {plugin}",
            ),
        ),
    )


def owner_lost(host: MucHost) -> Cause:
    """Why the owners' connections are lost, and what follows."""
    return Cause(
        "their network, or a closed lid: the server holds their place for smacks_hibernation_time",
        fixes=(Fix("now", ("wait for them, or make a person who is present an owner",)),),
        so=f"when they count as gone, the room closes {close_policy(host).timeout_s:g} s later",
    )
