"""One direction of a connection put back in order: overlaps, holes, wrap, and when to give up."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tcp_stream import (
    ACKED_HOLE_NS,
    AHEAD_MAX,
    HOLE_NS,
    PENDING_BYTES_MAX,
    PENDING_SEGMENTS_MAX,
    SEQ_MODULUS,
    Conflict,
    Delivery,
    Gap,
    TcpStream,
)

FIRST = 1000


def stream(first: int = FIRST) -> TcpStream:
    fresh = TcpStream()
    fresh.start(first)
    return fresh


def fed(target: TcpStream, *segments: tuple[int, bytes]) -> list[Delivery]:
    """What (sequence number, payload) segments deliver, one after the other at the same time."""
    return [each for seq, payload in segments for each in target.receive(seq, payload, 0, 0)]


def test_segments_in_order_pass_at_once() -> None:
    assert fed(stream(), (1000, b"ab"), (1002, b"cd")) == [b"ab", b"cd"]


def test_the_first_segment_seen_starts_a_stream_whose_syn_was_not() -> None:
    midstream = TcpStream()
    assert not midstream.started
    assert fed(midstream, (77, b"ab"), (79, b"cd")) == [b"ab", b"cd"]
    assert midstream.begins_at(77)


def test_segments_out_of_order_wait_for_their_turn() -> None:
    assert fed(stream(), (1004, b"ef"), (1002, b"cd")) == []
    assert fed(stream(), (1004, b"ef"), (1002, b"cd"), (1000, b"ab")) == [b"ab", b"cd", b"ef"]


def test_a_retransmission_gives_nothing_new() -> None:
    assert fed(stream(), (1000, b"abcd"), (1000, b"abcd"), (1002, b"cd")) == [b"abcd"]


def test_a_retransmission_that_grew_gives_only_what_is_new() -> None:
    assert fed(stream(), (1000, b"ab"), (1000, b"abcd"), (1001, b"bcdef")) == [b"ab", b"cd", b"ef"]


def test_a_segment_that_waits_twice_is_delivered_once() -> None:
    assert fed(stream(), (1002, b"cd"), (1002, b"cd"), (1000, b"ab")) == [b"ab", b"cd"]


def test_overlapping_segments_that_wait_give_each_byte_once() -> None:
    segments = [(1004, b"efgh"), (1002, b"cdef"), (1006, b"ghij"), (1000, b"ab")]
    assert b"".join(map(bytes, fed(stream(), *segments))) == b"abcdefghij"


def test_bytes_that_come_again_differently_are_a_conflict_and_the_first_are_kept() -> None:
    assert fed(stream(), (1000, b"abcd"), (1000, b"aXYd")) == [b"abcd", Conflict(2)]
    assert fed(stream(), (1000, b"abcd"), (1002, b"cXef")) == [b"abcd", Conflict(1), b"ef"]


def test_waiting_segments_that_differ_are_a_conflict() -> None:
    deliveries = fed(stream(), (1002, b"cd"), (1002, b"XY"), (1000, b"ab"))
    assert deliveries[0] == b"ab"
    assert deliveries[1] in (b"cd", b"XY")
    assert deliveries[2:] == [Conflict(2)]


def test_a_keep_alive_probe_carries_a_byte_that_means_nothing() -> None:
    assert fed(stream(), (1000, b"ab"), (1001, b"\0"), (1002, b"cd")) == [b"ab", b"cd"]


def test_sequence_numbers_wrap() -> None:
    start = SEQ_MODULUS - 3
    assert fed(stream(start), (start, b"abc"), (0, b"de"), (2, b"f")) == [b"abc", b"de", b"f"]


def test_a_segment_across_the_wrap_and_one_out_of_order_behind_it_are_joined() -> None:
    start = SEQ_MODULUS - 2
    assert fed(stream(start), (2, b"ef"), (start, b"abcd")) == [b"abcd", b"ef"]


def test_a_retransmission_from_before_the_wrap_is_old() -> None:
    start = SEQ_MODULUS - 2
    assert fed(stream(start), (start, b"abcd"), (start, b"ab"), (2, b"ef")) == [b"abcd", b"ef"]


def test_a_hole_that_an_answer_acknowledges_is_given_up_at_once() -> None:
    target = stream()
    assert fed(target, (1000, b"ab"), (1004, b"ef")) == [b"ab"]
    assert target.acknowledged(1003, 0, is_answer=True) == []
    assert target.acknowledged(1004, 0, is_answer=True) == [Gap(2), b"ef"]


def test_a_hole_that_a_bare_acknowledgement_covers_waits_a_moment() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.acknowledged(1004, ACKED_HOLE_NS - 1, is_answer=False) == []
    assert target.acknowledged(1004, ACKED_HOLE_NS, is_answer=False) == [Gap(2), b"cd"]


def test_a_hole_that_nobody_acknowledges_waits_longer() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.acknowledged(1000, HOLE_NS - 1, is_answer=False) == []
    assert target.acknowledged(1000, HOLE_NS, is_answer=False) == [Gap(2), b"cd"]


def test_a_hole_too_old_is_given_up_when_more_comes_from_the_same_side() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.receive(1006, b"gh", 0, HOLE_NS) == [Gap(2), b"cd"]
    assert target.close() == [Gap(2), b"gh"]


def test_only_the_first_of_two_holes_is_given_up() -> None:
    target = stream()
    fed(target, (1002, b"cd"), (1006, b"gh"))
    assert target.acknowledged(1002, 0, is_answer=True) == [Gap(2), b"cd"]
    assert fed(target, (1004, b"ef")) == [b"ef", b"gh"]


def test_bytes_that_come_after_their_hole_was_given_up_are_too_late() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.give_up() == [Gap(2), b"cd"]
    assert fed(target, (1000, b"ab"), (1004, b"ef")) == [b"ef"]


def test_nothing_is_given_up_where_nothing_waits() -> None:
    target = stream()
    assert target.acknowledged(5000, HOLE_NS, is_answer=True) == []
    assert target.give_up() == []
    assert target.close() == []


def test_a_hole_is_given_up_when_too_many_bytes_wait() -> None:
    target = stream()
    half = bytes(PENDING_BYTES_MAX // 2)
    assert fed(target, (1001, half), (1001 + len(half), half)) == []
    assert fed(target, (1001 + 2 * len(half), b"x")) == [Gap(1), half, half, b"x"]


def test_a_hole_is_given_up_when_too_many_segments_wait() -> None:
    target = stream()
    segments = [(1001 + 2 * place, b"x") for place in range(PENDING_SEGMENTS_MAX)]
    assert fed(target, *segments) == []
    assert fed(target, (segments[-1][0] + 2, b"x")) == [Gap(1), b"x"]


def test_closing_gives_up_every_hole() -> None:
    target = stream()
    fed(target, (1002, b"cd"), (1006, b"gh"))
    assert target.close() == [Gap(2), b"cd", Gap(2), b"gh"]


def test_bytes_the_capture_cut_off_are_a_truncated_gap() -> None:
    target = stream()
    assert target.receive(1000, b"ab", 4, 0) == [b"ab", Gap(4, truncated=True)]
    assert fed(target, (1006, b"gh")) == [b"gh"]


def test_a_segment_without_one_captured_byte_is_all_gap() -> None:
    assert stream().receive(1000, b"", 6, 0) == [Gap(6, truncated=True)]


def test_a_retransmission_of_known_bytes_may_be_truncated() -> None:
    target = stream()
    fed(target, (1000, b"abcd"))
    assert target.receive(1000, b"ab", 2, 0) == []
    assert target.receive(1000, b"ab", 4, 0) == [Gap(2, truncated=True)]


def test_a_truncated_segment_that_waits_keeps_its_missing_bytes() -> None:
    target = stream()
    assert target.receive(1002, b"c", 1, 0) == []
    assert fed(target, (1000, b"ab"), (1004, b"ef")) == [
        b"ab",
        b"c",
        Gap(1, truncated=True),
        b"ef",
    ]


@pytest.mark.parametrize("distance", [AHEAD_MAX, -AHEAD_MAX])
def test_a_jump_within_the_largest_window_is_the_same_stream(distance: int) -> None:
    target = stream(SEQ_MODULUS // 2)
    assert fed(target, (SEQ_MODULUS // 2 + distance, b"ab")) == []
    assert target.begins_at(SEQ_MODULUS // 2)


@pytest.mark.parametrize("distance", [AHEAD_MAX + 1, -AHEAD_MAX - 1])
def test_a_jump_beyond_every_window_starts_the_stream_anew(distance: int) -> None:
    target = stream()
    fed(target, (1000, b"ab"), (1004, b"ef"))
    elsewhere = (1002 + distance) % SEQ_MODULUS
    assert fed(target, (elsewhere, b"xy")) == [Gap(2), b"ef", Gap(0), b"xy"]
    assert fed(target, (elsewhere + 2, b"z")) == [b"z"]


pieces = st.lists(st.integers(0, 200), min_size=0, max_size=12)


@st.composite
def shuffled_segments(draw: st.DrawFn) -> tuple[int, bytes, list[tuple[int, bytes]]]:
    """A stream and segments that cover it, overlapping and repeated, in any order."""
    first = draw(st.sampled_from([0, 1000, SEQ_MODULUS - 50, SEQ_MODULUS - 1]))
    content = draw(st.binary(min_size=1, max_size=200))
    cuts = sorted({0, len(content), *(cut % len(content) for cut in draw(pieces))})
    spans = list(pairwise(cuts))
    spans += [
        (start, min(len(content), start + size))
        for start, size in draw(
            st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(1, 60)), max_size=8)
        )
    ]
    order = draw(st.permutations(spans))
    return (
        first,
        content,
        [((first + start) % SEQ_MODULUS, content[start:stop]) for start, stop in order],
    )


@settings(max_examples=300, deadline=None)
@given(shuffled_segments())
def test_segments_in_any_order_repeated_and_overlapping_give_the_bytes_once(
    case: tuple[int, bytes, list[tuple[int, bytes]]],
) -> None:
    first, content, segments = case
    deliveries = fed(stream(first), *segments)
    assert all(isinstance(delivery, bytes) for delivery in deliveries)
    assert b"".join(map(bytes, deliveries)) == content


@settings(max_examples=200, deadline=None)
@given(shuffled_segments(), st.data())
def test_lost_segments_become_gaps_of_their_size(
    case: tuple[int, bytes, list[tuple[int, bytes]]], data: st.DataObject
) -> None:
    first, content, segments = case
    kept = data.draw(st.lists(st.sampled_from(segments), unique=True))
    target = stream(first)
    deliveries = fed(target, *kept) + target.close()
    place = 0
    for delivery in deliveries:
        assert not isinstance(delivery, Conflict)
        if isinstance(delivery, Gap):
            place += delivery.size
        else:
            assert content[place : place + len(delivery)] == delivery
            place += len(delivery)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, SEQ_MODULUS - 1) | st.integers(950, 1100),
            st.binary(max_size=40),
            st.integers(0, 40),
            st.integers(0, 2 * HOLE_NS),
        ),
        max_size=30,
    )
)
def test_segments_of_any_kind_never_raise_and_never_pile_up(
    segments: list[tuple[int, bytes, int, int]],
) -> None:
    target = stream()
    at_ns = 0
    for seq, payload, missing, later_ns in segments:
        at_ns += later_ns
        target.receive(seq, payload, missing, at_ns)
        target.acknowledged(seq, at_ns, is_answer=bool(payload))
    target.close()
    assert target.early == []
