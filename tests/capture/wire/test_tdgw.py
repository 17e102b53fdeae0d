"""TDGW Binary: layouts as the specification has them, framing, recognition, who is the client."""

import re
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.protocols import PROTOCOLS, detect
from capture.wire.session import Item, Match
from capture.wire.szse.layouts import LAYOUTS as SZSE_LAYOUTS
from capture.wire.tdgw.layouts import LAYOUTS, MESSAGE_BYTES_MAX
from capture.wire.tdgw.session import TdgwSession, begins, recognise
from riskgw.messages.problem import Problem
from tests.capture.wire.tdgw_peers import GROUPS, NAMES, framed, message
from tests.capture.wire.tdgw_peers import LAYOUTS as TOLD
from tests.fakes import AT_NS, szse, szse_frame, szse_order

# Bytes of the fixed part of a body, added up from IS122 0.57, chapter 4.
BODY_BYTES = {
    40: 82, 41: 68, 33: 0, 58: 125, 61: 107, 32: 213, 59: 120, 103: 213, 204: 82, 209: 4, 208: 2,
    206: 2, 207: 2, 210: 20,
}  # fmt: skip
HEADER_BYTES, OVERHEAD_BYTES = 16, 20


def order(number: int, seq: int = 1, **changes: Any) -> bytes:
    values = {"BizPbu": "20001", "ClOrdID": f"J{number:09}", "SecurityID": "600519"}
    return message(58, seq, **(values | changes))


ORDERS = [order(number, number) for number in range(8)]
NAMES_OF_ORDERS = [f"J{number:09}" for number in range(8)]
HEARTBEAT = message(33)


def heard(*pieces: bytes, is_whole: bool = True) -> list[Item]:
    """Everything one direction of a session gives up to its end."""
    session = TdgwSession(is_whole)
    items = [item for piece in pieces for item in session.receive(0, piece, AT_NS)]
    return items + list(session.close(0))


def names(items: list[Item]) -> list[str]:
    found = [item.fields().get("ClOrdID") for item in items if not isinstance(item, Problem)]
    return [name for name in found if name]


def troubles(items: list[Item]) -> list[tuple[str, int]]:
    return [(item.kind.value, item.size) for item in items if isinstance(item, Problem)]


def shown(items: list[Item]) -> list[object]:
    """Messages by what they say, problems by kind and size."""
    return [
        (item.kind.value, item.size)
        if isinstance(item, Problem)
        else (item.type, item.name, item.fields())
        for item in items
    ]


@pytest.mark.parametrize("kind", BODY_BYTES)
def test_bodies_are_as_long_as_the_specification_says(kind: int) -> None:
    assert LAYOUTS[kind].size == BODY_BYTES[kind]
    assert LAYOUTS[kind].name == NAMES[kind]
    assert set(LAYOUTS) == set(BODY_BYTES)


@pytest.mark.shared
def test_every_field_of_the_reference_is_there_in_its_order(shared: Path) -> None:
    text = (shared / "reference/shanghai.md").read_text().split("## TDGW Binary")[1]
    rows = re.findall(r"^\|(\d+)\|(\w+)[^|]*\|(.*)\|$", text, re.MULTILINE)
    assert {int(kind) for kind, _, _ in rows} == set(LAYOUTS)
    for kind, name, body in rows:
        layout = LAYOUTS[int(kind)]
        assert name == layout.name
        fields = [*layout.fields, *(field for group in layout.groups for field in group.fields)]
        # The page shortens some names: State, Begin, End; the counts of groups have none there.
        words = iter(re.findall(r"\b[A-Z]\w{2,}", body))
        for own in (field.name for field in fields if field.name != "NoGroups"):
            assert any(own.startswith(word) or own.endswith(word) for word in words), own


@pytest.mark.parametrize("kind", sorted(BODY_BYTES))
@pytest.mark.parametrize("seq", [0, 1, 2**32 - 1, 2**32, 2**64 - 1])
def test_the_sequence_number_does_not_matter(kind: int, seq: int) -> None:
    groups: list[list[Any]] = [[] for _ in GROUPS.get(kind, ())]
    first, second = heard(message(kind, seq, *groups) + message(kind, 1, *groups))
    assert not isinstance(first, Problem)
    assert not isinstance(second, Problem)
    assert first.fields() == second.fields()
    assert (first.type, first.name) == (kind, NAMES[kind])


