"""Framing of the binary protocols: in step, out of step, damaged, cut anywhere."""

from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from capture.wire.binary_framer import (
    APPENDED_BYTES_MAX,
    BODY_BYTES_MAX,
    BinaryFramer,
    Item,
    checksum,
    with_checksum,
)
from capture.wire.szse.layouts import SZSE_BINARY
from riskgw.messages.problem import Problem
from tests.fakes import szse, szse_frame, szse_logon, szse_order

ORDERS = [szse_order(number) for number in range(8)]
HEARTBEAT = szse(3)
NAMES = [f"A{number:09}" for number in range(8)]


def framer(*, is_in_step: bool = True) -> BinaryFramer:
    return BinaryFramer(SZSE_BINARY, is_in_step=is_in_step)


def read(*pieces: bytes, is_in_step: bool = True) -> list[Item]:
    """Everything a stream of these pieces gives up to its end."""
    target = framer(is_in_step=is_in_step)
    return [item for piece in pieces for item in target.receive(piece)] + target.close()


def names(items: list[Item]) -> list[str]:
    """Client order ids of the messages that have one."""
    found = [item.fields().get("ClOrdID") for item in items if not isinstance(item, Problem)]
    return [name for name in found if name]


def placeless(items: list[Item]) -> list[Item]:
    """Places are told from where the stream stands, and so depend on how it was cut."""
    return [
        msgspec.structs.replace(item, behind=0, data=b"") if isinstance(item, Problem) else item
        for item in items
    ]


def troubles(items: list[Item]) -> list[tuple[str, int]]:
    return [(item.kind.value, item.size) for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 5000])
def test_the_checksum_is_the_sum_of_all_bytes_modulo_256(size: int) -> None:
    data = Random(size).randbytes(size)
    assert checksum(data) == sum(data) % 256
    assert checksum(b"\xff" * size) == 255 * size % 256


def test_messages_in_one_piece_come_out_one_by_one() -> None:
    assert names(read(b"".join(ORDERS))) == NAMES


def test_a_message_comes_out_with_its_last_byte() -> None:
    target = framer()
    assert target.receive(ORDERS[0][:-1]) == []
    assert names(target.receive(ORDERS[0][-1:])) == NAMES[:1]


def test_an_unknown_type_is_shown_raw_with_a_problem() -> None:
    message, problem = read(szse_frame(209_999, b"new"))
    assert not isinstance(message, Problem)
    assert (message.type, message.name, message.fields()) == (
        209_999,
        "unknown",
        {"raw": b"new".hex()},
    )
    assert troubles([problem]) == [("unknown_type", 3)]


def test_appended_bytes_are_shown_as_extra() -> None:
    (message,) = read(szse(6, PlatformID=1, PlatformState=2, extra=b"\x01\x02"))
    assert not isinstance(message, Problem)
    assert message.fields() == {"PlatformID": 1, "PlatformState": 2, "extra": "0102"}


def test_a_body_shorter_than_its_layout_is_malformed_and_reading_goes_on() -> None:
    items = read(szse_frame(100_101, b"short") + ORDERS[1])
    assert troubles(items) == [("malformed", 5)]
    assert names(items) == NAMES[1:2]


def test_groups_are_read_and_what_follows_them_is_extra() -> None:
    (message,) = read(szse(9, PlatformID=1, NoPartitions=2, groups=[[1], [3]], extra=b"\xff"))
    assert not isinstance(message, Problem)
    assert message.fields() == {
        "PlatformID": 1,
        "NoPartitions": 2,
        "groups": [{"PartitionNo": 1}, {"PartitionNo": 3}],
        "extra": "ff",
    }


@pytest.mark.parametrize("announced", [3, 2**32 - 1])
def test_a_message_that_announces_more_groups_than_it_has_is_malformed(announced: int) -> None:
    items = read(szse(9, NoPartitions=announced, groups=[[1], [3]]) + HEARTBEAT)
    assert troubles(items) == [("malformed", 14)]
    assert len(items) == 2


def test_passwords_are_hidden_and_an_empty_one_is_empty() -> None:
    with_password, without = read(szse_logon() + szse(1))
    assert not isinstance(with_password, Problem)
    assert not isinstance(without, Problem)
    assert with_password.fields()["Password"] == "***"
    assert without.fields()["Password"] == ""


def test_a_wrong_checksum_costs_one_message() -> None:
    damaged = bytearray(ORDERS[1])
    damaged[40] ^= 1
    items = read(ORDERS[0] + bytes(damaged) + ORDERS[2])
    assert names(items) == [NAMES[0], NAMES[2]]
    assert troubles(items) == [("checksum", len(ORDERS[1]))]


@pytest.mark.parametrize("checksum_bytes", [b"\x01\x00\x00\x00", b"\x00\x00\x01\x00"])
def test_all_four_bytes_of_the_checksum_count(checksum_bytes: bytes) -> None:
    sound = HEARTBEAT[-4:]
    wrong = bytes(a | b for a, b in zip(sound, checksum_bytes, strict=True))
    assert troubles(read(HEARTBEAT[:-4] + wrong)) == [("checksum", 12)]


def test_what_is_no_header_is_skipped_to_the_next_message() -> None:
    items = read(ORDERS[0] + b"\xff" * 50 + ORDERS[1])
    assert names(items) == NAMES[:2]
    assert troubles(items) == [("malformed", 50)]


def test_the_longest_body_is_waited_for_and_a_longer_one_is_not() -> None:
    assert len(read(szse_frame(209_999, bytes(BODY_BYTES_MAX)))) == 2
    items = read(szse_frame(209_999, bytes(BODY_BYTES_MAX + 1)) + ORDERS[0])
    assert names(items) == NAMES[:1]
    assert troubles(items)[0][0] == "malformed"


