"""What is wrapped around a segment on mirror ports: links, tags, labels, tunnels, and damage."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.layers import LABELS_MAX, LAYERS_MAX, Fragment, unwrapped
from capture.wire.packet import ETHERNET, tcp_segment
from tests.capture.wire.wrapping import (
    BRIDGED,
    ERSPAN_3,
    MORE_FRAGMENTS,
    OUTER,
    UDP,
    WRAPPINGS,
    erspan_2,
    gre,
    mpls,
    packet_in,
    pppoe,
    vxlan,
)
from tests.fakes import IPV4, IPV6, ethernet, ipv4, ipv6, tcp

PLAIN = ethernet(ipv4(tcp(7, b"data", ack=9)))
PLAIN_IPV6 = ethernet(ipv6(tcp(7, b"data", ack=9)), IPV6)
AUTHENTICATION = 51
wrapped = pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)


def payload(frame: bytes, link: int = ETHERNET, captured: int | None = None) -> tuple[bytes, int]:
    """Captured payload and missing bytes of the segment in a frame."""
    found = tcp_segment(link, frame[:captured], len(frame))
    assert found is not None
    assert not isinstance(found, Fragment)
    return found[4], found[5]


def is_read(frame: bytes, link: int = ETHERNET) -> bool:
    return tcp_segment(link, frame, len(frame)) is not None


@wrapped
@pytest.mark.parametrize("frame", [PLAIN, PLAIN + bytes(6)], ids=["plain", "padded"])
def test_a_segment_is_the_same_however_it_is_wrapped(
    wrap: Callable[[bytes], bytes], frame: bytes
) -> None:
    found = wrap(frame)
    assert tcp_segment(ETHERNET, found, len(found)) == tcp_segment(ETHERNET, PLAIN, len(PLAIN))


@pytest.mark.parametrize(
    "frame",
    [
        gre(packet_in(PLAIN_IPV6), IPV6),
        gre(PLAIN_IPV6, BRIDGED),
        vxlan(PLAIN_IPV6),
        mpls(packet_in(PLAIN_IPV6), 16),
        erspan_2(PLAIN_IPV6),
        pppoe(packet_in(PLAIN_IPV6), 0x57),
        ethernet(ipv4(packet_in(PLAIN_IPV6), protocol=41)),
        ethernet(ipv6(packet_in(PLAIN_IPV6), protocol=41), IPV6),
    ],
)
def test_ipv6_is_carried_like_ipv4(frame: bytes) -> None:
    expected = tcp_segment(ETHERNET, PLAIN_IPV6, len(PLAIN_IPV6))
    assert tcp_segment(ETHERNET, frame, len(frame)) == expected


@wrapped
def test_what_a_short_capture_cut_off_is_missing(wrap: Callable[[bytes], bytes]) -> None:
    frame = wrap(PLAIN)
    assert payload(frame, captured=len(frame) - 3) == (b"d", 3)


@wrapped
def test_a_header_cut_off_gives_nothing(wrap: Callable[[bytes], bytes]) -> None:
    frame = wrap(PLAIN)
    for captured in range(len(frame) - len(b"data")):
        assert tcp_segment(ETHERNET, frame[:captured], len(frame)) is None


def cooked(packet: bytes, kind: int) -> bytes:
    return struct.pack(">HHH8sH", 0, 1, 6, b"\x02" * 6, kind) + packet


def cooked_2(packet: bytes, kind: int) -> bytes:
    return struct.pack(">HHIHBB8s", kind, 0, 3, 1, 0, 6, b"\x02" * 6) + packet


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (113, cooked(packet_in(PLAIN), IPV4)),
        (113, cooked(b"\x00\x64\x08\x00" + packet_in(PLAIN), 0x8100)),
        (276, cooked_2(packet_in(PLAIN), IPV4)),
        (276, cooked_2(b"\x00\x64\x08\x00" + packet_in(PLAIN), 0x8100)),
        (0, struct.pack("<I", 2) + packet_in(PLAIN)),
        (0, struct.pack(">I", 2) + packet_in(PLAIN)),
        (108, struct.pack(">I", 2) + packet_in(PLAIN)),
        *((link, packet_in(PLAIN)) for link in (12, 14, 101, 228)),
    ],
)
def test_other_link_types_are_read(link: int, frame: bytes) -> None:
    assert tcp_segment(link, frame, len(frame)) == tcp_segment(ETHERNET, PLAIN, len(PLAIN))


@pytest.mark.parametrize("family", [10, 24, 28, 30])
@pytest.mark.parametrize("order", ["<", ">"])
def test_loopback_knows_ipv6_of_every_system(family: int, order: str) -> None:
    frame = struct.pack(order + "I", family) + packet_in(PLAIN_IPV6)
    assert payload(frame, 0) == (b"data", 0)


@pytest.mark.parametrize("link", [101, 229, 113])
def test_raw_and_cooked_ipv6_is_read(link: int) -> None:
    packet = packet_in(PLAIN_IPV6)
    assert payload(cooked(packet, IPV6) if link == 113 else packet, link) == (b"data", 0)


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (0, struct.pack("<I", 7) + packet_in(PLAIN)),
        (113, cooked(packet_in(PLAIN), 0x0806)),
        (101, b"\x50" + packet_in(PLAIN)[1:]),
        (228, packet_in(PLAIN_IPV6)),
        (105, PLAIN),
        (ETHERNET, ethernet(packet_in(PLAIN), 60)),  # a length, not a type
        (ETHERNET, pppoe(packet_in(PLAIN), 0xC021)),
        (ETHERNET, pppoe(b"")[:-2]),
        (ETHERNET, vxlan(PLAIN, udp_port=4790)),
        (ETHERNET, vxlan(PLAIN, flags=0)),
        (ETHERNET, gre(packet_in(PLAIN), IPV4, flags=1)),  # PPTP's GRE
        (ETHERNET, gre(packet_in(PLAIN), 0x88CC)),
        (ETHERNET, gre(bytes(8) + PLAIN, ERSPAN_3, flags=0x1000)),
        (ETHERNET, mpls(PLAIN, *range(LABELS_MAX + 1))),
    ],
)
def test_what_is_nothing_of_ours_gives_nothing(link: int, frame: bytes) -> None:
    assert not is_read(frame, link)


def nested(times: int) -> bytes:
    packet = packet_in(PLAIN)
    for _ in range(times):
        packet = ipv4(packet, protocol=4)
    return packet


def test_tunnels_are_followed_only_so_deep() -> None:
    # The link and one header each, the innermost too.
    assert is_read(nested(LAYERS_MAX - 2), 101)
    assert not is_read(nested(LAYERS_MAX - 1), 101)


def test_a_packet_wrapped_a_thousand_times_costs_no_more() -> None:
    assert unwrapped(101, nested(1000), 1 << 20) is None


@pytest.mark.parametrize("version", [4, 6])
def test_authentication_headers_are_stepped_over(version: int) -> None:
    segment = tcp(7, b"data")
    if version == 4:
        header = bytes([6, 4]) + bytes(22)
        frame = ethernet(ipv4(header + segment, protocol=AUTHENTICATION))
    else:
        frame = ethernet(ipv6(segment, extensions=[(AUTHENTICATION, b"\x04" + bytes(22))]), IPV6)
    assert payload(frame) == (b"data", 0)


@pytest.mark.parametrize("stated", [1, 19, 20, 39])
def test_a_total_length_shorter_than_its_headers_gives_nothing(stated: int) -> None:
    assert not is_read(ethernet(ipv4(tcp(1, b"data"), total=stated)))


def test_a_total_length_longer_than_the_frame_counts_as_cut_off() -> None:
    # Switches that slice what they mirror leave the length on the wire behind.
    assert payload(ethernet(ipv4(tcp(1, b"data"), total=1500))) == (b"data", 1456)


def test_offloaded_segments_inside_a_tunnel_reach_to_its_end() -> None:
    offloaded = ethernet(ipv4(tcp(1, bytes(70_000)), total=0))
    assert payload(offloaded) == (bytes(70_000), 0)
    inner = ethernet(ipv4(tcp(1, b"offloaded"), total=0))
    assert payload(vxlan(inner)) == (b"offloaded", 0)


def test_a_jumbo_frame_is_read_whole() -> None:
    assert payload(ethernet(ipv4(tcp(1, bytes(8960))))) == (bytes(8960), 0)


def test_a_fragment_of_a_tunnel_is_a_fragment() -> None:
    outer = gre(packet_in(PLAIN), IPV4)
    cut = bytearray(outer)
    cut[20:22] = struct.pack(">H", MORE_FRAGMENTS)
    found = tcp_segment(ETHERNET, bytes(cut), len(cut))
    assert isinstance(found, Fragment)
    assert (found.protocol, found.data) == (47, packet_in(outer)[20:])


def test_udp_that_is_no_tunnel_gives_nothing() -> None:
    datagram = struct.pack(">HHHH", 4789, 53, 100, 0) + PLAIN
    assert not is_read(ethernet(ipv4(datagram, addresses=OUTER, protocol=UDP)))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276]),
    st.sampled_from(sorted(WRAPPINGS)),
    st.binary(max_size=12),
    st.integers(0, 150),
    st.integers(0, 2**17),
)
def test_no_damage_raises_or_invents_bytes(
    link: int, name: str, wrong: bytes, place: int, length: int
) -> None:
    frame = WRAPPINGS[name](PLAIN)
    damaged = frame[:place] + wrong + frame[place + len(wrong) :]
    found = tcp_segment(link, damaged, length)
    if isinstance(found, Fragment):
        assert found.data in damaged
        assert found.missing >= 0
    elif found is not None:
        assert found[4] in damaged
        assert found[5] >= 0
