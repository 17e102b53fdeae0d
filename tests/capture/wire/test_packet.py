"""From frame to TCP segment: tags, addresses, options, truncation, and what carries none."""

import struct
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.layers import TAGS_MAX, Fragment
from capture.wire.packet import (
    ETHERNET,
    FIN,
    endpoints,
    port,
    reversed_flow,
    tcp_segment,
)
from tests.fakes import CLIENT, CLIENT_PORT, IPV6, SERVER_PORT, ethernet, ipv4, ipv6, tcp

UDP, FRAGMENT_HEADER = 17, 44
HOP_BY_HOP, ROUTING, DESTINATION = 0, 43, 60
PADDED_OPTIONS = bytes([1, 4, 0, 0, 0, 0, 0])
MORE_FRAGMENTS, DO_NOT_FRAGMENT = 0x2000, 0x4000


class Part(NamedTuple):
    """A segment with names."""

    flow: bytes
    seq: int
    ack: int
    flags: int
    payload: bytes
    missing: int


def named(link: int, data: bytes, length: int) -> Part | None:
    found = tcp_segment(link, data, length)
    assert not isinstance(found, Fragment)
    return None if found is None else Part(*found)


def segment(frame: bytes, captured: int | None = None) -> Part | None:
    """The segment of a frame of which only so many bytes were captured."""
    return named(ETHERNET, frame[:captured], len(frame))


def found(frame: bytes, captured: int | None = None) -> tuple[bytes, int]:
    """Payload and missing bytes."""
    part = segment(frame, captured)
    assert part is not None
    return part.payload, part.missing


def test_a_segment_has_the_fields_of_its_headers() -> None:
    part = segment(ethernet(ipv4(tcp(7, b"data", ack=9, flags=FIN))))
    assert part is not None
    assert part[1:] == (7, 9, FIN, b"data", 0)
    assert endpoints(part.flow) == ("10.0.0.1:45288", "10.0.0.2:8016")


def test_sequence_numbers_are_unsigned() -> None:
    part = segment(ethernet(ipv4(tcp(2**32 - 1, ack=2**31))))
    assert part is not None
    assert (part.seq, part.ack) == (2**32 - 1, 2**31)


def test_the_padding_of_short_frames_is_no_payload() -> None:
    assert found(ethernet(ipv4(tcp(1, b"d"))) + bytes(5)) == (b"d", 0)


@pytest.mark.parametrize("tags", [(0x8100,), (0x88A8, 0x8100), (0x9100, 0x8100), (0x8100,) * 4])
def test_vlan_tags_are_stepped_over(tags: tuple[int, ...]) -> None:
    assert found(ethernet(ipv4(tcp(1, b"data")), tags=tags)) == (b"data", 0)
    assert found(ethernet(ipv6(tcp(1, b"data")), IPV6, tags=tags)) == (b"data", 0)


def test_more_tags_than_any_switch_puts_on_are_none_of_ours() -> None:
    tags = (0x8100,) * (TAGS_MAX + 1)
    assert segment(ethernet(ipv4(tcp(1, b"data")), tags=tags)) is None


def test_tcp_options_are_no_payload() -> None:
    assert found(ethernet(ipv4(tcp(1, b"data", options=bytes(40))))) == (b"data", 0)


def test_ipv4_options_are_stepped_over() -> None:
    assert found(ethernet(ipv4(tcp(1, b"data"), options=bytes(40)))) == (b"data", 0)


def test_do_not_fragment_is_no_fragment() -> None:
    assert found(ethernet(ipv4(tcp(1, b"data"), fragment=DO_NOT_FRAGMENT))) == (b"data", 0)


@pytest.mark.parametrize("fragment", [MORE_FRAGMENTS, 1, MORE_FRAGMENTS | 185])
@pytest.mark.parametrize("options", [b"", bytes(4)])
@pytest.mark.parametrize("tags", [(), (0x8100,)])
def test_a_fragment_is_not_taken_for_a_segment(
    fragment: int, options: bytes, tags: tuple[int, ...]
) -> None:
    frame = ethernet(ipv4(tcp(1, b"data"), fragment=fragment, options=options), tags=tags)
    found = tcp_segment(ETHERNET, frame, len(frame))
    assert isinstance(found, Fragment)
    assert (found.offset, found.is_last) == (fragment % 2**13 * 8, fragment < MORE_FRAGMENTS)
    assert (found.data, found.missing) == (tcp(1, b"data"), 0)


@pytest.mark.parametrize("options", [b"", bytes(4)])
def test_a_total_length_of_zero_means_to_the_end_of_the_frame(options: bytes) -> None:
    frame = ethernet(ipv4(tcp(1, b"offloaded"), total=0, options=options))
    assert found(frame) == (b"offloaded", 0)
    assert found(frame, len(frame) - 3) == (b"offloa", 3)


def test_ipv6_is_read_like_ipv4() -> None:
    part = segment(ethernet(ipv6(tcp(7, b"data")), IPV6))
    assert part is not None
    assert part[1:] == (7, 0, 16, b"data", 0)
    assert endpoints(part.flow) == ("[fd00::1]:45288", "[fd00::2]:8016")


