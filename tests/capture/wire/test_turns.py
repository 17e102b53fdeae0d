"""A mirror shows a request behind its answer: it is waited for, for a moment, and told if lost."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.layers import Segment
from capture.wire.packet import ACK, FIN, RST
from capture.wire.partition import DecodePartition
from capture.wire.tap import Batch, Tap
from capture.wire.turns import (
    ACKED_HOLE_NS,
    NEVER_NS,
    POSTPONED_BYTES_MAX,
    POSTPONED_MAX,
    SEGMENT_BYTES,
    Postponed,
    Turns,
)
from riskgw.kernel.times import NS_PER_MS
from riskgw.shards.entries import Frames
from tests.fakes import (
    AT_NS,
    Conversation,
    Packet,
    captured,
    messages,
    overheard,
    problems,
    szse,
    szse_logon,
    szse_order,
)

US = 1000
ORDER_BYTES = len(szse_order(1))


def close_together(frames: list[bytes], at_ns: int = AT_NS) -> list[Packet]:
    """Ten microseconds apart, as a mirror's queues show what changed places."""
    return [(at_ns + place * 10 * US, *packet[1:]) for place, packet in enumerate(captured(frames))]


def opened(talk: Conversation) -> list[bytes]:
    return [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]


def dialogue(talk: Conversation, count: int) -> list[bytes]:
    """Each order is answered before the next."""
    return [
        frame
        for number in range(count)
        for frame in (talk.up(szse_order(number)), talk.down(confirmation(number)))
    ]


def confirmation(number: int) -> bytes:
    return szse(200102, ReportIndex=number + 1, ClOrdID=f"A{number:09}", ExecType="0")


def said(batches: list[Batch]) -> list[tuple[str, str]]:
    """Orders and confirmations in the order in which they were heard."""
    return [
        (direction, fields["ClOrdID"])
        for direction, kind, fields in messages(batches)
        if kind in (100101, 200102)
    ]


def in_turn(*numbers: int) -> list[tuple[str, str]]:
    return [(way, f"A{number:09}") for number in numbers for way in ("up", "down")]


def test_an_answer_waits_for_the_request_that_comes_behind_it() -> None:
    talk = Conversation()
    frames = opened(talk)
    order, answer = dialogue(talk, 1)
    tap = Tap()
    for packet in close_together(frames):
        tap.packet(*packet)
    early, late = close_together([answer, order], AT_NS + NS_PER_MS)
    assert tap.packet(*early) == []
    assert said(tap.packet(*late)) == in_turn(0)
    assert tap.close() == []


def test_what_comes_in_its_turn_waits_for_nothing() -> None:
    talk, tap = Conversation(), Tap()
    for packet in close_together([*opened(talk), *dialogue(talk, 5)]):
        tap.packet(*packet)
        assert tap.postponed_ns() == NEVER_NS


def test_a_request_that_is_lost_is_one_gap_and_its_answer_is_heard_after_a_moment() -> None:
    talk, tap = Conversation(), Tap()
    heard: list[Batch] = []
    frames = opened(talk)
    for packet in close_together(frames):
        heard += tap.packet(*packet)
    _lost, answer, *rest = dialogue(talk, 3)
    (packet,) = close_together([answer], AT_NS + NS_PER_MS)
    assert tap.packet(*packet) == []
    assert tap.passed(packet[0] + ACKED_HOLE_NS - 1) == []
    heard += (later := tap.passed(packet[0] + ACKED_HOLE_NS))
    assert said(later) == in_turn(0)[1:]
    for each in close_together(rest, AT_NS + 100 * NS_PER_MS):
        heard += tap.packet(*each)
    heard += tap.close()
    assert problems(heard) == [("gap", ORDER_BYTES)]
    assert said(heard) == in_turn(0, 1, 2)[1:]


def test_the_next_packet_of_the_connection_ends_the_wait_as_well() -> None:
    talk, tap = Conversation(), Tap()
    for packet in close_together(opened(talk)):
        tap.packet(*packet)
    _lost, answer, order, _ = dialogue(talk, 2)
    assert tap.packet(*close_together([answer], AT_NS + NS_PER_MS)[0]) == []
    at_ns = AT_NS + NS_PER_MS + ACKED_HOLE_NS
    batches = tap.packet(*close_together([order], at_ns)[0])
    assert said(batches) == [*in_turn(0)[1:], *in_turn(1)[:1]]
    assert problems(batches) == [("gap", ORDER_BYTES)]


def test_many_orders_on_the_way_at_once_wait_in_their_order() -> None:
    talk = Conversation()
    frames = opened(talk)
    ups = [talk.up(szse_order(number)) for number in range(4)]
    downs = [talk.down(confirmation(number)) for number in range(4)]
    ordered = overheard(close_together([*frames, *ups, *downs]))
    swapped = overheard(close_together([*frames, *downs, *ups]))
    assert said(swapped) == said(ordered)
    assert problems(swapped) == []


def test_a_lost_order_among_many_on_the_way_is_one_gap() -> None:
    talk = Conversation()
    frames = opened(talk)
    ups = [talk.up(szse_order(number)) for number in range(4)]
    downs = [talk.down(confirmation(number)) for number in range(4)]
    batches = overheard(close_together([*frames, ups[0], ups[2], *downs, ups[3]]))
    assert problems(batches) == [("gap", ORDER_BYTES)]
    assert len(said(batches)) == 7


