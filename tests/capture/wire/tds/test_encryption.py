"""What TLS hides: the log-in alone, or everything, and then nothing is guessed."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.encryption import hides_everything
from tests.capture.wire.sql_client import SqlClient, insert
from tests.capture.wire.tds.dialogue import PRELOGIN, RESULT, batch, counted, packet, prelogin

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
