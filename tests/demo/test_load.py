from monitor.core.findings import Severity
from monitor.core.query import Overview, totals
from monitor.demo.load import load
from tests.demo.stage import NOW, Stage


def loaded(rooms: int, people: int, rate: float) -> Stage:
    return Stage([load(rooms, people, rate, NOW)])


def test_it_fills_as_many_rooms_with_as_many_people_as_it_was_told_to() -> None:
    watcher = loaded(120, 25, 0).watcher()
    counted = totals(Overview(watcher.store).rows(NOW))
    assert (counted.rooms, counted.people) == (120, 3000)
    assert (counted.critical, counted.warnings) == (0, 0)


def test_so_many_joins_and_leaves_come_per_second_and_the_numbers_hold() -> None:
    stage = loaded(40, 10, 50)
    watcher = stage.watcher()
    before = len(watcher.batches)
    stage.wait(20)
    events = sum(batch.count('["joined",') + batch.count('["left",') for batch in watcher.batches[before:])
    assert 950 <= events <= 1000
    counted = totals(Overview(watcher.store).rows(stage.now))
    assert counted.rooms == 40
    assert 399 <= counted.people <= 400
    assert {row.severity for row in Overview(watcher.store).rows(stage.now)} == {Severity.FINE}


def test_rooms_with_the_owner_alone_stand_still() -> None:
    stage = loaded(3, 1, 50)
    watcher = stage.watcher()
    stage.wait(10)
    assert [len(room.people()) for room in watcher.host.rooms.values()] == [1, 1, 1]
