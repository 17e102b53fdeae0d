"""Conversations as mirror ports show them: wrapped, in fragments, and among floods of others."""

import struct
import tracemalloc
from collections.abc import Callable, Iterable

import pytest

from capture.wire.tap import (
    CONNECTIONS_MAX,
    EARLY_BYTES_MAX,
    STRANGERS_DROPPED,
    STRANGERS_MAX,
    Batch,
    Tap,
)
from capture.wire.tcp_stream import PENDING_BYTES_MAX
from capture.wire.turns import SEGMENT_BYTES
from tests.capture.wire.tds.dialogue import HEADERS, SQL_BATCH, login7, packet, prelogin, wide
from tests.capture.wire.wrapping import WRAPPINGS, fragments, fragments_ipv6
from tests.fakes import (
    AT_NS,
    CLIENT,
    CLIENT_PORT,
    SERVER,
    Conversation,
    Packet,
    captured,
    ethernet,
    ipv4,
    messages,
    overheard,
    problems,
    szse,
    szse_logon,
    szse_order,
    tcp,
)

SYN, ACK = 2, 16
EARLY_SEGMENTS, EARLY_SIZE = 16, 60_000
FLOOD_BYTES_MAX, SEGMENT_SIZE = 256 << 20, 1400
ORDERS = ["A000000001", "A000000002"]


def conversation(client_port: int = CLIENT_PORT) -> list[bytes]:
    talk = Conversation(client_port)
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]
    return [*frames, talk.up(szse_order(1)), talk.up(szse_order(2)), *talk.close()]


def references(batches: Iterable[Batch]) -> list[str]:
    return [fields["ClOrdID"] for _, kind, fields in messages(batches) if kind == 100101]


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_conversation_is_heard_however_it_is_wrapped(wrap: Callable[[bytes], bytes]) -> None:
    batches = overheard(captured(map(wrap, conversation())))
    assert references(batches) == ORDERS
    assert problems(batches) == []


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_frame_seen_plain_and_wrapped_is_heard_once(wrap: Callable[[bytes], bytes]) -> None:
    batches = overheard(captured(each for frame in conversation() for each in (frame, wrap(frame))))
    assert references(batches) == ORDERS
    assert problems(batches) == []


@pytest.mark.parametrize("name", ["VXLAN", "ERSPAN II", "GRE", "IPv4 in IPv4", "nothing"])
@pytest.mark.parametrize("is_backwards", [False, True])
def test_packets_in_fragments_are_heard(name: str, is_backwards: bool) -> None:
    frames = []
    for number, frame in enumerate(conversation()):
        pieces = fragments(WRAPPINGS[name](frame), 64, number=number)
        frames += pieces[::-1] if is_backwards else pieces
    tap = Tap()
    batches = overheard(captured(frames), tap)
    assert references(batches) == ORDERS
    assert problems(batches) == []
    assert tap.packets == len(frames)


def test_ipv6_packets_in_fragments_are_heard() -> None:
    first = tcp(1, szse_logon())
    segments = [first, tcp(1 + len(szse_logon()), szse_order(1))]
    frames = [
        piece
        for number, segment in enumerate(segments)
        for piece in fragments_ipv6(segment, 48, number=number)
    ]
    assert references(overheard(captured(frames))) == ORDERS[:1]


def test_a_lost_fragment_is_a_gap_in_its_connection() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]
    pieces = fragments(talk.up(szse_order(1)), 64)
    frames += [*pieces[:1], *pieces[2:], talk.up(szse_order(2)), talk.down(szse(3))]
    batches = overheard(captured(frames))
    assert references(batches) == ORDERS[1:]
    assert problems(batches) == [("gap", len(szse_order(1)))]


def test_overlapping_fragments_are_a_problem_of_their_connection() -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]
    pieces, others = (fragments(talk.up(szse_order(n), seq=talk.seqs[0]), 64) for n in (1, 7))
    wider = fragments(talk.up(szse_order(7), seq=talk.seqs[0]), 128)
    frames += [*pieces[:2], wider[0], *pieces[2:]]
    assert others[0] == pieces[0]
    batches = overheard(captured(frames))
    assert references(batches) == ORDERS[:1]
    assert problems(batches) == [("overlap_conflict", 128)]


def test_overlapping_fragments_of_others_are_nobodys_problem() -> None:
    talk = Conversation()
    frames = talk.open()
    pieces = fragments(talk.up(b"GET / HTTP/1.1\r\n\r\n" * 10), 64)
    assert overheard(captured([*frames, pieces[0], pieces[0][:-8] + b"8" * 8, *pieces[1:]])) == []


@pytest.mark.parametrize("times", [2, 3])
def test_every_fragment_seen_again_changes_nothing(times: int) -> None:
    frames = [
        piece
        for number, frame in enumerate(conversation())
        for piece in fragments(frame, 64, number=number)
        for _ in range(times)
    ]
    batches = overheard(captured(frames))
    assert references(batches) == ORDERS
    assert problems(batches) == []


def scan(count: int, payload: bytes = b"", flags: int = SYN) -> Iterable[Packet]:
    """Packets of as many connections."""
    for number in range(count):
        source = f"172.{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
        segment = tcp(number, payload, flags=flags)
        frame = ethernet(ipv4(segment, addresses=(source, SERVER)))
        yield AT_NS, 1, frame, len(frame)


def heard_by(tap: Tap, packets: Iterable[Packet]) -> list[Batch]:
    return [batch for packet in packets for batch in tap.packet(*packet)]


