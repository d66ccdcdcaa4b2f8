"""When an ownerless room ends, exactly as the server will end it.

The rule is that of jitsi-contrib's mod_token_owner_party. When an owner leaves (by affiliation, not by claim; a
change of nick leaves too) and no other owner that is no admin is present, it starts a timer of
``party_check_timeout`` seconds.
Nothing cancels a timer: when it fires and the room is empty or an owner is present at that instant, nothing happens;
otherwise the room is destroyed. So the room ends at the earliest pending timer that fires with no owner present, and an
owner who is back makes a pending timer harmless only by still being there.

mod_owner_restricted, of the same collection, is another policy: ``role_timeout`` seconds, the latest timer alone
counts, and one is started too when the first participant comes into a room that has no owner.

Where the companion module sees token_owner_party, it tells the timers; the others `monitor.core.arming` derives from
who comes and goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from monitor.core.affiliation import Affiliation
from monitor.core.occupant import Occupant
from monitor.core.room import Room, RoomKind
from monitor.core.server import MucHost

PARTY, RESTRICTED = "token_owner_party", "owner_restricted"
TIMEOUT_OPTIONS = {PARTY: "party_check_timeout", RESTRICTED: "role_timeout"}
DEFAULT_TIMEOUTS_S = {PARTY: 60.0, RESTRICTED: 120.0}
"""The plugins' own defaults of these options."""
GRACE_S = 1.0
"""How long after its deadline a close may take before it is overdue."""


class ClosePolicy(msgspec.Struct, frozen=True):
    """How rooms without an owner end on a MUC host."""

    plugin: str | None
    """The plugin that ends them, or None where nothing does, or nothing is known of one."""
    timeout_s: float = 0.0
    loaded: bool = True
    """False where the plugin is named by the server's configuration and does not run."""
    told: bool = True
    """Whether the companion module tells the timers; otherwise they are derived here."""
    reported: bool = True
    """False where the server says nothing of the plugin, only mucmon's configuration does."""
    known: bool = True
    """False where neither the server nor mucmon's configuration tells whether anything ends them."""

    @property
    def latest_counts(self) -> bool:
        """Whether a new timer takes the place of the older ones."""
        return self.plugin == RESTRICTED


class Outlook(StrEnum):
    """What will become of a room."""

    STAYS = "stays"
    """An owner is present, nobody is there to be removed, or nothing closes rooms here."""
    NO_POLICY = "no policy"
    """No owner, and nothing tells whether anything closes rooms here."""
    OWNER_BACK = "owner back"
    """A timer runs and an owner is present: it closes nothing if that is still so when it fires."""
    OWNER_LOST = "owner lost"
    """The connection of every owner is lost and held: they count as gone when the server gives it up."""
    CLOSES = "closes"
    NOT_LOADED = "not loaded"
    """The plugin would close it then, and is configured without being loaded: it will not."""
    NO_TIMER = "no timer"
    """No owner and no timer: it will not close by itself."""
    UNKNOWN = "unknown"
    """No owner since before monitoring began: whether a timer runs cannot be known."""
    UNTOLD = "untold"
    """A timer was due, and since before that nothing has been told: what became of the room cannot be known."""
    OVERDUE = "overdue"
    """The deadline has passed and people are still there."""


class Forecast(msgspec.Struct, frozen=True):
    """An outlook with its instant on the server's clock: the deadline, the check, or since when it is overdue."""

    outlook: Outlook
    at: float | None = None
    grace_s: float = GRACE_S
    """How long after that instant a close is overdue."""

    @property
    def about(self) -> bool:
        """Whether the instant is known only about, since nobody saw when it began."""
        return self.grace_s > GRACE_S


def close_policy(host: MucHost) -> ClosePolicy:
    """How ownerless rooms end on this host, by mucmon's configuration and by what the server says of itself."""
    configured = host.close_policy
    enabled = host.facts.get("modules_enabled")
    named = [one for one in DEFAULT_TIMEOUTS_S if one in host.modules or (isinstance(enabled, list) and one in enabled)]
    plugin = configured if configured in DEFAULT_TIMEOUTS_S else next(iter(named), None)
    if configured == "none" or plugin is None:
        return ClosePolicy(None, known=configured == "none" or host.tells_modules)
    options = host.facts.get("options")
    told = options.get(TIMEOUT_OPTIONS[plugin]) if isinstance(options, dict) else None
    number = isinstance(told, int | float) and not isinstance(told, bool)
    configured_s = DEFAULT_TIMEOUTS_S[plugin] if host.close_timeout_s is None else host.close_timeout_s
    if plugin not in named:
        # Only mucmon's own configuration says so: then it says how long, too.
        return ClosePolicy(plugin, configured_s, told=False, reported=False)
    timeout_s = float(told) if number and told is not None else configured_s
    return ClosePolicy(plugin, timeout_s, loaded=plugin in host.modules, told=plugin == PARTY)


