"""Unload stores what it reads in portions: others who write wait no longer than for one."""

from monitoring.actions.store_results import Moved
from monitoring.unload import EVENTS_A_TRANSACTION, portions
from riskgw.bus.streams import FIELD
from riskgw.shards.entries import Judged, Results, packed
from tests.events import event

HALF = EVENTS_A_TRANSACTION // 2


def entry(number: int, source: str, events: int) -> tuple[bytes, dict[bytes, bytes]]:
    judged = [Judged(series, event(), is_late=False, alerts=()) for series in range(events)]
    return f"{number}-0".encode(), {FIELD: packed(Results(source, judged, []))}


def test_what_is_read_is_stored_whole_entry_by_entry_and_each_position_goes_along() -> None:
    read = [
        (b"results.0", [entry(1, "0", HALF), entry(2, "0", HALF), entry(3, "0", 1)]),
        (b"results.1", [entry(4, "1", HALF), entry(5, "1", 3 * HALF), entry(6, "1", 2)]),
    ]
    found = list(portions(read, {"results.0": "0-0", "results.1": "9-0"}))
    assert [sum(len(each.judged) for each in results) for results, _ in found] == [
        2 * HALF, 1 + 4 * HALF, 2
    ]  # fmt: skip
    assert [moved for _, moved in found] == [
        [Moved("results.0", "0-0", "2-0")],
        [Moved("results.0", "2-0", "3-0"), Moved("results.1", "9-0", "5-0")],
        [Moved("results.1", "5-0", "6-0")],
    ]


def test_entries_without_events_move_the_position_too() -> None:
    read = [(b"results.0", [entry(1, "0", 0), entry(2, "0", 0)])]
    [(results, moved)] = portions(read, {"results.0": "0-0"})
    assert (len(results), moved) == (2, [Moved("results.0", "0-0", "2-0")])