def test_half_open_connections_are_forgotten_before_one_that_speaks() -> None:
    tap = Tap()
    half_open, speaking = captured(conversation(50_001)), captured(conversation())
    heard_by(tap, half_open[:3])
    heard_by(tap, speaking[:5])
    heard_by(tap, scan(STRANGERS_MAX))
    assert len(tap._halves) == 2 * (STRANGERS_MAX + 2 - STRANGERS_DROPPED)
    assert tap.evicted == STRANGERS_DROPPED
    batches = heard_by(tap, speaking[5:])
    assert (references(batches), problems(batches)) == (ORDERS, [])
    # Forgotten, and whole all the same: it begins with its logon.
    batches = heard_by(tap, half_open[3:])
    assert (references(batches), problems(batches)) == (ORDERS, [])


@pytest.mark.parametrize(
    ("start", "flags"),
    [
        (b"", SYN),
        (struct.pack(">II", 100101, 0xFFFFFFFF), ACK),
        (struct.pack(">IQI", 58, 1, 0xFFFFFFFF), ACK),
        (struct.pack(">BBHHBB", 18, 1, 0x7FFF, 0, 0, 0), ACK),
        (struct.pack(">BBHHBBII", 3, 1, 0x7FFF, 0, 0, 0, 0x16000000, 0xFFFFFFFF), ACK),
        (b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc", ACK),
    ],
    ids=["half open", "SZSE of 4 GB", "TDGW of 4 GB", "PRELOGIN", "RPC of 4 GB", "TLS"],
)
def test_what_a_connection_that_came_to_nothing_costs_bounds_a_flood(
    start: bytes, flags: int
) -> None:
    tap, count = Tap(), 500
    packets = list(scan(count, start.ljust(SEGMENT_SIZE, b"\xff") if start else b"", flags))
    tracemalloc.start()
    try:
        heard_by(tap, packets)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / count * STRANGERS_MAX < FLOOD_BYTES_MAX


def test_one_protocol_connection_too_many_ends_the_oldest_which_is_said() -> None:
    tap = Tap()
    oldest = captured(conversation())
    heard_by(tap, oldest[:5])
    batches = heard_by(tap, scan(CONNECTIONS_MAX, szse_logon(), flags=16))
    assert problems(batches) == [("limit", 0)]
    (told,) = (batch for batch in batches if problems([batch]))
    assert told.conn == f"{CLIENT}:45288>{SERVER}:8016"
    later = heard_by(tap, oldest[5:7])
    assert references(later) == ORDERS
    assert [kind for kind, _ in problems(later)] == ["midstream", "limit"]


def test_connections_that_are_over_make_room() -> None:
    tap = Tap()
    for number in range(1000):
        talk = Conversation(10_000 + number)
        heard_by(tap, captured([*talk.open(), talk.up(szse_logon()), talk.reset()]))
    assert (len(tap._known), len(tap._strangers)) == (0, 1000)


def early(tap: Tap, count: int) -> list[Batch]:
    """As many connections with a hole and as much behind it as one may have."""
    assert EARLY_SEGMENTS * EARLY_SIZE < PENDING_BYTES_MAX
    batches = []
    for number in range(count):
        talk = Conversation(10_000 + number)
        batches += heard_by(tap, captured([*talk.open(), talk.up(szse_logon())]))
        talk.seqs[0] += 1
        pieces = [talk.up(b"\xff" * EARLY_SIZE) for _ in range(EARLY_SEGMENTS)]
        batches += heard_by(tap, captured(pieces))
    return batches


def test_what_waits_out_of_order_has_a_limit_over_all_connections() -> None:
    tap = Tap()
    each = EARLY_SEGMENTS * (EARLY_SIZE + SEGMENT_BYTES)
    fitting = EARLY_BYTES_MAX // each
    assert [kind for kind, _ in problems(early(tap, fitting))] == []
    assert tap._early_bytes == fitting * each
    talk = Conversation(9_999)
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]
    heard_by(tap, captured(frames))
    talk.seqs[0] += 1
    pieces = [talk.up(b"\xff" * EARLY_SIZE) for _ in range(EARLY_SEGMENTS)]
    assert "gap" in [kind for kind, _ in problems(heard_by(tap, captured(pieces)))]
    assert tap._early_bytes <= EARLY_BYTES_MAX
    tap.close()
    assert tap._early_bytes == 0


def held(tap: Tap, talks: Iterable[Conversation], data: bytes) -> list[Batch]:
    """Each logs on to a database and begins a statement that does not end."""
    begun = packet(SQL_BATCH, data, status=0)
    runs = [
        captured([*talk.open(), talk.up(prelogin()), talk.up(login7()), talk.up(begun)])
        for talk in talks
    ]
    return [batch for run in runs for batch in tap.heard([run])]


def test_unfinished_messages_have_a_limit_over_all_connections() -> None:
    """The longest go first, until there is room again; a connection that lost one goes on."""
    data = bytes(30_000)
    tap = Tap(held_bytes_max=10 * len(data))
    talks = [Conversation(10_000 + number) for number in range(16)]
    batches = held(tap, talks, data)
    assert [kind for kind, _ in problems(batches)] == ["limit"] * 11
    sizes = [each.held_bytes(end) for each in tap._known.values() for end in (0, 1)]
    assert sum(sizes) == 5 * len(data)
    statement = packet(SQL_BATCH, HEADERS + wide("SELECT 1"))
    later = [*tap.heard([captured([talk.up(statement) for talk in talks])]), *tap.close()]
    read = [fields.get("sql", "") for _, _, fields in messages(later)]
    assert read.count("SELECT 1") == 11