def test_a_stream_that_ends_inside_a_message_is_malformed() -> None:
    items = read(ORDERS[0] + ORDERS[1][:50])
    assert names(items) == NAMES[:1]
    assert troubles(items) == [("malformed", 50)]


def test_a_length_that_never_comes_does_not_take_the_messages_behind_it_along() -> None:
    waiting = SZSE_BINARY.header.pack(0x41424344, BODY_BYTES_MAX)
    items = read(ORDERS[0] + waiting + ORDERS[1] + ORDERS[2])
    assert names(items) == NAMES[:3]
    assert troubles(items) == [("malformed", 8)]


def test_after_a_gap_the_next_whole_message_is_found() -> None:
    target = framer()
    target.receive(ORDERS[0][:60])
    target.gap()
    items = target.receive(ORDERS[1][30:] + ORDERS[2] + ORDERS[3])
    assert names(items) == NAMES[2:4]
    assert troubles(items) == []


def test_mid_stream_the_bytes_before_the_first_whole_message_are_counted() -> None:
    items = read(ORDERS[0][70:] + ORDERS[1], is_in_step=False)
    assert troubles(items) == [("midstream", len(ORDERS[0]) - 70)]
    assert names(items) == NAMES[1:2]


def test_mid_stream_at_the_start_of_a_message_nothing_is_lost() -> None:
    assert len(read(ORDERS[0] + HEARTBEAT, is_in_step=False)) == 2


def test_zeros_before_a_message_do_not_hide_it() -> None:
    # 00 00 | 00 01 87 05 begins like a Logon, two bytes too early.
    for zeros in range(1, 5):
        items = read(b"\xff" + bytes(zeros) + ORDERS[0] + ORDERS[1], is_in_step=False)
        assert names(items) == NAMES[:2]


def test_while_searching_a_body_much_longer_than_its_layout_is_no_message() -> None:
    longest = szse(3, extra=bytes(APPENDED_BYTES_MAX))
    longer = szse(3, extra=bytes(APPENDED_BYTES_MAX + 1))
    assert troubles(read(b"\xff" + longest, is_in_step=False)) == [("midstream", 1)]
    assert troubles(read(b"\xff" + longer, is_in_step=False)) == [("midstream", 1 + len(longer))]


def test_while_searching_a_header_that_fits_by_chance_is_no_message() -> None:
    chance = SZSE_BINARY.header.pack(3, 2) + b"ab" + bytes(4)
    assert names(read(chance + ORDERS[0], is_in_step=False)) == NAMES[:1]


session = b"".join([
    szse_logon(),
    szse(9, NoPartitions=2, groups=[[1], [3]]),
    *ORDERS[:3],
    szse_frame(209_999, b"unknown"),
    HEARTBEAT,
    szse(6, extra=b"extra"),
    *ORDERS[3:5],
])  # fmt: skip
cut_places = st.lists(st.integers(0, len(session)), max_size=20)


@settings(max_examples=150, deadline=None)
@given(cut_places, st.booleans())
def test_where_the_stream_is_cut_does_not_matter(cuts: list[int], is_in_step: bool) -> None:
    edges = sorted([0, *cuts, len(session)])
    pieces = [session[start:stop] for start, stop in pairwise(edges)]
    found = read(*pieces, is_in_step=is_in_step)
    assert placeless(found) == placeless(read(session, is_in_step=is_in_step))


def test_a_stream_that_comes_byte_by_byte_gives_the_same_messages() -> None:
    assert placeless(read(*(bytes([byte]) for byte in session))) == placeless(read(session))


zeros_and_headers = st.lists(
    st.sampled_from([b"\0", b"\0\0\0\x03", b"\0\x01\x87\x05", b"\0\0\0\x6d", b"\xff"])
).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=64) | zeros_and_headers.filter(bool), st.integers(0, 7))
def test_garbage_between_messages_costs_at_most_its_neighbours(garbage: bytes, place: int) -> None:
    items = read(b"".join([*ORDERS[:place], garbage, *ORDERS[place:]]))
    # Garbage that begins like a message and happens to have its right checksum is a message.
    assume(set(names(items)) <= set(NAMES))
    neighbours = NAMES[max(0, place - 1) : place + 1]
    assert [name for name in names(items) if name not in neighbours] == [
        name for name in NAMES if name not in neighbours
    ]
    reported = {kind for kind, _ in troubles(items)}
    assert reported & {"malformed", "checksum", "unknown_type"} or len(items) > len(ORDERS)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200) | st.sampled_from(ORDERS), max_size=12), st.booleans())
def test_bytes_of_any_kind_never_raise_and_never_hide_a_trailing_message(
    pieces: list[bytes], is_in_step: bool
) -> None:
    items = read(*pieces, is_in_step=is_in_step)
    invented = set(names(items)) - set(NAMES)
    assert not invented


@pytest.mark.parametrize("is_in_step", [False, True])
def test_random_bytes_hold_no_message(is_in_step: bool) -> None:
    target = framer(is_in_step=is_in_step)
    noise = Random(20251127)
    for _ in range(160):
        assert all(isinstance(item, Problem) for item in target.receive(noise.randbytes(1 << 16)))
    assert all(isinstance(item, Problem) for item in target.close())


def test_a_message_after_ten_megabytes_of_noise_is_found() -> None:
    noise = Random(20251127).randbytes(10 << 20)
    assert names(read(noise, ORDERS[0], ORDERS[1]))[-1] == NAMES[1]


def test_a_framed_body_ends_with_its_checksum() -> None:
    assert with_checksum(b"\x01\x02\xff") == b"\x01\x02\xff\x00\x00\x00\x02"