def owner_present(people: Iterable[Occupant]) -> bool:
    """Whether anybody here is an owner in the plugin's eyes: admins are not looked at."""
    return any(one.affiliation is Affiliation.OWNER and one.exempt != "admin" for one in people)


def owners_gone_at(room: Room) -> float | None:
    """When the last owner counts as gone, where the connections of all of them are lost; None where one is connected.

    mod_smacks holds a lost connection for ``smacks_hibernation_time``; until then its occupant stays in the room.
    """
    ends: list[float] = []
    for one in room.occupants.values():
        if not owner_present((one,)):
            continue
        if not one.is_held:
            return None
        ends.append(max(session.gone_at for session in one.sessions if session.gone_at is not None))
    return max(ends, default=None)


def forecast(room: Room, host: MucHost, now: float) -> Forecast:
    """What will become of the room; `now` is the server's time.

    Where a host is polled, a timer runs from between two looks, and its end is seen at a third: it counts from the
    first of them, and is overdue only when all that time has passed as well.
    """
    grace_s = grace_of(host)
    return replace(_forecast(room, host, now, grace_s), grace_s=grace_s)


def grace_of(host: MucHost) -> float:
    """How long after its deadline a close may take before it is overdue, in seconds: two looks where it is polled."""
    return GRACE_S + 2 * host.lag_s


def _forecast(room: Room, host: MucHost, now: float, grace_s: float) -> Forecast:
    policy = close_policy(host)
    if room.kind is not RoomKind.MAIN or not room.people():
        return Forecast(Outlook.STAYS)
    if policy.plugin is None:
        return Forecast(Outlook.STAYS if policy.known or owner_present(room.occupants.values()) else Outlook.NO_POLICY)
    # A timer that is due and was told counts until the server says that it was missed: the link may be slow.
    pending = [one.due_at for one in room.armed if not one.missed and (policy.told or one.over_at + grace_s > now)]
    if owner_present(room.occupants.values()):
        lost = owners_gone_at(room)
        if lost is not None:
            return Forecast(Outlook.OWNER_LOST, lost)
        coming = [due_at for due_at in pending if due_at > now]
        return Forecast(Outlook.OWNER_BACK, min(coming)) if coming else Forecast(Outlook.STAYS)
    untold = untold_since(room, host, policy)
    if untold is not None and any(not one.missed and untold < one.over_at <= now for one in room.armed):
        return Forecast(Outlook.UNTOLD, untold)
    passed = [one.due_at for one in room.armed if one.missed or (not policy.told and one.over_at + grace_s <= now)]
    if pending and policy.loaded:
        return Forecast(Outlook.CLOSES, min(pending))
    if passed:
        return Forecast(Outlook.OVERDUE, min(passed))
    if pending:
        return Forecast(Outlook.NOT_LOADED, min(pending))
    if room.created_at is None and not room.owner_seen:
        return Forecast(Outlook.UNKNOWN, room.first_seen_at)
    # What is derived here knows nothing of the time before; a timer from then has fired once its time is over.
    if not policy.told and room.followed_from is not None and now < room.followed_from + policy.timeout_s:
        return Forecast(Outlook.UNKNOWN, room.followed_from)
    return Forecast(Outlook.NO_TIMER)


def untold_since(room: Room, host: MucHost, policy: ClosePolicy) -> float | None:
    """Since when nothing has been told of a room whose timers are derived here, in the server's time."""
    if policy.told:
        return None
    if host.stale_since_at is None:
        return room.untold_since
    stale = host.stale_since_at + (host.offset_s or 0.0)
    return stale if room.untold_since is None else min(stale, room.untold_since)


def left_s(at: float, now: float) -> int:
    """Whole seconds until `at`, rounded up, never below zero: zero appears at the instant itself and not before."""
    remaining = at - now
    return max(0, int(remaining) + (remaining > int(remaining)))