def test_two_groups_are_read_each_with_its_count() -> None:
    info = message(208, 1, [{"Pbu": "20001"}], [{"SetID": 1}, {"SetID": 991}], extra=b"\x01")
    assert shown(heard(info)) == [
        (
            208,
            "ExecRptInfo",
            {
                "PlatformID": 0,
                "NoGroups": 1,
                "NoGroups2": 2,
                "groups": [{"Pbu": "20001"}, {"SetID": 1}, {"SetID": 991}],
                "extra": "01",
            },
        )
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0",
        b"\0\0\0\1",
        b"\0\0\xff\xff20001   ",
        b"\0\0\0\0\0",
        b"\0\0\0\0\0\2\0\0\0\1",
        b"\0\0\0\0\xff\xff",
    ],
)
def test_an_info_that_is_shorter_than_its_groups_is_malformed(body: bytes) -> None:
    items = heard(framed(208, 1, body) + ORDERS[0])
    assert troubles(items) == [("malformed", len(body))]
    assert names(items) == NAMES_OF_ORDERS[:1]


@pytest.mark.parametrize("kind", [206, 207])
def test_synchronisation_that_announces_more_than_it_has_is_malformed(kind: int) -> None:
    items = heard(framed(kind, 1, b"\xff\xff" + bytes(200)) + ORDERS[0])
    assert troubles(items) == [("malformed", 202)]
    assert names(items) == NAMES_OF_ORDERS[:1]


def test_appended_bytes_are_extra_also_where_they_look_like_a_checksum() -> None:
    sound = message(209, 7)
    # Four appended bytes that are the checksum the message would have without them.
    longer = message(209, 7, extra=sound[-4:])
    (item,) = heard(longer)
    assert not isinstance(item, Problem)
    assert item.fields()["extra"] == sound[-4:].hex()
    for size in (1, 4, 40):
        (item,) = heard(order(1, extra=bytes(size)))
        assert not isinstance(item, Problem)
        assert item.fields()["extra"] == "00" * size


def test_unknown_types_are_shown_raw_and_named_as_problems() -> None:
    items = heard(ORDERS[0] + framed(299, 5, b"new") + ORDERS[1])
    assert shown(items)[1] == (299, "unknown", {"raw": "6e6577"})
    assert troubles(items) == [("unknown_type", 3)]
    assert names(items) == NAMES_OF_ORDERS[:2]


def test_an_amount_that_overflowed_is_minus_one() -> None:
    (item,) = heard(message(103, 1, GrossTradeAmt=-1, LastPx=-5))
    assert not isinstance(item, Problem)
    assert (item.fields()["GrossTradeAmt"], item.fields()["LastPx"]) == (-1, -5)


def test_a_wrong_checksum_costs_one_message() -> None:
    damaged = bytearray(ORDERS[1])
    damaged[60] ^= 1
    items = heard(ORDERS[0] + bytes(damaged) + ORDERS[2])
    assert names(items) == [NAMES_OF_ORDERS[0], NAMES_OF_ORDERS[2]]
    assert troubles(items) == [("checksum", len(ORDERS[1]))]


def test_a_damaged_length_costs_one_message() -> None:
    for length in (0, 124, 126, MESSAGE_BYTES_MAX, 2**31, 2**32 - 1):
        damaged = bytearray(ORDERS[1])
        damaged[12:16] = length.to_bytes(4, "big")
        items = heard(ORDERS[0] + bytes(damaged) + b"".join(ORDERS[2:]) + bytes(8000) + ORDERS[0])
        assert NAMES_OF_ORDERS[1] not in names(items)
        assert names(items) == [NAMES_OF_ORDERS[0], *NAMES_OF_ORDERS[2:], NAMES_OF_ORDERS[0]]


def test_the_longest_message_is_waited_for_and_a_longer_one_is_not() -> None:
    longest = framed(299, 1, bytes(MESSAGE_BYTES_MAX - OVERHEAD_BYTES))
    assert troubles(heard(longest)) == [("unknown_type", MESSAGE_BYTES_MAX - OVERHEAD_BYTES)]
    longer = framed(299, 1, bytes(MESSAGE_BYTES_MAX - OVERHEAD_BYTES + 1))
    session = TdgwSession(is_whole=True)
    items = session.receive(0, longer[:HEADER_BYTES] + ORDERS[0], AT_NS)
    assert names(list(items)) == NAMES_OF_ORDERS[:1]


