"""Bytes into messages, wherever they are cut and whatever stands between them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.wire.fix.codec import Codec
from quoting.wire.fix.framer import MESSAGE_BYTES_MAX, Framer, Garbled
from tests.quoting.wire.fix.words import SENDING, cancel_all, mass_quote, raw

CODEC = Codec()
MESSAGES = [
    CODEC.encode(mass_quote(), SENDING),
    CODEC.encode(cancel_all(), SENDING),
    raw("0"),
    raw("5", "58=bye 8=FIX.4.4 and 10=000|"),
]
PIECES = st.one_of(
    st.sampled_from(MESSAGES),
    st.binary(min_size=1, max_size=30),
    st.sampled_from([b"8=FIX", b"8=FIX.4.4\x019=5\x01", b"8=", b"\x01", MESSAGES[0][:50]]),
)


def outcome(chunks: list[bytes]) -> tuple[list[bytes], int]:
    framer = Framer()
    messages, skipped = [], 0
    for chunk in chunks:
        for item in framer.receive(chunk):
            if isinstance(item, Garbled):
                skipped += item.size
            else:
                messages.append(item)
    return messages, skipped + framer.held_bytes


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.sampled_from(MESSAGES)), st.lists(st.integers(0, 10**6)))
def test_messages_cut_and_glued_anywhere_come_out_whole(
    messages: list[bytes], places: list[int]
) -> None:
    assert outcome(cut(b"".join(messages), places)) == (messages, 0)


@given(st.lists(PIECES, max_size=8), st.lists(st.integers(0, 10**6)))
def test_cuts_change_nothing_and_every_byte_is_accounted_for(
    pieces: list[bytes], places: list[int]
) -> None:
    data = b"".join(pieces)
    messages, rest = outcome(cut(data, places))
    assert (messages, rest) == outcome([data])
    assert sum(map(len, messages)) + rest == len(data)


@given(st.binary(max_size=40).filter(lambda data: b"8" not in data))
def test_the_message_behind_garbage_is_found(garbage: bytes) -> None:
    messages, skipped = outcome([MESSAGES[0] + garbage + MESSAGES[1]])
    assert messages == [MESSAGES[0], MESSAGES[1]]
    assert skipped == len(garbage)


@pytest.mark.parametrize(
    "broken",
    [
        MESSAGES[1][:-4] + b"999\x01"[-4:],
        MESSAGES[1].replace(b"\x019=", b"\x019=1"),
        MESSAGES[1].replace(b"\x019=", b"\x019=0")[:-10],
        MESSAGES[1].replace(b"298=4", b"298=3"),
        MESSAGES[1][:30],
        MESSAGES[1][1:],
        b"8=FIX.4.4\x019=99999\x01",
        b"8=FIX.4.4\x019=-5\x01",
        b"8=FIX.4.4\x01",
    ],
)
def test_a_broken_message_costs_itself_only(broken: bytes) -> None:
    assert outcome([MESSAGES[0] + broken, MESSAGES[2]])[0] == [MESSAGES[0], MESSAGES[2]]


def test_the_next_message_is_not_waited_for_as_part_of_one_that_is_too_long() -> None:
    framer = Framer()
    claims_more = MESSAGES[1].replace(b"\x019=", b"\x019=2")
    items = framer.receive(claims_more + MESSAGES[0])
    assert [item for item in items if isinstance(item, bytes)] == [MESSAGES[0]]
    assert framer.held_bytes == 0


def test_never_more_than_one_message_is_held() -> None:
    framer = Framer()
    head = b"8=FIX.4.4\x019=%d\x01" % (MESSAGE_BYTES_MAX - 40)
    framer.receive(head)
    for _ in range(40):
        framer.receive(b"x" * 4096)
        assert framer.held_bytes <= MESSAGE_BYTES_MAX
    assert framer.held_bytes < 10
