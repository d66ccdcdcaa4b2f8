"""Being silent about a finding for a while, and speaking of it again."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.core.findings import Finding, Severity
from monitor.core.naming import shown_name
from monitor.core.rules.rule import Scope
from monitor.core.rules.table import BY_ID
from monitor.core.silence import Quiet, is_in, sealed
from monitor.core.text import clean, room_name
from monitor.ui.durations import spell
from monitor.ui.keymap import key_map_of
from monitor.ui.screens.stage import Stage
from monitor.ui.spans import clip
from monitor.ui.viewing import Topic, View

_NAME_CELLS = 24
_ROOM_CELLS = 40
_MOST = 8
_NAMED = 2
_TOLD_S, _WARNED_S = 4, 12


class SilenceActs(Stage):
    """The actions about silences."""

    async def action_silence(self) -> None:
        """Ask why and for how long; or speak again of what is silenced."""
        topic = self._view.topic()
        if topic is None or self._wall.hidden:
            return
        quiet = [topic.silence.about] if topic.silence is not None else []
        choices = () if quiet else tuple(self._choices(topic))[:_MOST]
        if choices:
            from monitor.ui.screens.silence import SilenceScreen, Wanted

            title = f"silence a finding in {room_name(topic.view.row.key.node)}" if topic.view else "silence a finding"
            grades = {what: grade for _, what, grade in choices}

            def hush(what: Quiet, reason: str, seconds: float) -> None:
                self._be_silent(what, reason, seconds, grades[what])

            wanted = Wanted(title, tuple((words, what) for words, what, _ in choices))
            await self.app.push_screen(SilenceScreen(wanted, hush))
            return
        if topic.report is not None and topic.report.drift_of:
            self._sources.acknowledge(topic.report.server, topic.report.drift_of)
            self._draw()
            self._say(f"The change on {topic.report.drift_of} is acknowledged; what changes next will be told.")
            return
        if topic.report is not None and not quiet:
            self._say("This is told by no rule, and cannot be silenced.")
            return
        self._lift(quiet or list(dict.fromkeys(self._silenced(topic))))

    async def action_silenced(self) -> None:
        """Show what is silenced among the findings, or leave it out again."""
        await self._add_views()
        findings = self._findings
        if findings is None:
            return
        reports = findings.reports
        reports.shows_silenced = not (self._view is findings and reports.shows_silenced)
        self._show(findings)
        self._draw()
        if reports.shows_silenced and not reports.silenced:
            self._say("Nothing is silenced.")

    def _be_silent(self, what: Quiet, reason: str, seconds: float, grade: Severity) -> None:
        now = self._clock()
        self._store.silences.silence(what, reason, now, now + seconds, grade)
        self._write_down([what])
        self._draw()
        shows = key_map_of(self.app).first("findings.silenced")
        self._say(f"{self._about_words(what)} is silenced for {spell(seconds)}; {shows} shows what is silenced.")

    def _lift(self, quiet: list[Quiet]) -> None:
        for what in quiet:
            self._store.silences.lift(what)
        self._write_down(quiet)
        self._draw()
        named = quiet if len(quiet) <= _NAMED else []
        rest = f"{len(quiet):,} findings" if quiet and not named else ""
        words = ", ".join(map(self._about_words, named)) or rest
        self._say(f"{words}: spoken of again." if words else "Nothing is wrong here that could be silenced.")

    def _about_words(self, what: Quiet) -> str:
        """What a silence is about: the rule, and the person or the room as they are called on the screen now."""
        if what.room is None:
            return f"{what.rule} on the whole server"
        store, marked = self._wall.store, sealed(what)
        rooms = (room for host in store.hosts() for room in host.rooms.values())
        room = next((one for one in rooms if is_in(what, store.real_key(one.key))), None)
        if room is None:
            return what.rule
        place = f"in {clip(room_name(room.key.node), _ROOM_CELLS)}"
        if what.who is None:
            everybody = BY_ID[what.rule].scope is not Scope.ROOM
            return f"{what.rule} of everybody {place}" if everybody else f"{what.rule} {place}"
        people = room.occupants.values()
        who = next((p for p in people if sealed(store.quiet_about(room.key, what.rule, p.oid)) == marked), None)
        return f"{what.rule} {f'of {clip(shown_name(who), _NAME_CELLS)} ' if who else ''}{place}"

    def _write_down(self, changed: list[Quiet]) -> None:
        memory = self._silence_memory
        if memory is not None and changed:
            memory.keep(self._store.silences, changed, self._clock())
            self.say_of_silences()

    def say_of_silences(self) -> None:
        """Say what went wrong with keeping them, once."""
        memory = self._silence_memory
        if memory is not None and memory.said is not None:
            words, memory.said = memory.said, None
            self.app.notify(words, title="silences", severity="warning", timeout=_WARNED_S, markup=False)

    def _choices(self, topic: Topic) -> Iterator[tuple[str, Quiet, Severity]]:
        report, view = topic.report, topic.view
        if report is not None and report.rule:
            rooms = "" if BY_ID[report.rule].scope is Scope.SERVER else ": every room, new ones too"
            yield f"{report.rule} on the whole server{rooms}", Quiet(report.server, report.rule), report.severity
        if view is None:
            return
        told: set[str] = set()
        for finding in topic.findings:
            if finding.rule.id in told:
                continue
            told.add(finding.rule.id)
            alike = [one for one in topic.findings if one.rule.id == finding.rule.id]
            yield from self._ways(finding, alike, view)

    def _ways(self, finding: Finding, alike: list[Finding], view: View) -> Iterator[tuple[str, Quiet, Severity]]:
        key, rule, about = view.row.key, finding.rule, self._store.quiet_about
        person = view.room.occupants.get(finding.oid) if finding.oid is not None else None
        if person is None:
            yield f"{rule.id} {rule.name}", about(key, rule.id), finding.severity
            return
        # Of several, nobody has chosen one.
        if len(alike) == 1:
            name = clip(shown_name(person), _NAME_CELLS)
            yield f"{rule.id} {name}", about(key, rule.id, person.oid), finding.severity
        everybody = (one.severity for one in view.row.judgement.findings if one.rule.id == rule.id)
        yield f"{rule.id} everybody here", about(key, rule.id), max(everybody, default=finding.severity)

    def _silenced(self, topic: Topic) -> Iterator[Quiet]:
        """The silences about what is looked at, where nothing else is wrong with it."""
        view = topic.view
        for finding in view.row.judgement.silenced if view is not None else ():
            if view is not None and (topic.person is None or topic.person.oid == finding.oid):
                about = self._store.quiet_about(view.row.key, finding.rule.id, finding.oid)
                silence = self._store.silences.of(about, self._clock())
                if silence is not None:
                    yield silence.about

    def _say(self, words: str) -> None:
        self.app.notify(clean(words), markup=False, timeout=_TOLD_S)
