"""SZSE Binary: layouts as the specification has them, recognition, and who is the client."""

import re
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.binary_layout import Layout
from capture.wire.session import Item, Match
from capture.wire.szse.layouts import (
    CONFIRM_TYPES,
    LAYOUTS,
    NEW_ORDER_TYPES,
    SZSE_BINARY,
    TRADE_TYPES,
)
from capture.wire.szse.session import SzseSession, begins, recognise
from riskgw.messages.problem import Problem
from tests.fakes import AT_NS, szse, szse_frame, szse_logon, szse_order

# Fixed body bytes, section by section of specification 1.32.
BODY_BYTES = {
    1: 92, 2: 204, 3: 0, 4: 103, 5: 4, 6: 4, 7: 14, 9: 6, 10: 42,
    100101: 109, 190007: 86, 200102: 189, 200115: 153, 290008: 115,
}  # fmt: skip
# Six digits of the worked example: 17.1000 and an account.
EXAMPLES = {171000, 100004}
SIZES = {"Price": 8, "Qty": 8, "Amt": 8, "LocalTimeStamp": 8, "LocalMktDate": 4}


@pytest.mark.parametrize("kind", BODY_BYTES)
def test_bodies_are_as_long_as_the_specification_says(kind: int) -> None:
    assert LAYOUTS[kind].size == BODY_BYTES[kind]


def rows(layout: Layout) -> list[tuple[int, str]]:
    return [(field.offset, field.name) for field in layout.fields]


@pytest.mark.shared
def test_every_table_of_the_reference_is_laid_out_so(shared: Path) -> None:
    text = (shared / "reference/szse-binary.md").read_text()
    sections = re.split(r"^### (\d+) ", text, flags=re.MULTILINE)[1:]
    for kind, section in zip(sections[::2], sections[1::2], strict=True):
        stated = re.findall(r"^\| (\d+) \| (\w+) \|", section, re.MULTILINE)
        assert rows(LAYOUTS[int(kind)]) == [(int(offset), name) for offset, name in stated]
        groups = LAYOUTS[int(kind)].groups
        repeated = [field.name for group in groups for field in group.fields]
        assert re.findall(r"^\| rep \| \*(\w+) \|", section, re.MULTILINE) == repeated


@pytest.mark.shared
def test_every_extension_of_the_reference_is_laid_out_so(shared: Path) -> None:
    text = (shared / "reference/szse-binary.md").read_text().split("### Extension fields")[1]
    stated = dict(re.findall(r"^\| (\d{6}) \| (.*) \|$", text, re.MULTILINE))
    assert {int(kind) for kind in stated} == NEW_ORDER_TYPES | CONFIRM_TYPES | TRADE_TYPES
    for kind, extension in stated.items():
        fields = extension.replace("(none)", "").split(", ") if extension != "(none)" else []
        names = [field.split()[0] for field in fields]
        found = [field.name for field in LAYOUTS[int(kind)].fields]
        assert found[len(found) - len(names) :] == names


# What the reference names without a layout, as the kind of message that it is.
NAMED_ONLY = {101201: "NewOrder", 206302: "ExecutionReport(confirm)"}


@pytest.mark.shared
def test_every_type_that_the_reference_names_is_decoded_or_known_and_counted(shared: Path) -> None:
    text = (shared / "reference/szse-binary.md").read_text()
    named = {int(kind) for kind in re.findall(r"^### (\d+) ", text, re.MULTILINE)}
    named |= {int(kind) for kind in re.findall(r"(?<!\d)[12]\d{5}(?!\d)", text)} - EXAMPLES
    known = SZSE_BINARY.undecoded
    status = {
        kind: "decoded" if kind in LAYOUTS else "undecoded" if kind in known else "unknown"
        for kind in named
    }
    assert {kind for kind in status if status[kind] == "unknown"} == set()
    assert {kind for kind in status if status[kind] == "undecoded"} == set(NAMED_ONLY)
    assert all(known[kind].startswith(name) for kind, name in NAMED_ONLY.items())
    assert not set(LAYOUTS) & set(known)
    assert set(LAYOUTS) <= named


