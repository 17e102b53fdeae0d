"""IP packets put together again: order, repetition, overlap, loss, age and limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.fragments import (
    DATAGRAMS_MAX,
    PATIENCE_NS,
    PIECES_MAX,
    WAITING_BYTES_MAX,
    Fragments,
    Whole,
)
from capture.wire.layers import Fragment
from capture.wire.packet import ETHERNET, tcp_segment
from tests.capture.wire.wrapping import fragments, fragments_ipv6
from tests.fakes import AT_NS, ethernet, ipv4, ipv6, tcp

CONTENT = bytes(range(100)) * 20
FRAME = ethernet(ipv4(tcp(7, CONTENT)))
ADDRESSES = bytes(8)


def piece(frame: bytes, captured: int | None = None) -> Fragment:
    found = tcp_segment(ETHERNET, frame[:captured], len(frame))
    assert isinstance(found, Fragment)
    return found


def part(start: int, data: bytes, *, is_last: bool = False, number: int = 1) -> Fragment:
    """A fragment with these bytes of its packet's content."""
    return Fragment(ADDRESSES, number.to_bytes(2, "big"), 6, start, is_last, data, 0)


def together(*pieces: Fragment, at_ns: int = AT_NS) -> list[Whole]:
    target = Fragments()
    return [whole for each in pieces if (whole := target.add(each, at_ns))]


def content(whole: Whole) -> bytes:
    """What stands behind the IPv4 header."""
    return whole.data[20:]


@pytest.mark.parametrize("size", [24, 576, 1480])
@pytest.mark.parametrize("is_backwards", [False, True])
def test_fragments_give_the_packet_in_whatever_order(size: int, is_backwards: bool) -> None:
    pieces = [piece(frame) for frame in fragments(FRAME, size)]
    (whole,) = together(*(pieces[::-1] if is_backwards else pieces))
    assert tcp_segment(*whole[:3]) == tcp_segment(ETHERNET, FRAME, len(FRAME))
    assert (whole.overlapping, whole.differing) == (0, 0)


def test_ipv6_fragments_give_the_packet() -> None:
    segment = tcp(7, CONTENT)
    (whole,) = together(*(piece(frame) for frame in fragments_ipv6(segment, 1232)))
    frame = ethernet(ipv6(segment), 0x86DD)
    assert tcp_segment(*whole[:3]) == tcp_segment(ETHERNET, frame, len(frame))


def test_fragments_seen_twice_are_no_overlap() -> None:
    pieces = [piece(frame) for frame in fragments(FRAME, 576)]
    doubled = [each for each in pieces for _ in range(2)]
    whole = together(*doubled[:-1])[0]
    assert (content(whole)[20:], whole.overlapping) == (CONTENT, 0)


def test_packets_with_other_numbers_or_addresses_do_not_mix() -> None:
    one, other = fragments(FRAME, 1024, number=1), fragments(FRAME, 1024, number=2)
    foreign = fragments(FRAME, 1024, number=1, addresses=("10.9.9.9", "10.0.0.2"))
    assert together(piece(one[0]), piece(other[1]), piece(foreign[1])) == []


# New bytes come second, at 16 to 32; what was there first, in six positions to them.
OVERLAPS = {
    "reaches into its start": (8, b"old-old-old-"[:12] + b"old-"),
    "the same": (16, b"old-old-old-old-"),
    "inside it": (24, b"old-"),
    "all around it": (8, b"old-" * 8),
    "starts with it": (16, b"old-old-"),
    "reaches over its end": (24, b"old-" * 4),
}


@pytest.mark.parametrize(("start", "first"), OVERLAPS.values(), ids=OVERLAPS)
def test_overlapping_fragments_are_told_and_the_first_bytes_count(start: int, first: bytes) -> None:
    new, size = b"NEW-NEW-NEW-NEW-", 48
    expected = bytearray(b"\0" * size)
    expected[16:32] = new
    expected[start : start + len(first)] = first
    target = Fragments()
    for each in (part(start, first), part(16, new)):
        assert target.add(each, AT_NS) is None
    whole = None
    held = set(range(start, start + len(first))) | set(range(16, 32))
    for place in range(0, size, 8):
        if place not in held or place + 7 not in held:
            fresh = part(place, bytes(8), is_last=place == size - 8)
            whole = target.add(fresh, AT_NS) or whole
    assert whole is not None
    shared = set(range(start, start + len(first))) & set(range(16, 32))
    assert whole.overlapping >= len(shared) > 0
    assert whole.differing >= len([at for at in shared if first[at - start] != new[at - 16]])
    assert content(whole)[16:32] == bytes(expected[16:32])


