"""The columns of a grid, placed without a screen."""

from __future__ import annotations

from monitor.core.text import clean
from monitor.ui.placement import Placement
from monitor.ui.spans import Piece, cell
from monitor.ui.table import Arrangement, Column

COLUMNS = (Column(clean("name"), 6, 6, gap=0), *(Column(clean(name), 5, 5, drop=9) for name in ("role", "since")))


def words(pieces: list[Piece]) -> str:
    return "".join(text for text, _ in pieces)


def test_titles_and_rows_stand_below_each_other_and_the_mark_is_in_the_title_sorted_by() -> None:
    placement = Placement(COLUMNS)
    placement.place_for(30)
    assert placement.mark_sorted("role", True)
    assert not placement.mark_sorted("role", True)
    assert words(placement.titles()) == "name    role▼  since"
    assert words(placement.row([cell("Jane"), cell("moderator"), cell("1 m")])) == "Jane    mode…  1 m  "


def test_every_cell_of_a_line_belongs_to_the_column_drawn_there() -> None:
    placement = Placement(COLUMNS)
    placement.place_for(30)
    assert [placement.column_at(x) for x in (0, 5, 6, 12, 13, 19, 20, 29)] == [
        *("name", "name", "role", "role", "since", "since", "", "")
    ]


def test_only_where_all_are_wanted_those_beyond_can_be_reached_and_a_mark_says_where_they_are() -> None:
    placement = Placement(COLUMNS)
    placement.place_for(14)
    assert (placement.shown, placement.shift(1)) == (("name", "role"), False)
    assert placement.want(Arrangement(wide=True))
    placement.place_for(14)
    assert (placement.shown, placement.beyond) == (("name", "role"), (False, True))
    assert words(placement.titles()).endswith("›")
    assert placement.shift(1)
    placement.place_for(14)
    assert (placement.shown, placement.beyond) == (("name", "since"), (True, False))
    assert words(placement.titles()).endswith("‹")
    assert not placement.shift(1)
    assert placement.shift(-1)
    placement.place_for(14)
    assert placement.shown == ("name", "role")