REPORT_TYPES = sorted(CONFIRM_TYPES | TRADE_TYPES | {7, 290008})


@pytest.mark.parametrize("kind", REPORT_TYPES)
def test_reports_of_before_1_10_have_no_partition(kind: int) -> None:
    now = szse(kind, ReportIndex=7)[8:-4]
    (message,) = SzseSession(is_whole=True).receive(0, szse_frame(kind, now[4:]), AT_NS)
    assert not isinstance(message, Problem)
    fields = message.fields()
    assert (fields["ReportIndex"], "PartitionNo" in fields, "extra" in fields) == (7, False, False)
    (message,) = SzseSession(is_whole=True).receive(0, szse_frame(kind, now), AT_NS)
    assert not isinstance(message, Problem)
    assert message.fields() == {"PartitionNo": 0} | fields


def test_synchronisation_of_before_1_10_is_one_index() -> None:
    (message,) = SzseSession(is_whole=True).receive(
        0, szse_frame(5, (11).to_bytes(8, "big")), AT_NS
    )
    assert not isinstance(message, Problem)
    assert message.fields() == {"ReportIndex": 11}


def test_a_connection_of_before_1_10_is_recognised_mid_stream() -> None:
    trade = szse_frame(200115, szse(200115, ReportIndex=7)[12:-4])
    assert recognise(trade, is_stream_start=False) is Match.YES


@pytest.mark.parametrize("kind", [101201, 200702, 206302, 104105, 203204])
def test_a_family_that_is_known_but_not_decoded_is_named(kind: int) -> None:
    message, problem = SzseSession(is_whole=True).receive(0, szse_frame(kind, b"body"), AT_NS)
    assert not isinstance(message, Problem)
    assert (message.type, message.name, message.fields()) == (kind, "unknown", {"raw": "626f6479"})
    assert isinstance(problem, Problem)
    assert problem.kind == "unknown_type"
    assert problem.detail.endswith("its layout is not decoded")
    assert problem.detail.startswith(f"message type {kind}: ")


def test_the_official_example_of_a_trade_is_read() -> None:
    values: dict[str, Any] = {
        "LastPx": 171000,
        "LastQty": 30000,
        "OrderID": "6B4569CDNB009C03",
        "AccountID": "0100004698",
        "BranchID": "AA",
        "CashMargin": "1",
    }
    session = SzseSession(is_whole=True)
    (message,) = session.receive(0, szse(200115, **values), AT_NS)
    assert not isinstance(message, Problem)
    assert message.name == "ExecutionReport(trade)"
    assert {name: message.fields()[name] for name in values} == values


def test_chinese_text_is_utf8() -> None:
    (message,) = SzseSession(is_whole=True).receive(0, szse(290008, RejectText="订单不存在"), AT_NS)
    assert not isinstance(message, Problem)
    assert message.fields()["RejectText"] == "订单不存在"


def test_a_whole_message_is_recognised() -> None:
    for message in (szse_logon(), szse_order(1), szse(6, extra=b"more")):
        assert recognise(message, is_stream_start=True) is Match.YES
        assert recognise(message + b"and more", is_stream_start=False) is Match.YES


def test_mid_stream_a_heartbeat_proves_nothing_without_what_follows() -> None:
    # Partition 3 and report index 3, inside a report, read like a heartbeat.
    heartbeat = szse(3)
    assert recognise(heartbeat, is_stream_start=True) is Match.YES
    assert recognise(heartbeat, is_stream_start=False) is Match.MAYBE
    assert recognise(heartbeat + b"010", is_stream_start=False) is Match.NO
    assert recognise(heartbeat + heartbeat, is_stream_start=False) is Match.YES
    assert recognise(heartbeat + szse_order(1), is_stream_start=False) is Match.YES


@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 103])
def test_the_beginning_of_a_message_may_become_one(size: int) -> None:
    assert recognise(szse_logon()[:size], is_stream_start=True) is Match.MAYBE