def test_what_was_cut_off_a_fragment_is_missing_from_the_packet() -> None:
    pieces = fragments(FRAME, 1024)
    (whole,) = together(piece(pieces[0], captured=100), piece(pieces[1]))
    found = tcp_segment(*whole[:3])
    assert found is not None
    assert not isinstance(found, Fragment)
    assert CONTENT.startswith(found[4])
    assert len(found[4]) + found[5] == len(CONTENT)


def test_a_lost_fragment_is_waited_for_only_so_long_in_capture_time() -> None:
    first, *rest = (piece(frame) for frame in fragments(FRAME, 1024))
    for late_ns, count in ((PATIENCE_NS - 1, 1), (PATIENCE_NS, 0)):
        target = Fragments()
        assert target.add(first, AT_NS) is None
        found = [target.add(each, AT_NS + late_ns) for each in rest]
        assert len([whole for whole in found if whole]) == count
        assert target.dropped == 1 - count


def test_beyond_the_limit_the_oldest_packet_is_given_up() -> None:
    target = Fragments()
    for number in range(DATAGRAMS_MAX + 5):
        target.add(part(0, b"12345678", number=number), AT_NS)
    assert target.dropped == 5
    assert target.add(part(8, b"", is_last=True, number=4), AT_NS) is None
    assert target.add(part(8, b"", is_last=True, number=DATAGRAMS_MAX), AT_NS)


def test_the_bytes_that_wait_have_a_limit() -> None:
    target = Fragments()
    size = 1 << 15
    for number in range(2 * WAITING_BYTES_MAX // size):
        target.add(part(8, bytes(size), number=number), AT_NS)
    assert target.dropped == WAITING_BYTES_MAX // size
    assert target._bytes == WAITING_BYTES_MAX


def test_a_packet_of_too_many_pieces_is_given_up() -> None:
    target = Fragments()
    for number in range(PIECES_MAX + 1):
        target.add(part(16 * number, b"12345678"), AT_NS)
    assert target.dropped == 1
    assert target._bytes == 0


@pytest.mark.parametrize("offset", [65_528, 65_504])
def test_a_packet_longer_than_ip_allows_is_given_up(offset: int) -> None:
    target = Fragments()
    assert target.add(part(offset, bytes(1400), is_last=True), AT_NS) is None
    assert target.dropped == 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 12), st.binary(max_size=40), st.booleans(),
            st.integers(0, 9),
        ),
        max_size=60,
    )
)  # fmt: skip
def test_whatever_fragments_come_what_is_held_is_what_is_counted(
    pieces: list[tuple[int, int, bytes, bool, int]],
) -> None:
    target = Fragments()
    for number, place, data, is_last, missing in pieces:
        each = part(place * 8, data, is_last=is_last, number=number)._replace(missing=missing)
        whole = target.add(each, AT_NS)
        assert whole is None or len(whole.data) <= whole.length
    held = [piece for each in target._datagrams.values() for piece in each.pieces]
    assert target._bytes == sum(len(piece.data) for piece in held)


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(8)), st.data())
def test_fragments_in_any_order_and_repeated_give_the_packet_once(
    order: list[int], data: st.DataObject
) -> None:
    pieces = [piece(frame) for frame in fragments(FRAME, 256)]
    again = data.draw(st.lists(st.sampled_from(range(8)), max_size=4))
    chosen = [pieces[place] for place in again + order if place not in again[-1:]]
    chosen += [pieces[place] for place in again[-1:]]
    wholes = together(*chosen)
    assert content(wholes[0])[20:] == CONTENT