def test_an_ipv6_length_of_zero_means_to_the_end_of_the_frame() -> None:
    assert found(ethernet(ipv6(tcp(1, b"offloaded"), size=0), IPV6)) == (b"offloaded", 0)


def test_ipv6_extension_headers_are_stepped_over() -> None:
    extensions = [
        (HOP_BY_HOP, b"\x00" + PADDED_OPTIONS[1:]),
        (ROUTING, b"\x02" + bytes(22)),
        (DESTINATION, b"\x00" + PADDED_OPTIONS[1:]),
    ]
    assert found(ethernet(ipv6(tcp(1, b"data"), extensions=extensions), IPV6)) == (b"data", 0)


@pytest.mark.parametrize("place", [1, 8, 1480 | 1])
def test_an_ipv6_fragment_is_not_taken_for_a_segment(place: int) -> None:
    header = [(HOP_BY_HOP, b"\x00" + PADDED_OPTIONS[1:])]
    header += [(FRAGMENT_HEADER, struct.pack(">BHI", 0, place, 99))]
    frame = ethernet(ipv6(tcp(1, b"data"), extensions=header), IPV6)
    found = tcp_segment(ETHERNET, frame, len(frame))
    assert isinstance(found, Fragment)
    assert (found.offset, found.is_last, found.protocol) == (place & ~7, not place & 1, 6)


def test_an_ipv6_fragment_that_is_the_whole_packet_is_read_at_once() -> None:
    header = [(FRAGMENT_HEADER, bytes(7))]
    assert found(ethernet(ipv6(tcp(1, b"data"), extensions=header), IPV6)) == (b"data", 0)


@pytest.mark.parametrize("cut", [1, 3, 4])
def test_payload_that_was_not_captured_is_counted(cut: int) -> None:
    for frame in (
        ethernet(ipv4(tcp(1, b"data"))),
        ethernet(ipv4(tcp(1, b"data"), options=bytes(4))),
        ethernet(ipv6(tcp(1, b"data")), IPV6),
    ):
        assert found(frame, len(frame) - cut) == (b"data"[:-cut], cut)


def test_all_payload_is_missing_where_the_capture_ends_inside_tcp_options() -> None:
    frame = ethernet(ipv4(tcp(1, b"data", options=bytes(20))))
    assert found(frame, 14 + 20 + 20 + 8) == (b"", 4)


@pytest.mark.parametrize("captured", [0, 13, 14, 33, 34, 53])
def test_a_packet_cut_inside_its_headers_gives_nothing(captured: int) -> None:
    assert segment(ethernet(ipv4(tcp(1, b"data"))), captured) is None


def test_what_carries_no_tcp_gives_nothing() -> None:
    assert segment(ethernet(ipv4(tcp(1, b"data"), protocol=UDP))) is None
    assert segment(ethernet(b"\x00\x01" + bytes(40), 0x0806)) is None
    assert segment(ethernet(ipv6(tcp(1)), IPV6)[:20] + bytes([UDP]) + bytes(60)) is None
    assert tcp_segment(147, ethernet(ipv4(tcp(1, b"data"))), 58) is None


@pytest.mark.parametrize("offset", [0, 4, 15])
def test_a_tcp_header_of_impossible_length_gives_nothing(offset: int) -> None:
    broken = bytearray(tcp(1, b"data"))
    broken[12] = offset << 4
    assert segment(ethernet(ipv4(bytes(broken)))) is None
    assert segment(ethernet(ipv4(bytes(broken), options=bytes(4)))) is None


def test_the_opposite_direction_has_the_reversed_flow() -> None:
    there = segment(ethernet(ipv4(tcp(1))))
    back = segment(
        ethernet(ipv4(tcp(1, ports=(SERVER_PORT, CLIENT_PORT)), addresses=("10.0.0.2", CLIENT)))
    )
    assert there is not None
    assert back is not None
    assert reversed_flow(there.flow) == back.flow
    assert reversed_flow(back.flow) == there.flow
    assert port(there.flow, of_source=True) == CLIENT_PORT
    assert port(there.flow, of_source=False) == SERVER_PORT


plausible = st.builds(
    lambda start, kind, rest: start + struct.pack(">H", kind) + rest,
    st.binary(min_size=12, max_size=12),
    st.sampled_from([0x0800, IPV6, 0x8100]),
    st.binary(max_size=120),
)


@settings(max_examples=200, deadline=None)
@given(plausible | st.binary(max_size=120), st.integers(0, 2**16))
def test_no_frame_is_so_broken_that_reading_it_raises(frame: bytes, more: int) -> None:
    part = tcp_segment(ETHERNET, frame, len(frame) + more)
    assert part is None or part[-1] >= 0


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 120))
def test_what_is_captured_and_what_is_missing_make_up_the_payload(data: bytes, size: int) -> None:
    part = segment(ethernet(ipv4(tcp(1, data))), size)
    if part is not None:
        assert len(part.payload) + part.missing == len(data)
        assert data.startswith(part.payload)
