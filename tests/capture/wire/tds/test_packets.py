"""TDS packets put together into messages: split, interleaved, damaged, between TLS records."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.packets import (
    MESSAGE_BYTES_MAX,
    PACKET_BYTES_MAX,
    PacketFramer,
    TdsPacketMessage,
    header_at,
    may_start,
)
from riskgw.messages.problem import Problem
from tests.capture.wire.tds.dialogue import (
    ATTENTION,
    BULK,
    HEADERS,
    LOGIN,
    PRELOGIN,
    RESULT,
    RPC,
    SQL_BATCH,
    batch,
    done,
    login7,
    message,
    packet,
    prelogin,
    response,
    wide,
)

IGNORE, RESET = 0x02, 0x08
TLS_RECORD = b"\x17\x03\x03\x00\x05hello"


def read(*pieces: bytes, is_in_step: bool = True) -> list[TdsPacketMessage | Problem]:
    framer = PacketFramer(is_in_step=is_in_step)
    return [item for piece in pieces for item in framer.receive(piece)] + framer.close()


def payloads(items: list[TdsPacketMessage | Problem]) -> list[bytes]:
    return [item.payload for item in items if isinstance(item, TdsPacketMessage)]


def troubles(items: list[TdsPacketMessage | Problem]) -> list[tuple[str, int]]:
    return [(item.kind.value, item.size) for item in items if isinstance(item, Problem)]


def test_a_message_may_span_packets() -> None:
    assert read(message(SQL_BATCH, b"0123456789", size=11)) == [
        TdsPacketMessage(SQL_BATCH, b"0123456789")
    ]


def test_the_length_of_a_packet_is_big_endian_and_counts_its_header() -> None:
    assert header_at(b"\x01\x01\x01\x02\x00\x00\x01\x00", 0) == (SQL_BATCH, 1, 258)


def test_a_reset_request_is_no_part_of_the_message() -> None:
    assert payloads(read(packet(SQL_BATCH, b"sql", status=1 | RESET))) == [b"sql"]


def test_a_message_the_client_gave_up_is_dropped() -> None:
    given_up = packet(SQL_BATCH, b"half", status=0) + packet(SQL_BATCH, b"", status=1 | IGNORE)
    assert payloads(read(given_up + packet(SQL_BATCH, b"next"))) == [b"next"]


def test_an_empty_message_is_one() -> None:
    assert read(packet(ATTENTION, b"")) == [TdsPacketMessage(ATTENTION, b"")]


def test_a_message_cut_by_one_of_another_type_is_malformed_and_the_other_is_read() -> None:
    items = read(packet(SQL_BATCH, b"half", status=0) + packet(ATTENTION, b""))
    assert troubles(items) == [("malformed", 4)]
    assert payloads(items) == [b""]


@pytest.mark.parametrize(
    "header",
    [
        "0501000800000100",  # no such type
        "0104000800000100",  # no such status
        "0101000700000100",  # shorter than its header
        "0101800100000100",  # longer than any packet
        "0101000800000101",  # a window
    ],
)
def test_what_is_no_header_is_skipped(header: str) -> None:
    broken = bytes.fromhex(header)
    assert header_at(broken, 0) is None
    items = read(broken + batch("select 1"))
    assert payloads(items) == [HEADERS + wide("select 1")]
    assert troubles(items) == [("malformed", 8)]


def test_the_longest_packet_is_read() -> None:
    longest = packet(RESULT, done() + bytes(PACKET_BYTES_MAX - 8 - 13))
    assert len(payloads(read(longest))[0]) == PACKET_BYTES_MAX - 8


def test_a_message_beyond_the_limit_is_given_up_and_reported() -> None:
    framer = PacketFramer(is_in_step=True)
    part = packet(BULK, bytes(PACKET_BYTES_MAX - 8), status=0)
    items = []
    for _ in range(MESSAGE_BYTES_MAX // (PACKET_BYTES_MAX - 8) + 1):
        items += framer.receive(part)
    items += framer.receive(batch("select 1"))
    assert payloads(items)[-1] == HEADERS + wide("select 1")
    assert [kind for kind, _ in troubles(items)] == ["limit"]


@pytest.mark.parametrize("missing", [1, 8, 12])
def test_a_stream_that_ends_inside_a_message_is_malformed(missing: int) -> None:
    whole = message(SQL_BATCH, b"0123456789", size=13)
    items = read(whole[:-missing])
    assert payloads(items) == []
    assert [kind for kind, _ in troubles(items)] == ["malformed"]


def test_bare_tls_records_are_counted_and_stepped_over() -> None:
    framer = PacketFramer(is_in_step=True)
    items = framer.receive(TLS_RECORD + b"\x16\x03\x01\x00\x01x" + response(done()))
    assert payloads(items) == [done()]
    assert framer.encrypted_bytes == len(TLS_RECORD) + 6


def test_a_tls_record_of_impossible_length_is_skipped() -> None:
    items = read(b"\x17\x03\x03\xff\xff" + b"\xff" * 5 + response(done()))
    assert payloads(items) == [done()]
    assert troubles(items) == [("malformed", 10)]


def test_after_a_gap_the_next_message_is_found() -> None:
    framer = PacketFramer(is_in_step=True)
    framer.receive(message(SQL_BATCH, HEADERS + bytes(100), size=50)[:70])
    framer.gap()
    items = framer.receive(b"rest of a packet" + batch("select 1"))
    assert payloads(items) == [HEADERS + wide("select 1")]
    assert troubles(items) == []


def test_mid_stream_the_second_half_of_a_message_is_skipped() -> None:
    halves = message(SQL_BATCH, HEADERS + wide("A" * 60), size=80)
    items = read(halves[80:] + batch("select 1"), is_in_step=False)
    assert payloads(items)[-1] == HEADERS + wide("select 1")


@pytest.mark.parametrize(
    ("kind", "payload", "may"),
    [
        (RESULT, done(), True),
        (RESULT, b"\x00\x00", True),  # the answer to PRELOGIN
        (RESULT, b"\xd1row", False),
        (RESULT, b"", False),
        (ATTENTION, b"", True),
        (ATTENTION, b"x", False),
        (SQL_BATCH, HEADERS, True),
        (SQL_BATCH, wide("select"), True),
        (SQL_BATCH, b"ascii", False),
        (SQL_BATCH, "选".encode("utf-16-le"), False),
        (RPC, HEADERS, True),
        (RPC, b"\xff\xff\x0a\x00", True),
        (RPC, b"ascii", False),
        (LOGIN, login7()[8:], True),
        (LOGIN, bytes(40), False),
        (PRELOGIN, b"", False),
    ],
)
def test_what_can_be_the_beginning_of_a_message(kind: int, payload: bytes, may: bool) -> None:
    assert may_start(kind, payload) is may


session = b"".join([
    prelogin(),
    login7(),
    batch("insert ashare_ordwth values(1)", size=40),
    packet(ATTENTION, b""),
    TLS_RECORD,
    message(RPC, HEADERS + bytes(60), size=30),
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, len(session)), max_size=20))
def test_where_the_stream_is_cut_does_not_matter(cuts: list[int]) -> None:
    edges = sorted([0, *cuts, len(session)])
    pieces = [session[start:stop] for start, stop in pairwise(edges)]
    assert read(*pieces) == read(session)
    assert read(*pieces, is_in_step=False) == read(session, is_in_step=False)


def test_a_stream_that_comes_byte_by_byte_gives_the_same_messages() -> None:
    assert read(*(bytes([byte]) for byte in session)) == read(session)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.binary(max_size=100) | st.sampled_from([prelogin(), TLS_RECORD, batch("select")])),
    st.booleans(),
)
def test_bytes_of_any_kind_never_raise(pieces: list[bytes], is_in_step: bool) -> None:
    read(*pieces, is_in_step=is_in_step)


def test_ten_megabytes_of_noise_pass_quickly() -> None:
    noise = Random(20251127)
    framer = PacketFramer(is_in_step=False)
    for _ in range(160):
        framer.receive(noise.randbytes(1 << 16))
    framer.close()
