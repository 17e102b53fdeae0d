"""What belongs to a feed, and that both directions go to one partition."""

from capture.wire.feed_filter import OTHER_FEED, FeedFilter
from capture.wire.packet import ETHERNET
from tests.fakes import CLIENT, SERVER, ethernet, ipv4, tcp

SQL = 1433


def partition(chosen: FeedFilter, frame: bytes) -> int:
    return chosen.partition(ETHERNET, frame, len(frame))


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


def test_the_kernels_filter_names_the_same_ports_with_and_without_tags() -> None:
    text = FeedFilter([8016, 1433], 1).bpf()
    assert text == (
        "tcp and (port 1433 or port 8016) or (vlan and tcp and (port 1433 or port 8016))"
    )
