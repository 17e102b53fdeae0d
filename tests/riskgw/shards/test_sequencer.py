"""Events in the order rules need."""

from hypothesis import given
from hypothesis import strategies as st

from riskgw.messages.event import Event
from riskgw.shards.sequencer import PATIENCE_NS, Sequencer
from tests.events import event

FAR_NS = 10 * PATIENCE_NS


def at(time_ns: int, conn: str = "a", source_seq: int = 1) -> Event:
    return event(time_ns=time_ns, conn=conn, source_seq=source_seq)


def key(item: Event) -> tuple[int, str, int]:
    return item.time_ns, item.conn, item.source_seq


def holding(*events: Event) -> Sequencer:
    sequencer = Sequencer()
    for item in events:
        sequencer.add(item)
    return sequencer


def drained(*events: Event) -> list[tuple[int, str, int]]:
    return [key(item) for item, _ in holding(*events).drain()]


def released(sequencer: Sequencer, **watermarks: int) -> list[int]:
    for source, at_ns in watermarks.items():
        sequencer.watermark(source, at_ns)
    return [item.time_ns for item, _ in sequencer.release()]


def test_events_leave_in_the_order_of_their_time() -> None:
    assert drained(at(3), at(1), at(2)) == [(1, "a", 1), (2, "a", 1), (3, "a", 1)]


def test_events_of_the_same_time_leave_by_connection_and_number() -> None:
    events = [at(1, "b", 1), at(1, "a", 2), at(1, "a", 1)]
    assert drained(*events) == [(1, "a", 1), (1, "a", 2), (1, "b", 1)]


def test_only_what_the_watermark_has_passed_leaves() -> None:
    sequencer = holding(at(1), at(2), at(3))
    assert released(sequencer) == []
    assert released(sequencer, one=2) == [1, 2]
    assert released(sequencer, one=2) == []
    assert [item.time_ns for item, _ in sequencer.drain()] == [3]


def test_the_slowest_source_decides() -> None:
    sequencer = holding(at(1), at(2), at(3))
    assert released(sequencer, one=3, other=1) == [1]
    assert released(sequencer, other=2) == [2]
    assert released(sequencer, other=3) == [3]


def test_a_watermark_never_goes_back() -> None:
    sequencer = holding(at(3))
    sequencer.watermark("one", 3)
    assert released(sequencer, one=1) == [3]


def test_a_silent_source_is_waited_for_as_long_as_patience_lasts() -> None:
    sequencer = holding(at(FAR_NS))
    assert released(sequencer, silent=-1, one=FAR_NS + PATIENCE_NS - 1) == []
    assert released(sequencer, one=FAR_NS + PATIENCE_NS) == [FAR_NS]


def test_patience_is_the_callers() -> None:
    sequencer = holding(at(FAR_NS))
    sequencer.watermark("silent", -1)
    sequencer.watermark("one", FAR_NS + PATIENCE_NS)
    assert list(sequencer.release(PATIENCE_NS + 1)) == []
    assert len(list(sequencer.release(0))) == 1


def test_nobody_waits_for_a_source_that_has_left() -> None:
    sequencer = holding(at(2))
    assert released(sequencer, one=2, other=1) == []
    sequencer.leave("other")
    assert released(sequencer) == [2]


def test_an_event_behind_one_already_released_is_late() -> None:
    sequencer = holding(at(5))
    sequencer.watermark("one", 5)
    assert [is_late for _, is_late in sequencer.release()] == [False]
    sequencer.add(at(4))
    sequencer.add(at(5, "b"))
    assert [(item.time_ns, is_late) for item, is_late in sequencer.drain()] == [
        (4, True),
        (5, False),
    ]
    assert sequencer.late == 1


def test_nothing_leaves_an_empty_sequencer() -> None:
    sequencer = Sequencer()
    assert released(sequencer, one=10) == []
    assert list(sequencer.drain()) == []


places = st.tuples(st.integers(0, 5), st.sampled_from("ab"))


@given(st.lists(places, max_size=20), st.data())
def test_the_order_of_arrival_does_not_show(
    keys: list[tuple[int, str]], data: st.DataObject
) -> None:
    events = [at(time_ns, conn, place) for place, (time_ns, conn) in enumerate(keys)]
    arriving = data.draw(st.permutations(events))
    assert drained(*arriving) == sorted(map(key, events))


@given(st.lists(places, max_size=20), st.data())
def test_sources_that_keep_their_word_interleave_without_showing(
    keys: list[tuple[int, str]], data: st.DataObject
) -> None:
    events = sorted(
        (at(time_ns, conn, place) for place, (time_ns, conn) in enumerate(keys)), key=key
    )
    waiting = {conn: [item for item in events if item.conn == conn] for conn in "ab"}
    sequencer = Sequencer()
    seen: list[tuple[Event, bool]] = []
    for source in waiting:
        sequencer.watermark(source, -1)
    while any(waiting.values()):
        source = data.draw(st.sampled_from([name for name, left in waiting.items() if left]))
        item = waiting[source].pop(0)
        sequencer.add(item)
        sequencer.watermark(source, item.time_ns - 1)
        seen += sequencer.release()
    seen += sequencer.drain()
    assert [key(item) for item, _ in seen] == [key(item) for item in events]
    assert sequencer.late == 0