@pytest.mark.parametrize("is_stream_start", [False, True])
@pytest.mark.parametrize("kind", sorted(set(BODY_BYTES) - {33}))
def test_every_message_is_recognised_and_never_taken_for_another_protocol(
    kind: int, is_stream_start: bool
) -> None:
    whole = message(kind, 3, *([] for _ in GROUPS.get(kind, ())))
    found = detect(whole, PROTOCOLS, is_stream_start=is_stream_start)
    assert not isinstance(found, Match)
    assert found.name == "tdgw"
    for size in range(4, len(whole)):
        assert detect(whole[:size], PROTOCOLS, is_stream_start=is_stream_start) is Match.MAYBE


@pytest.mark.parametrize("kind", sorted(set(SZSE_LAYOUTS) - {3}))
def test_no_message_of_shenzhen_is_taken_for_one_of_shanghai(kind: int) -> None:
    for start in (szse(kind), szse(kind, extra=b"more")):
        assert recognise(start, is_stream_start=False) is Match.NO
        found = detect(start, PROTOCOLS, is_stream_start=False)
        assert not isinstance(found, Match)
        assert found.name == "szse"
    assert not set(SZSE_LAYOUTS) & set(LAYOUTS)


@pytest.mark.parametrize("set_id", [1, 2, 3, 4, 5, 6, 20, 991, 33])
def test_the_inside_of_a_report_is_no_other_protocol(set_id: int) -> None:
    """A segment may begin anywhere in a message: SetID 3 and index 3 read like a heartbeat."""
    for index in (set_id, 0):
        report = message(103, 9, Pbu="20001", SetID=set_id, ReportIndex=index, BizID=100010)
        stream = report + message(103, 10, Pbu="20001", SetID=set_id, ReportIndex=index + 1)
        for start in range(1, len(report)):
            found = detect(stream[start:], PROTOCOLS, is_stream_start=False)
            assert isinstance(found, Match), (start, found)


def test_mid_stream_a_heartbeat_needs_what_follows_it() -> None:
    assert recognise(HEARTBEAT, is_stream_start=True) is Match.YES
    assert recognise(HEARTBEAT, is_stream_start=False) is Match.MAYBE
    assert recognise(HEARTBEAT + HEARTBEAT, is_stream_start=False) is Match.YES
    assert recognise(HEARTBEAT + b"\xff" * 20, is_stream_start=False) is Match.NO


def test_other_bytes_are_not_recognised() -> None:
    starts = [
        b"GET / HTTP/1.1\r\n",
        b"\x12\x01\x00\x2f\x00\x00\x01\x00",
        szse_order(1),
        framed(299, 1, b""),
        framed(58, 1, b"short"),
        ORDERS[0][:-1] + b"\xff",
    ]
    for start in starts:
        assert recognise(start, is_stream_start=True) is Match.NO


def test_only_a_logon_begins_a_connection() -> None:
    assert begins(message(40))
    assert not begins(ORDERS[0])
    assert not begins(message(41))


@pytest.mark.parametrize(
    ("kind", "is_up"),
    [
        (40, None), (41, None), (33, None), (58, True), (61, True), (206, True), (32, False),
        (59, False), (103, False), (204, False), (207, False), (208, False), (209, False),
        (210, False), (299, None),
    ],
)  # fmt: skip
def test_the_type_tells_who_sends_a_message(kind: int, is_up: bool | None) -> None:
    assert TdgwSession.sent_by_client(kind) is is_up


@pytest.mark.parametrize("end", [0, 1])
def test_the_client_is_who_logged_on_first(end: int) -> None:
    session = TdgwSession(is_whole=True)
    session.receive(end, message(40, SenderCompID="OMS001", TargetCompID="TDGW"), AT_NS)
    assert (session.client, session.logon_by) == (None, end)
    session.receive(1 - end, message(40), AT_NS)
    assert session.client == end


def test_an_unknown_type_does_not_tell_the_client() -> None:
    session = TdgwSession(is_whole=True)
    session.receive(1, framed(299, 1, b""), AT_NS)
    assert session.client is None
    session.receive(1, message(103), AT_NS)
    assert session.client == 0


kinds = st.sampled_from(sorted(TOLD))
sequence_numbers = st.integers(0, 2**64 - 1) | st.integers(1, 100)