def test_an_end_from_which_nothing_comes_any_more_is_not_waited_for_twice() -> None:
    talk, tap = Conversation(), Tap()
    for packet in close_together(opened(talk)):
        tap.packet(*packet)
    downs = [frame for place, frame in enumerate(dialogue(talk, 9)) if place % 2]
    tap.packet(*close_together(downs[:1], AT_NS + NS_PER_MS)[0])
    tap.passed(AT_NS + 50 * NS_PER_MS)
    heard = [tap.packet(*each) for each in close_together(downs[1:], AT_NS + 51 * NS_PER_MS)]
    assert all(heard)
    assert problems([each for batches in heard for each in batches]) == []
    up = talk.up(szse_order(99))
    batches = tap.packet(*close_together([up], AT_NS + 60 * NS_PER_MS)[0])
    assert problems(batches) == [("gap", 9 * ORDER_BYTES)]
    assert not tap.close()


@pytest.mark.parametrize("flags", [FIN | ACK, RST | ACK])
def test_an_end_that_overtakes_the_last_order_does_not_lose_it(flags: int) -> None:
    talk = Conversation()
    frames = opened(talk)
    order, answer = dialogue(talk, 1)
    end = talk.down(b"", flags=flags)
    for late in ([answer, end, order], [end, answer, order], [answer, order, end]):
        batches = overheard(close_together([*frames, *late]))
        assert sorted(said(batches)) == sorted(in_turn(0))
        assert problems(batches) == []


def test_a_capture_that_ends_while_something_waits_loses_nothing() -> None:
    talk = Conversation()
    frames = [*opened(talk), dialogue(talk, 1)[1]]
    batches = overheard(close_together(frames))
    assert said(batches) == in_turn(0)[1:]
    assert problems(batches) == [("gap", ORDER_BYTES)]


def test_one_direction_alone_waits_for_nothing() -> None:
    talk, tap = Conversation(), Tap()
    downs = [frame for place, frame in enumerate(dialogue(talk, 9)) if place % 2]
    heard = [tap.packet(*each) for each in close_together(downs)]
    assert all(heard)


def test_a_wait_has_a_limit_of_segments() -> None:
    talk, tap = Conversation(), Tap()
    for packet in close_together(opened(talk)):
        tap.packet(*packet)
    talk.seqs[0] += 10
    frames = [talk.down(confirmation(number)) for number in range(POSTPONED_MAX + 1)]
    at_ns = AT_NS + NS_PER_MS
    heard = [tap.packet(at_ns, *packet[1:]) for packet in captured(frames)]
    assert not any(heard[:-1])
    assert len(said(heard[-1])) == POSTPONED_MAX + 1
    assert tap.postponed_ns() == NEVER_NS


def test_a_wait_has_a_limit_of_bytes() -> None:
    turns = Turns()
    for place in range(3):
        assert not turns.is_overfull
        segment: Segment = (b"", 0, 0, ACK, bytes(POSTPONED_BYTES_MAX // 2 - SEGMENT_BYTES), 0)
        turns.postpone(Postponed(place, AT_NS, 0, segment))
    assert turns.is_overfull


def test_the_watermark_stands_still_while_something_waits() -> None:
    talk, partition = Conversation(), DecodePartition("feed.0", 1)
    frames = close_together(opened(talk))
    partition.hear(Frames(AT_NS, 0, frames))
    order, answer = dialogue(talk, 1)
    at_ns = AT_NS + NS_PER_MS
    partition.hear(Frames(at_ns + 5 * NS_PER_MS, 0, close_together([answer], at_ns)))
    assert partition.passed_ns(at_ns + 5 * NS_PER_MS) == at_ns - partition.lag.ns
    late = at_ns + 6 * NS_PER_MS
    ((*events,),), _ = partition.hear(Frames(late, 0, close_together([order], late)))
    assert [event.event for event in events] == ["order", "confirm"]
    assert partition.passed_ns(late) == late - partition.lag.ns


def test_the_watermark_ends_a_wait_though_no_packet_comes() -> None:
    talk, partition = Conversation(), DecodePartition("feed.0", 1)
    partition.hear(Frames(AT_NS, 0, close_together(opened(talk))))
    _lost, answer = dialogue(talk, 1)
    at_ns = AT_NS + NS_PER_MS
    (events,), _ = partition.hear(Frames(at_ns, 0, close_together([answer], at_ns)))
    assert events == []
    (events,), _ = partition.hear(Frames(at_ns + ACKED_HOLE_NS, 0, []))
    assert [event.event for event in events] == ["confirm"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 50), st.integers(0, 40 * NS_PER_MS)),
        max_size=40,
    )
)
def test_nothing_waits_longer_than_it_may(steps: list[tuple[int, int, int]]) -> None:
    turns, at_ns, kept = Turns(), AT_NS, 0
    for sender, needs, later_ns in steps:
        at_ns += later_ns
        segment: Segment = (b"", 0, 0, ACK, b"x" * needs, 0)
        turns.postpone(Postponed(needs, at_ns, sender, segment))
        kept += 1
        before_ns = at_ns - ACKED_HOLE_NS
        while turns.overdue(before_ns):
            kept -= 1
        assert turns.since_ns > before_ns
        assert len(turns) == kept
    while turns.overdue(NEVER_NS):
        kept -= 1
    assert (kept, turns.bytes, turns.since_ns) == (0, 0, NEVER_NS)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 30))
def test_two_queues_of_a_mirror_that_run_apart_change_nothing(seed: int) -> None:
    """Each direction keeps its own order; they are merged anyhow, up to a few packets apart."""
    random, talk = Random(seed), Conversation()
    first, frames = opened(talk), dialogue(talk, 12)
    keys = [place + random.choice((0, 0, 7)) * (place % 2 == 0) for place in range(len(frames))]
    shuffled = [
        frame for _, frame in sorted(zip(keys, frames, strict=True), key=lambda one: one[0])
    ]
    batches = overheard(close_together([*first, *shuffled]))
    assert said(batches) == in_turn(*range(12))
    assert problems(batches) == []
