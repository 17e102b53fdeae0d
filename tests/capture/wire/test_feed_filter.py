"""What belongs to a feed, and that both directions go to one partition."""

import ctypes
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from capture.wire.feed_filter import FRAGMENTED_MAX, OTHER_FEED, WAITING_MAX, FeedFilter, Packet
from capture.wire.packet import ETHERNET
from riskgw.kernel.addresses import AddressTextError
from tests.capture.wire.wrapping import WRAPPINGS, fragments, fragments_ipv6, packet_in, vxlan
from tests.fakes import (
    AT_NS,
    CLIENT,
    IPV6,
    SERVER,
    SERVER_PORT,
    captured,
    ethernet,
    ipv4,
    ipv6,
    tcp,
)

SQL = 1433
SO_ATTACH_FILTER = 26
HOP_BY_HOP = 0
wrapped = pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)


def partition(chosen: FeedFilter, frame: bytes) -> int:
    """Where a frame goes that needs no other."""
    routed = chosen.routed((AT_NS, ETHERNET, frame, len(frame)))
    return routed[0][0] if routed else OTHER_FEED


def request(client_port: int) -> bytes:
    return ethernet(ipv4(tcp(1, b"x", ports=(client_port, SQL))))


def answer(client_port: int) -> bytes:
    segment = tcp(1, b"y", ports=(SQL, client_port))
    return ethernet(ipv4(segment, addresses=(SERVER, CLIENT)))


def test_both_directions_of_a_connection_go_to_one_partition() -> None:
    chosen = FeedFilter([SQL], 4)
    ports = range(40_000, 40_100)
    there = [partition(chosen, request(port)) for port in ports]
    assert [partition(chosen, answer(port)) for port in ports] == there
    assert set(there) == {0, 1, 2, 3}


def test_other_ports_and_other_traffic_are_another_feeds() -> None:
    chosen = FeedFilter([8016], 1)
    assert partition(chosen, request(40_000)) == OTHER_FEED
    assert partition(chosen, b"\xff" * 60) == OTHER_FEED


def test_a_port_may_be_on_either_side() -> None:
    assert partition(FeedFilter([40_000], 1), request(40_000)) == 0


@pytest.mark.parametrize(
    ("clients", "servers", "is_ours"),
    [
        ((), (), True),
        ((CLIENT,), (SERVER,), True),
        (("192.0.2.7", "10.0.0.0/24"), (), True),
        ((), ("10.0.0.2/32",), True),
        ((), (f"{SERVER}:{SQL}",), True),
        ((), (f"{SERVER}:8016",), False),
        ((SERVER,), (), False),
        ((), (CLIENT,), False),
        ((CLIENT,), ("192.0.2.0/24",), False),
        (("2001:db8::/32",), (), False),
    ],
)
def test_a_feed_may_name_the_addresses_of_clients_and_servers(
    clients: tuple[str, ...], servers: tuple[str, ...], is_ours: bool
) -> None:
    """The server is the end that has the feed's port."""
    chosen = FeedFilter([SQL], 1, clients=clients, servers=servers)
    expected = 0 if is_ours else OTHER_FEED
    assert [partition(chosen, each(40_000)) for each in (request, answer)] == [expected] * 2


def test_addresses_of_version_6_are_told_apart_too() -> None:
    frame = ethernet(ipv6(tcp(1, b"x", ports=(40_000, SQL))), IPV6)
    for clients, there in ((("fd00::/16",), 0), (("fd01::/16",), OTHER_FEED), ((CLIENT,), -1)):
        assert partition(FeedFilter([SQL], 1, clients=clients), frame) == there


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(AddressTextError):
        FeedFilter([SQL], 1, clients=["10.0.0"])


@wrapped
def test_a_wrapped_segment_goes_where_it_would_go_plain(wrap: Callable[[bytes], bytes]) -> None:
    chosen = FeedFilter([SQL], 8)
    for port in range(40_000, 40_016):
        there = partition(chosen, request(port))
        assert partition(chosen, wrap(request(port))) == there != OTHER_FEED
        assert partition(chosen, wrap(answer(port))) == there
    assert partition(FeedFilter([8016], 8), wrap(request(40_000))) == OTHER_FEED


def routed(chosen: FeedFilter, packets: list[Packet]) -> list[tuple[int, Packet]]:
    return [each for packet in packets for each in chosen.routed(packet)]