@st.composite
def tdgw_messages(draw: st.DrawFn) -> bytes:
    """A message of a known type with any fields, entries and appended bytes."""
    kind = draw(kinds)
    body = draw(st.binary(min_size=BODY_BYTES[kind], max_size=BODY_BYTES[kind]))
    if kind in GROUPS:
        body = b"" if kind != 208 else body
        for layout in GROUPS[kind]:
            size = sum(
                int(word[1:]) if word[0] == "c" else int(word[1:]) // 8
                for word in layout.split()[1::2]
            )
            count = draw(st.integers(0, 4))
            body += count.to_bytes(2, "big")
            body += draw(st.binary(min_size=count * size, max_size=count * size))
    return framed(kind, draw(sequence_numbers), body + draw(st.binary(max_size=8)))


@settings(max_examples=150, deadline=None)
@given(st.lists(tdgw_messages(), max_size=8), st.data())
def test_a_session_cut_anywhere_gives_the_same_messages(
    messages: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(messages)
    edges = sorted([0, *data.draw(st.lists(st.integers(0, len(whole)), max_size=12)), len(whole)])
    items = heard(*(whole[start:stop] for start, stop in pairwise(edges)))
    assert len(items) == len(messages)
    assert troubles(items) == []
    assert shown(items) == shown(heard(whole))


garbage_bytes = st.binary(min_size=1, max_size=64) | st.lists(
    st.sampled_from([b"\0", b"\0\0\0\x21", b"\0\0\0\x3a", b"\0\0\0\x7d", b"\xff"]), min_size=1
).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(garbage_bytes, st.integers(0, 7))
def test_garbage_between_messages_costs_at_most_its_neighbours(garbage: bytes, place: int) -> None:
    items = heard(b"".join([*ORDERS[:place], garbage, *ORDERS[place:]]))
    neighbours = NAMES_OF_ORDERS[max(0, place - 1) : place + 1]
    assert [name for name in names(items) if name not in neighbours] == [
        name for name in NAMES_OF_ORDERS if name not in neighbours
    ]
    assert set(names(items)) <= set(NAMES_OF_ORDERS)
    assert {kind for kind, _ in troubles(items)} & {"malformed", "checksum", "unknown_type"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=200) | st.sampled_from(ORDERS), max_size=12), st.booleans())
def test_bytes_of_any_kind_never_raise_and_invent_nothing(
    pieces: list[bytes], is_whole: bool
) -> None:
    items = heard(*pieces, is_whole=is_whole)
    assert set(names(items)) <= set(NAMES_OF_ORDERS)


@settings(max_examples=100, deadline=None)
@given(kinds, st.integers(0, 2**32 - 1), st.binary(max_size=300))
def test_hostile_lengths_never_raise_nor_swallow_what_follows_for_long(
    kind: int, length: int, body: bytes
) -> None:
    hostile = kind.to_bytes(4, "big") + bytes(8) + length.to_bytes(4, "big") + body
    follow = b"".join(order(number % 8, number) for number in range(100))
    found = names(heard(hostile + follow))
    # At most what one longest message covers is lost.
    assert len(found) >= 100 - MESSAGE_BYTES_MAX // len(ORDERS[0]) - 2


@settings(max_examples=100, deadline=None)
@given(st.integers(1, len(ORDERS[0]) + 40))
def test_mid_stream_the_bytes_before_the_first_whole_message_are_counted(start: int) -> None:
    items = heard((ORDERS[0] + ORDERS[1] + ORDERS[2])[start:], is_whole=False)
    skipped = (len(ORDERS[0]) - start) % len(ORDERS[0])
    assert names(items) == NAMES_OF_ORDERS[1 if start <= len(ORDERS[0]) else 2 : 3]
    assert troubles(items) == ([("midstream", skipped)] if skipped else [])


def test_random_bytes_hold_no_message() -> None:
    noise = Random(20251127)
    for is_whole in (False, True):
        session = TdgwSession(is_whole)
        for _ in range(40):
            items = session.receive(0, noise.randbytes(1 << 16), AT_NS)
            assert all(isinstance(item, Problem) for item in items)
    starts = [noise.randbytes(64) for _ in range(20_000)]
    assert not any(recognise(start, is_stream_start=False) is Match.YES for start in starts)


def test_a_frame_of_shenzhen_inside_is_no_message_of_ours() -> None:
    items = heard(ORDERS[0] + szse_frame(100101, bytes(109)) + ORDERS[1])
    assert names(items) == NAMES_OF_ORDERS[:2]
    assert {kind for kind, _ in troubles(items)} <= {"malformed", "checksum"}
