"""Opens the form and the inspector on what is chosen on the overview."""

from __future__ import annotations

import math
from collections.abc import Callable

from monitor.core.affiliation import Affiliation
from monitor.core.countdown import Outlook
from monitor.core.door import Turned
from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.query import RoomRow
from monitor.core.related import main_node
from monitor.core.room import Room, RoomKey
from monitor.ui.access import TokenAccess
from monitor.ui.minting import RoomState, draft_for, draft_of
from monitor.ui.screens.inspector import InspectorScreen
from monitor.ui.screens.mint import Commission
from monitor.ui.subject import Subject
from monitor.ui.viewing import View


def order_for(
    view: View,
    person: Occupant | None,
    find: Callable[[RoomKey], RoomRow | None],
    is_open: Callable[[RoomKey], bool],
    clock: Callable[[], float],
    asking: str,
) -> Commission:
    """The form for the room of `view`, which goes on following what becomes of it; `is_open` knows that at any time."""
    key, offset_s = view.row.key, view.host.offset_s or 0.0
    # From a breakout room the link leads into its main room, of which nothing is followed.
    leads_there = main_node(view.room) == key.node

    def state() -> RoomState:
        if not is_open(key):
            return RoomState(is_over=leads_there)
        row = find(key)
        coming = row.judgement.forecast if row else None
        if coming is None or coming.outlook not in (Outlook.CLOSES, Outlook.OVERDUE) or coming.at is None:
            return RoomState()
        left = coming.at - clock() - offset_s
        return RoomState(left if math.isfinite(left) else None)

    has_owner = any(one.affiliation is Affiliation.OWNER for one in view.room.people())
    return Commission(key.server, draft_for(main_node(view.room), person, has_owner, asking), state)


def order_at_the_door(turned: Turned, node: str) -> Commission:
    """The form for somebody who was turned away, with what their token claimed; the room may not be open."""
    claims = turned.refusal.claims
    owner = claims is not None and claims.affiliation is Affiliation.OWNER
    return Commission(turned.server, draft_of(node, claims, "", owner))


def inspector_on(
    view: View | None, person: Occupant | None, access: TokenAccess, clock: Callable[[], float]
) -> InspectorScreen:
    """The inspector, on a person in the room of `view` where one is chosen."""
    if view is None:
        return InspectorScreen(access, clock)
    if person is None:
        return InspectorScreen(access, clock, node=main_node(view.room))
    return inspector_in(view.room, person, access, clock)


def inspector_in(room: Room, person: Occupant, access: TokenAccess, clock: Callable[[], float]) -> InspectorScreen:
    """The inspector, on a person in `room`."""
    subject = Subject(shown_name(person), room.key.server, person.claims, person.has_token)
    return InspectorScreen(access, clock, subject=subject, node=main_node(room))


def inspector_of(access: TokenAccess, clock: Callable[[], float], turned: Turned) -> InspectorScreen:
    """The inspector, on somebody who was turned away at the door, as of then."""
    one = turned.refusal
    subject = Subject(turned.who, turned.server, one.claims, turned=turned)
    return InspectorScreen(access, clock, subject=subject, node=one.node, at=one.at)