@wrapped
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_all_fragments_go_to_the_partition_of_their_ports(
    wrap: Callable[[bytes], bytes], order: tuple[int, ...]
) -> None:
    if wrap(request(1))[12:14] != b"\x08\x00":
        return  # tags, labels and IPv6 around it: `fragments` cuts IPv4
    chosen = FeedFilter([SQL], 8)
    long = ethernet(ipv4(tcp(1, bytes(300), ports=(40_003, SQL))))
    frame = wrap(long)
    size = -(-(len(frame) - 34) // 24) * 8
    pieces = fragments(frame, size)
    packets = captured([pieces[place] for place in order])
    found = routed(chosen, packets)
    assert {number for number, _ in found} == {partition(chosen, long)}
    assert sorted(packet[2] for _, packet in found) == sorted(pieces)
    times = [packet[0] for _, packet in found]
    assert times == sorted(times)


def test_ipv6_fragments_go_to_the_partition_of_their_ports() -> None:
    chosen = FeedFilter([SERVER_PORT], 8)
    segment = tcp(1, bytes(300))
    pieces = fragments_ipv6(segment, 128)
    found = routed(chosen, captured(pieces))
    whole = partition(chosen, ethernet(ipv6(segment), IPV6))
    assert [(number, packet[2]) for number, packet in found] == [(whole, each) for each in pieces]


def test_fragments_of_other_feeds_are_left_out() -> None:
    chosen = FeedFilter([SQL], 2)
    frame = ethernet(ipv4(tcp(1, bytes(300))))
    assert routed(chosen, captured(fragments(frame, 64))) == []
    assert routed(chosen, captured(fragments(frame, 64)[::-1])) == []


def test_a_number_used_again_goes_where_its_newest_packet_goes() -> None:
    chosen = FeedFilter([SQL, 8016], 8)
    frames = [ethernet(ipv4(tcp(1, bytes(99), ports=(40_000 + n, SQL)))) for n in range(8)]
    for frame in frames:
        found = routed(chosen, captured(fragments(frame, 64)))
        assert [number for number, _ in found] == [partition(chosen, frame)] * 2


def test_fragments_that_wait_and_those_remembered_have_a_limit() -> None:
    chosen = FeedFilter([SQL], 1)
    frame = ethernet(ipv4(tcp(1, bytes(99), ports=(40_000, SQL))))
    for number in range(WAITING_MAX + 10):
        assert routed(chosen, captured(fragments(frame, 64, number=number)[1:])) == []
    assert (len(chosen._waiting), chosen._waiting_count) == (WAITING_MAX, WAITING_MAX)
    assert len(routed(chosen, captured(fragments(frame, 64, number=9)[:1]))) == 1
    assert len(routed(chosen, captured(fragments(frame, 64, number=10)[:1]))) == 2
    for number in range(FRAGMENTED_MAX + 10):
        routed(chosen, captured(fragments(frame, 64, number=number)[:1]))
    assert len(chosen._fragmented) == FRAGMENTED_MAX


class KernelFilter:
    """A socket on which the kernel runs a compiled filter over whole frames."""

    def __init__(self, text: str) -> None:
        from scapy.arch.common import compile_filter  # noqa: PLC0415  # slow to import
        from scapy.error import Scapy_Exception  # noqa: PLC0415  # as above

        try:
            compiled = compile_filter(text, linktype=ETHERNET)
        except (ImportError, OSError, Scapy_Exception) as error:
            pytest.skip(f"no libpcap: {error}")
        program = struct.pack("HL", compiled.bf_len, ctypes.addressof(compiled.bf_insns.contents))
        self._in, self._out = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._out.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        self._out.setblocking(False)  # noqa: FBT003  # the standard library's own

    def passes(self, frame: bytes) -> bool:
        self._in.send(frame)
        try:
            return self._out.recv(1 << 16) == frame
        except BlockingIOError:
            return False

    def close(self) -> None:
        self._in.close()
        self._out.close()


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelFilter]:
    chosen = KernelFilter(FeedFilter([SQL, 8017], 1).bpf())
    yield chosen
    chosen.close()


@wrapped
def test_the_kernels_filter_lets_all_through_that_is_ours(
    kernel: KernelFilter, wrap: Callable[[bytes], bytes]
) -> None:
    assert kernel.passes(wrap(request(40_000)))
    assert kernel.passes(wrap(answer(40_000)))


def test_the_kernels_filter_sees_ports_of_plain_and_tagged_packets(kernel: KernelFilter) -> None:
    other, segment = ethernet(ipv4(tcp(1, b"x"))), tcp(1, b"x", ports=(40_000, SQL))
    for name in ("nothing", "VLAN", "QinQ"):
        assert not kernel.passes(WRAPPINGS[name](other))
    for tags in ((), (0x8100,), (0x8100, 0x8100)):
        assert kernel.passes(ethernet(ipv6(segment), IPV6, tags=tags))
        assert not kernel.passes(ethernet(ipv6(tcp(1, b"x")), IPV6, tags=tags))


def test_the_kernels_filter_cannot_look_into_tunnels_and_fragments(kernel: KernelFilter) -> None:
    other = ethernet(ipv4(tcp(1, bytes(99))))
    first, later = fragments(other, 64)
    assert kernel.passes(vxlan(other))
    assert kernel.passes(later)
    assert not kernel.passes(first)
    options = [(HOP_BY_HOP, bytes(7))]
    assert kernel.passes(ethernet(ipv6(packet_in(other), extensions=options), IPV6))


def test_the_kernels_filter_keeps_other_traffic_out(kernel: KernelFilter) -> None:
    assert not kernel.passes(ethernet(b"\0" * 46, 0x0806))
    assert not kernel.passes(ethernet(ipv4(b"\0" * 60, protocol=17)))
    assert not kernel.passes(vxlan(request(40_000), udp_port=53))
