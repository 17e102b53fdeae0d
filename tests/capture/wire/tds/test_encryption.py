"""What TLS hides: the log-in alone, or everything, and then nothing is guessed."""

import ssl
import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.session import Match
from capture.wire.tds.encryption import hides_everything
from capture.wire.tds.session import begins, recognise
from riskgw.messages.problem import Problem
from tests.capture.wire.sql_client import SqlClient, insert
from tests.capture.wire.tds.dialogue import PRELOGIN, RESULT, batch, counted, packet, prelogin
from tests.fakes import Conversation, captured, overheard

OFF, ON, NOT_SUPPORTED, REQUIRED, CERTIFICATE = 0, 1, 2, 3, 0x80
HANDSHAKE = b"\x16\x03\x01\x00\x05hello"
RECORD = b"\x17\x03\x03\x00\x04abcd"


@pytest.mark.parametrize(
    ("client", "server", "is_hidden"),
    [
        (OFF, OFF, False),
        (OFF, ON, True),
        (OFF, REQUIRED, True),
        (ON, ON, True),
        (ON | CERTIFICATE, ON, True),
        (REQUIRED, REQUIRED | CERTIFICATE, True),
        (ON, NOT_SUPPORTED, False),
        (NOT_SUPPORTED, OFF, False),
        (NOT_SUPPORTED, REQUIRED, False),
        (None, ON, True),
        (None, OFF, False),
    ],
)
def test_the_servers_answer_says_how_much_is_hidden(
    client: int | None, server: int, is_hidden: bool
) -> None:
    assert hides_everything(client, server) == is_hidden


def started(option: int) -> SqlClient:
    """A connection up to its PRELOGINs and the handshake inside packets."""
    client = SqlClient(is_whole=False)
    client.turn(0, prelogin(option))
    client.turn(1, prelogin(option, kind=RESULT))
    for end in (0, 1):
        client.turn(end, packet(PRELOGIN, HANDSHAKE))
    return client


def hidden_bytes(client: SqlClient) -> int:
    return sum(getattr(item, "size", 0) for item in client.leave().outcome)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=4))
def test_of_a_hidden_connection_every_byte_is_counted_and_none_read(cuts: list[int]) -> None:
    plain = batch(insert(1))[:60]  # as ciphertext may look, by chance
    edges = [0, *sorted(cuts), len(plain)]
    client = started(ON)
    for start, stop in pairwise(edges):
        client.turn(0, plain[start:stop])
    client.turn(1, RECORD)
    client.lose(0).turn(0, batch(insert(1)))
    assert client.orders() == []
    size = 2 * (8 + len(HANDSHAKE)) + len(plain) + len(RECORD) + len(batch(insert(1)))
    assert hidden_bytes(client) == size
    assert set(client.troubles()) == {"encrypted"}


def test_behind_a_hidden_log_in_everything_is_read() -> None:
    client = started(OFF)
    client.turn(0, RECORD[:6])
    client.turn(0, RECORD[6:] + batch(insert(1)))
    client.turn(1, packet(RESULT, counted()))
    assert client.orders() == ["J1"]
    assert hidden_bytes(client) == 2 * len(HANDSHAKE) + len(RECORD)


def test_a_clients_option_that_is_no_byte_counts_as_none() -> None:
    two_bytes = bytes([1]) + struct.pack(">HH", 6, 2) + b"\xff" + bytes([2, 0])
    client = SqlClient(is_whole=False)
    client.turn(0, packet(PRELOGIN, two_bytes))
    client.turn(1, prelogin(ON, kind=RESULT))
    client.turn(0, RECORD)
    assert client.troubles() == []
    assert hidden_bytes(client) == len(RECORD)


def client_hello(*protocols: str) -> bytes:
    """What a TLS client says first; TDS 8.0 begins so, without PRELOGIN before it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(heard, said).do_handshake()
    return said.read()


def test_a_strict_connection_is_known_by_the_protocol_it_asks_tls_for() -> None:
    hello = client_hello("tds/8.0")
    for is_stream_start in (True, False):
        assert recognise(hello, is_stream_start) is Match.YES
        assert recognise(hello[:100], is_stream_start) is Match.MAYBE
        assert recognise(client_hello(), is_stream_start) is Match.NO
        assert recognise(client_hello("h2", "http/1.1"), is_stream_start) is Match.NO
    assert begins(hello)


@pytest.mark.parametrize("is_seen_from_its_start", [True, False])
def test_of_a_strict_connection_every_byte_is_counted_and_none_read(
    is_seen_from_its_start: bool,
) -> None:
    talk, hello = Conversation(), client_hello("tds/8.0")
    frames = talk.open() if is_seen_from_its_start else []
    frames += [talk.up(hello[:200]), talk.up(hello[200:]), talk.down(HANDSHAKE + RECORD)]
    frames += [talk.up(RECORD + batch(insert(1))), talk.down(RECORD[:3]), *talk.close()]
    batches = overheard(captured(frames))
    told = {
        (batch.direction, item.kind.value, item.size)
        for batch in batches
        for item in batch.items
        if isinstance(item, Problem)
    }
    assert len(told) == sum(len(batch.items) for batch in batches)
    up, down = len(hello) + len(RECORD + batch(insert(1))), len(HANDSHAKE + RECORD) + 3
    assert told == {("up", "encrypted", up), ("down", "encrypted", down)}
    assert {batch.protocol for batch in batches} == {"tds"}
