"""Events in the order rules need."""

from hypothesis import given
from hypothesis import strategies as st

from capture.domain.sequencer import Sequencer
from riskgw.messages.event import Event
from tests.events import event


def at(time_ns: int, conn: str = "a", source_seq: int = 1) -> Event:
    return event(time_ns=time_ns, conn=conn, source_seq=source_seq)


def key(item: Event) -> tuple[int, str, int]:
    return item.time_ns, item.conn, item.source_seq


def drained(*events: Event) -> list[tuple[int, str, int]]:
    sequencer = Sequencer()
    for item in events:
        sequencer.add(item)
    return [key(item) for item, _ in sequencer.drain()]


def test_events_leave_in_the_order_of_their_time() -> None:
    assert drained(at(3), at(1), at(2)) == [(1, "a", 1), (2, "a", 1), (3, "a", 1)]


def test_events_of_the_same_time_leave_by_source_and_number() -> None:
    events = [at(1, "b", 1), at(1, "a", 2), at(1, "a", 1)]
    assert drained(*events) == [(1, "a", 1), (1, "a", 2), (1, "b", 1)]


def test_only_what_the_watermark_has_passed_leaves() -> None:
    sequencer = Sequencer()
    for time_ns in (1, 2, 3):
        sequencer.add(at(time_ns))
    assert [item.time_ns for item, _ in sequencer.release(2)] == [1, 2]
    assert [item.time_ns for item, _ in sequencer.release(2)] == []
    assert [item.time_ns for item, _ in sequencer.drain()] == [3]


def test_an_event_behind_one_already_released_is_late() -> None:
    sequencer = Sequencer()
    sequencer.add(at(5))
    assert [is_late for _, is_late in sequencer.release(5)] == [False]
    sequencer.add(at(4))
    sequencer.add(at(5, "b"))
    assert [(item.time_ns, is_late) for item, is_late in sequencer.drain()] == [
        (4, True),
        (5, False),
    ]
    assert sequencer.late == 1


def test_nothing_leaves_an_empty_sequencer() -> None:
    sequencer = Sequencer()
    assert list(sequencer.release(10)) == []
    assert list(sequencer.drain()) == []


places = st.tuples(st.integers(0, 5), st.sampled_from("ab"))


@given(st.lists(places, max_size=20), st.data())
def test_the_order_of_arrival_does_not_show(
    keys: list[tuple[int, str]], data: st.DataObject
) -> None:
    events = [at(time_ns, conn, place) for place, (time_ns, conn) in enumerate(keys)]
    arriving = data.draw(st.permutations(events))
    assert drained(*arriving) == sorted(map(key, events))
