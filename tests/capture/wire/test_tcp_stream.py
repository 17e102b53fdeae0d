"""One direction of a connection put back in order: overlaps, holes, wrap, and when to give up."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tcp_stream import (
    AHEAD_MAX,
    HOLE_NS,
    PENDING_BYTES_MAX,
    PENDING_SEGMENTS_MAX,
    RECENT_BYTES_MAX,
    SEQ_MODULUS,
    Conflict,
    Delivery,
    Early,
    Gap,
    TcpStream,
)
from capture.wire.turns import ACKED_HOLE_NS

FIRST = 1000


def stream(first: int = FIRST, *, keeps_last: bool = False) -> TcpStream:
    fresh = TcpStream(keeps_last=keeps_last)
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
    assert fed(stream(), (1000, b"abcd"), (1000, b"aXYd")) == [b"abcd", Conflict(2, 1)]
    assert fed(stream(), (1000, b"abcd"), (1002, b"cXef")) == [b"abcd", Conflict(1, 3), b"ef"]


@pytest.mark.parametrize(("keeps_last", "kept"), [(False, b"cd"), (True, b"XY")])
def test_waiting_segments_that_differ_are_a_conflict(keeps_last: bool, kept: bytes) -> None:
    target = stream(keeps_last=keeps_last)
    deliveries = fed(target, (1002, b"cd"), (1002, b"XY"), (1000, b"ab"))
    assert deliveries == [Conflict(2, 2, keeps_last), b"ab", kept]


# The same bytes come a second time, at 10 to 20, while a hole waits before 4. Where the first ones
# stood, in the six ways that they can lie to the second.
OVERLAPS = {
    "reaches into its start": (6, 14),
    "the same": (10, 20),
    "inside it": (12, 16),
    "all around it": (6, 24),
    "starts with it": (10, 14),
    "reaches over its end": (14, 24),
}
overlapping = pytest.mark.parametrize(("start", "end"), OVERLAPS.values(), ids=OVERLAPS)


def joined(deliveries: list[Delivery]) -> bytes:
    return b"".join(each for each in deliveries if isinstance(each, bytes))


@overlapping
@pytest.mark.parametrize("keeps_last", [False, True])
@pytest.mark.parametrize("same", [False, True])
def test_segments_that_wait_may_overlap_in_every_way(
    start: int, end: int, keeps_last: bool, same: bool
) -> None:
    first, second = b"a" * (end - start), (b"a" if same else b"b") * 10
    target = stream(keeps_last=keeps_last)
    deliveries = fed(target, (1000 + start, first), (1010, second))
    shared = range(max(start, 10), min(end, 20))
    conflict = Conflict(len(shared), shared[0], keeps_last)
    assert deliveries == ([] if same else [conflict])
    deliveries = fed(target, (1000, b"." * min(start, 10)))
    expected = bytearray(b"." * min(start, 10) + b"?" * (max(end, 20) - min(start, 10)))
    pieces = [(start, first), (10, second)]
    for at, piece in pieces if keeps_last else pieces[::-1]:
        expected[at : at + len(piece)] = piece
    assert joined(deliveries) == bytes(expected)
    assert not [each for each in deliveries if isinstance(each, Conflict | Gap)]
    assert (target.early, target.early_bytes) == ([], 0)


@overlapping
def test_segments_that_were_delivered_may_be_overlapped_in_every_way(start: int, end: int) -> None:
    target = stream()
    deliveries = fed(target, (1000, b"a" * end), (1010, b"b" * 10))
    shared = range(10, min(end, 20))
    assert [each for each in deliveries if isinstance(each, Conflict)] == [
        Conflict(len(shared), 10)
    ]
    assert joined(deliveries) == b"a" * end + b"b" * max(0, 20 - end)


def test_what_waited_first_counts_against_what_comes_in_its_turn() -> None:
    segments = [(1002, b"cd"), (1000, b"abXY")]
    assert fed(stream(), *segments) == [Conflict(2, 2), b"ab", b"cd"]
    last = [Conflict(2, 2, is_last_kept=True), b"abXY"]
    assert fed(stream(keeps_last=True), *segments) == last


def test_a_segment_in_its_turn_that_reaches_beyond_all_that_waits_is_cut_around_it() -> None:
    deliveries = fed(stream(), (1002, b"cd"), (1006, b"gh"), (1000, b"abcdefghij"))
    assert joined(deliveries) == b"abcdefghij"
    assert not [each for each in deliveries if not isinstance(each, bytes)]


def test_a_keep_alive_probe_carries_a_byte_that_means_nothing() -> None:
    assert fed(stream(), (1000, b"ab"), (1001, b"\0"), (1002, b"cd")) == [b"ab", b"cd"]
    waiting = stream()
    assert fed(waiting, (1000, b"ab"), (1004, b"ef"), (1001, b"\0")) == [b"ab"]
    assert fed(waiting, (1002, b"cd")) == [b"cd", b"ef"]


def test_one_byte_that_comes_again_inside_more_is_no_keep_alive_probe() -> None:
    deliveries = fed(stream(), (1000, b"ab"), (1001, b"Xc"))
    assert deliveries == [b"ab", Conflict(1, 1), b"c"]


def test_a_zero_window_probe_carries_the_next_byte_which_comes_again_with_the_rest() -> None:
    segments = [(1000, b"ab"), (1002, b"c"), (1002, b"c"), (1002, b"cdef"), (1006, b"gh")]
    assert fed(stream(), *segments) == [b"ab", b"c", b"def", b"gh"]


def test_of_a_long_segment_the_end_is_compared() -> None:
    long = bytes(RECENT_BYTES_MAX + 10)
    assert fed(stream(), (1000, long), (1000, b"X" * 10)) == [long]
    end = 1000 + len(long) - 2
    assert fed(stream(), (1000, long), (end, b"XY")) == [long, Conflict(2, len(long) - 2)]


@pytest.mark.parametrize(
    ("ahead", "is_believed"),
    [(0, True), (5, True), (AHEAD_MAX, True), (-1, False), (AHEAD_MAX + 1, False)],
)
def test_a_reset_is_believed_where_more_could_come(ahead: int, is_believed: bool) -> None:
    target = stream()
    fed(target, (1000, b"ab"))
    assert target.may_reset_at((1002 + ahead) % SEQ_MODULUS) == is_believed
    assert TcpStream().may_reset_at(ahead % SEQ_MODULUS)


def test_sequence_numbers_wrap() -> None:
    start = SEQ_MODULUS - 3
    assert fed(stream(start), (start, b"abc"), (0, b"de"), (2, b"f")) == [b"abc", b"de", b"f"]


def test_a_segment_across_the_wrap_and_one_out_of_order_behind_it_are_joined() -> None:
    start = SEQ_MODULUS - 2
    assert fed(stream(start), (2, b"ef"), (start, b"abcd")) == [b"abcd", b"ef"]


def test_a_retransmission_from_before_the_wrap_is_old() -> None:
    start = SEQ_MODULUS - 2
    assert fed(stream(start), (start, b"abcd"), (start, b"ab"), (2, b"ef")) == [b"abcd", b"ef"]


def test_what_the_other_end_has_before_it_came_here_is_unseen() -> None:
    target = stream()
    fed(target, (1000, b"ab"))
    assert [target.unseen(ack) for ack in (990, 1002, 1003, 1010)] == [0, 0, 3, 10]
    assert target.unseen((1002 + AHEAD_MAX + 1) % SEQ_MODULUS) == 0
    assert TcpStream().unseen(1003) == 0


def test_a_fin_is_acknowledged_too_and_is_no_byte() -> None:
    target = stream()
    target.ends_at(1002)
    fed(target, (1000, b"ab"))
    assert target.unseen(1003) == 0


def test_what_is_unseen_behind_the_wrap_is_found() -> None:
    target = stream(SEQ_MODULUS - 1)
    assert target.unseen(2) == 3


def test_what_was_waited_for_in_vain_is_a_hole_told_with_the_next_segment() -> None:
    target = stream()
    fed(target, (1000, b"ab"))
    assert target.lose(5) == []
    assert target.is_silent
    assert fed(target, (1005, b"fg"), (1007, b"h")) == [Gap(3), b"fg", b"h"]
    assert not target.is_silent


def test_what_was_waited_for_in_vain_may_still_come() -> None:
    target = stream()
    target.lose(4)
    assert fed(target, (1000, b"ab"), (1002, b"cd")) == [b"ab", b"cd"]
    assert target.close() == []


def test_a_retransmission_tells_nothing_of_what_was_waited_for_in_vain() -> None:
    target = stream()
    fed(target, (1000, b"ab"))
    target.lose(4)
    assert fed(target, (1000, b"ab"), (1006, b"gh")) == [Gap(2)]
    assert target.close() == [Gap(2), b"gh"]


def test_what_is_never_heard_of_again_is_a_hole_at_the_end() -> None:
    target = stream()
    target.lose(4)
    assert target.unseen(1006) == 0
    assert target.close() == [Gap(6)]
    assert target.close() == []


def test_one_byte_that_is_never_heard_of_may_have_been_a_fin() -> None:
    target = stream()
    target.lose(1)
    assert target.close() == []


def test_holes_before_what_was_waited_for_in_vain_are_given_up() -> None:
    target = stream()
    fed(target, (1002, b"cd"), (1006, b"gh"), (1010, b"kl"))
    assert target.lose(8) == [Gap(2), b"cd", Gap(2), b"gh"]
    assert not target.is_silent
    assert fed(target, (1008, b"ij")) == [b"ij", b"kl"]


def test_a_hole_that_a_bare_acknowledgement_covers_waits_a_moment() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.acknowledged(1004, ACKED_HOLE_NS - 1) == []
    assert target.acknowledged(1004, ACKED_HOLE_NS) == [Gap(2), b"cd"]


def test_a_hole_that_nobody_acknowledges_waits_longer() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.acknowledged(1000, HOLE_NS - 1) == []
    assert target.acknowledged(1000, HOLE_NS) == [Gap(2), b"cd"]


def test_a_hole_too_old_is_given_up_when_more_comes_from_the_same_side() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.receive(1006, b"gh", 0, HOLE_NS) == [Gap(2), b"cd"]
    assert target.close() == [Gap(2), b"gh"]


def test_only_the_first_of_two_holes_is_given_up() -> None:
    target = stream()
    fed(target, (1002, b"cd"), (1006, b"gh"))
    assert target.acknowledged(1002, ACKED_HOLE_NS) == [Gap(2), b"cd"]
    assert fed(target, (1004, b"ef")) == [b"ef", b"gh"]


def test_bytes_that_come_after_their_hole_was_given_up_are_too_late() -> None:
    target = stream()
    fed(target, (1002, b"cd"))
    assert target.give_up() == [Gap(2), b"cd"]
    assert fed(target, (1000, b"ab"), (1004, b"ef")) == [b"ef"]


def test_nothing_is_given_up_where_nothing_waits() -> None:
    target = stream()
    assert target.acknowledged(5000, HOLE_NS) == []
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


def test_what_was_cut_off_may_come_whole_in_a_retransmission_that_waits() -> None:
    target = stream()
    assert target.receive(1002, b"c", 3, 0) == []
    assert fed(target, (1003, b"def"), (1000, b"ab")) == [b"ab", b"c", b"def"]
    assert fed(target, (1006, b"g")) == [b"g"]


def test_bytes_that_wait_cut_off_and_cut_off_again_wait_once() -> None:
    target = stream()
    for _ in range(3):
        assert target.receive(1002, b"", 4, 0) == []
    assert len(target.early) == 1
    assert fed(target, (1000, b"ab")) == [b"ab", Gap(4, truncated=True)]


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


def extent(early: Early) -> tuple[int, int]:
    return early.start, early.start + len(early.payload)


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
@given(shuffled_segments(), st.booleans())
def test_segments_in_any_order_repeated_and_overlapping_give_the_bytes_once(
    case: tuple[int, bytes, list[tuple[int, bytes]]], keeps_last: bool
) -> None:
    first, content, segments = case
    deliveries = fed(stream(first, keeps_last=keeps_last), *segments)
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
    ),
    st.booleans(),
)
def test_segments_of_any_kind_never_raise_and_never_pile_up(
    segments: list[tuple[int, bytes, int, int]], keeps_last: bool
) -> None:
    target = stream(keeps_last=keeps_last)
    at_ns = 0
    for seq, payload, missing, later_ns in segments:
        at_ns += later_ns
        target.receive(seq, payload, missing, at_ns)
        target.acknowledged(seq, at_ns)
        if (unseen := target.unseen(seq)) and missing:
            target.lose(unseen)
        waiting = [each for early in target.early for each in range(*extent(early))]
        assert waiting == sorted(set(waiting))
        assert target.early_bytes == len(waiting)
    target.close()
    assert (target.early, target.early_bytes) == ([], 0)