def test_other_bytes_are_not_recognised() -> None:
    wrong_sum = szse_logon()[:-1] + b"\xff"
    for start in (b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", wrong_sum):
        assert recognise(start, is_stream_start=True) is Match.NO
    assert recognise(szse_frame(209_999, b""), is_stream_start=False) is Match.NO
    assert recognise(b"\0\0\0\xff", is_stream_start=False) is Match.NO
    assert recognise(szse_frame(100_101, b"short"), is_stream_start=False) is Match.NO


def test_only_a_logon_begins_a_connection() -> None:
    assert begins(szse_logon())
    assert not begins(szse_order(1))
    assert not begins(szse(2))


@pytest.mark.parametrize(
    ("kind", "is_up"),
    [
        (1, None), (2, None), (3, None),
        (5, True), (100101, True), (106301, True), (190007, True),
        (4, False), (6, False), (7, False), (9, False), (10, False),
        (200102, False), (200115, False), (209999, False), (290008, False),
    ],
)  # fmt: skip
def test_the_type_tells_who_sends_a_message(kind: int, is_up: bool | None) -> None:
    assert SzseSession.sent_by_client(kind) is is_up


@pytest.mark.parametrize("end", [0, 1])
def test_the_client_is_known_by_a_message_that_only_one_side_sends(end: int) -> None:
    session = SzseSession(is_whole=False)
    session.receive(end, szse(3), AT_NS)
    assert (session.client, session.logon_by) == (None, None)
    session.receive(end, szse_order(1), AT_NS)
    assert session.client == end
    session = SzseSession(is_whole=False)
    session.receive(end, szse(6), AT_NS)
    assert session.client == 1 - end


def test_the_client_logs_on_first() -> None:
    session = SzseSession(is_whole=True)
    session.receive(1, szse_logon(), AT_NS)
    assert (session.client, session.logon_by) == (None, 1)
    session.receive(0, szse(1), AT_NS)
    assert session.client == 1


def test_a_gap_in_one_direction_leaves_the_other_in_step() -> None:
    session = SzseSession(is_whole=True)
    session.receive(1, szse(6)[:7], AT_NS)
    session.gap(0, 100, AT_NS)
    assert len(session.receive(1, szse(6)[7:], AT_NS)) == 1


def test_closing_reports_an_unfinished_message() -> None:
    session = SzseSession(is_whole=True)
    session.receive(0, szse_order(1)[:50], AT_NS)
    assert [item.size for item in session.close(0) if isinstance(item, Problem)] == [50]
    assert session.close(1) == []


kinds = st.sampled_from(sorted(LAYOUTS))


@st.composite
def szse_messages(draw: st.DrawFn) -> bytes:
    """A message of a known type with any fields, entries and appended bytes."""
    kind = draw(kinds)
    layout = LAYOUTS[kind]
    body = draw(st.binary(min_size=layout.size, max_size=layout.size))
    for group in layout.groups:
        place = layout.fields[layout.position(group.count)].offset
        count = draw(st.integers(0, 5))
        entries = draw(st.binary(min_size=count * group.struct.size, max_size=80))
        body = body[:place] + count.to_bytes(4, "big") + body[place + 4 :] + entries
    return szse_frame(kind, body + draw(st.binary(max_size=8)))


def shown(items: list[Item]) -> list[object]:
    return [item if isinstance(item, Problem) else (item.type, item.fields()) for item in items]


@settings(max_examples=150, deadline=None)
@given(st.lists(szse_messages(), max_size=8), st.data())
def test_a_session_cut_anywhere_gives_the_same_messages(
    messages: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(messages)
    edges = sorted([0, *data.draw(st.lists(st.integers(0, len(whole)), max_size=12)), len(whole)])
    session = SzseSession(is_whole=True)
    items: list[Item] = []
    for start, stop in pairwise(edges):
        items += session.receive(0, whole[start:stop], AT_NS)
    assert len(items) == len(messages)
    assert shown(items) == shown(list(SzseSession(is_whole=True).receive(0, whole, AT_NS)))
    assert session.close(0) == []


def test_random_bytes_are_not_recognised() -> None:
    noise = Random(20251127)
    starts = [noise.randbytes(64) for _ in range(20_000)]
    assert not any(recognise(start, is_stream_start=False) is Match.YES for start in starts)
