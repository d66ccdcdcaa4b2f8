"""The pane of one person: what their token says, what the room made of it, and what the server makes of each claim."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from monitor.core.naming import shown_name
from monitor.core.occupant import Occupant
from monitor.core.related import main_node
from monitor.ui.access import TokenAccess
from monitor.ui.departed import left_line
from monitor.ui.explain import standing
from monitor.ui.features import feature_lines
from monitor.ui.inspection import told_by_claim
from monitor.ui.keymap import key_map_of
from monitor.ui.spans import Text, clip, span
from monitor.ui.subject import Subject, said_of
from monitor.ui.viewing import View, case_of
from monitor.ui.widgets.pane import Pane

_NAME_CELLS = 40
_FEATURES_INDENT = 20


class PersonPane(Pane):
    """Draws somebody in a room, or as last seen there."""

    def __init__(self, tokens: TokenAccess, hides_names: Callable[[], bool], *, id: str) -> None:
        super().__init__("person", id=id, indent=_FEATURES_INDENT)
        self._tokens, self._hides_names = tokens, hides_names

    def show_person(self, person: Occupant | None, view: View) -> None:
        """Draw this person of this room; None where nobody is in it."""
        if person is None:
            self.set_title("person")
            self.tell(None, [((span("Nobody is in this room.", "muted"),),)], Content(""))
            return
        self.set_title(f"{clip(shown_name(person), _NAME_CELLS)} · token and rights")
        is_here = person.oid in view.room.occupants
        left = () if is_here else (left_line(person, view.room, view.server_now),)
        self.tell((view.row.key, person.oid), [*left, *self._about(person, view)], Content(""), view.stale)

    def _about(self, person: Occupant, view: View) -> list[Text]:
        lines = standing(person, case_of(view, None, key_map_of(self.app)))
        if person.exempt:
            return lines
        if self._hides_names():
            return [*lines, (), ((span("What the token says word by word is hidden on the wall.", "muted"),),)]
        subject = Subject(shown_name(person), view.row.key.server, person.claims, person.has_token)
        settings = self._tokens.servers.get(view.row.key.server)
        head, found = said_of(subject, settings, main_node(view.room), view.server_now)
        features = feature_lines(person, view.room, view.server_now) if person.has_token or person.features else []
        return [*lines, (), *features, *([()] if features else []), head, *(told_by_claim(found) if found else ())]
