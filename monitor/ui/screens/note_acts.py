"""Copying an incident note on what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.door import Turned
from monitor.ui.durations import stamp
from monitor.ui.screens.stage import Stage
from monitor.ui.viewing import Topic

if TYPE_CHECKING:
    from monitor.core.note import NoteLine


class NoteActs(Stage):
    """The action that opens the note."""

    async def action_note(self, full_names: bool) -> None:
        """Copy the note, and show it."""
        topic = self._view.topic()
        if topic is None or self._wall.hidden:
            return
        from monitor.ui.screens.note import NoteScreen

        now = self._clock()

        def write(full: bool) -> list[NoteLine]:
            return written(topic, now, full)

        await self.app.push_screen(NoteScreen(write, full_names))


def written(topic: Topic, now: float, full_names: bool) -> list[NoteLine]:
    """The note about something that somebody looks at, at the monitor's time `now`."""
    from monitor.core.note import Incident, line_note, note
    from monitor.core.past_note import ended_note, refusal_note

    view, report, past = topic.view, topic.report, topic.past
    if isinstance(past, Turned):
        return refusal_note(past, topic.server_now, stamp, full_names)
    if past is not None:
        return ended_note(past, topic.server_now, stamp, full_names)
    if view is None:
        return [] if report is None else line_note(report, now, stamp)
    incident = Incident(
        view.room,
        view.host,
        view.row.judgement,
        view.server_now,
        topic.findings,
        topic.person,
        view.elsewhere,
        topic.over,
    )
    return note(incident, stamp, full_names)
