"""The pictures show what the scenes show, with people who have names and tokens of their own."""

from __future__ import annotations

from collections import Counter

import pytest

from monitor.core.query import Overview
from tests.tokens.samples import settings
from tests.ui.casting import cast, name_of
from tests.ui.pictures import day
from tests.ui.scenes import NOW, SCENES, store_of


def test_names_differ() -> None:
    assert len({name_of(number) for number in range(300)}) == 300


@pytest.mark.parametrize("scene", ["overview", "held-open", "closing", "school", "ended", "door", "all-owners", "day"])
def test_a_scene_says_the_same_of_those_who_are_cast(scene: str) -> None:
    events = day() if scene == "day" else SCENES[scene]
    plain, dressed = store_of(events), store_of(cast(events))

    def found(store: object) -> list[tuple[object, ...]]:
        rows = Overview(store).rows(NOW)  # type: ignore[arg-type]
        return [(row.key, row.state, [(one.rule.id, one.oid) for one in row.judgement.findings]) for row in rows]

    assert found(dressed) == found(plain)
    names = Counter(one.name for room in dressed.rooms() for one in room.people() if one.has_token)
    assert not any((name or "").startswith("Person ") for name in names)


def test_the_tokens_of_those_who_are_cast_would_be_accepted() -> None:
    for room in store_of(cast(SCENES["held-open"])).rooms():
        for one in room.people():
            assert one.claims is None or one.claims.payload["iss"] in settings().accepted_issuers
            assert one.claims is None or one.claims.room == room.key.node
