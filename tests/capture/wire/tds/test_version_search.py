"""Connections heard from their middle: the version is what the bytes leave no doubt about."""

import struct
from random import Random
from typing import Any

import pytest

from capture.wire.packet import plain_segment
from capture.wire.session import Item
from capture.wire.tds.reader import MalformedMessage
from capture.wire.tds.session import TdsSession
from capture.wire.tds.version import TDS_7_0, TDS_7_1, TDS_7_4, Version
from capture.wire.tds.version_search import AmbiguousVersion, VersionSearch
from riskgw.messages.problem import Problem
from tests.capture.decoding import Decoded, decoded, packets
from tests.capture.wire.tds.dialogue import (
    CHINESE,
    RPC,
    SQL_BATCH,
    batch,
    call,
    counted,
    done,
    message,
    nvarchar,
    response,
    rpc,
    table,
    wide,
)
from tests.fakes import Packet

NARROW = done(0x10, 1, is_wide=False)
CAPTURES = [
    f"tds/{name}.pcap" for name in
    ("pymssql_batch", "pymssql_batch_tds70", "pymssql_batch_tds71", "freebcp_bulk",
     "pytds_bigbatch")
]  # fmt: skip
INSERT = "INSERT ordwth(reff) VALUES('J1')"


def known(*turns: tuple[int, bytes]) -> tuple[Version | None, list[Item]]:
    """The version that a session heard from its middle has found, and what it heard."""
    session = TdsSession(is_whole=False)
    items = [item for end, data in turns for item in session.receive(end, data, 1)]
    return session._version.known, items


def fields(item: Item) -> dict[str, Any]:
    assert not isinstance(item, Problem)
    return item.fields()


def text_parameter(text: str, *, has_collation: bool) -> bytes:
    """An nvarchar parameter without a name, as 7.1 and 7.0 describe it."""
    kind = b"\xe7\x90\x01" + (CHINESE if has_collation else b"")
    return b"\0\0" + kind + struct.pack("<H", 2 * len(text)) + wide(text)


def procedure(*parameters: bytes) -> bytes:
    return message(RPC, call("p_ins_order", *parameters))


def test_all_headers_are_those_of_7_2_and_later() -> None:
    for question in (batch(INSERT), rpc(call("p", nvarchar("", "x")))):
        assert known((0, question))[0] is TDS_7_4
    assert known((1, response(table(["a"], ["1"]), counted())))[0] is TDS_7_4


def test_before_7_2_a_batch_and_its_count_say_nothing_of_the_version() -> None:
    version, items = known((0, message(SQL_BATCH, wide(INSERT))), (1, response(NARROW)))
    assert version is None
    assert not [item for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize(("has_collation", "expected"), [(True, TDS_7_1), (False, TDS_7_0)])
@pytest.mark.parametrize("size", [1, 10, 4000])
def test_the_first_text_with_or_without_collation_tells(
    has_collation: bool, expected: Version, size: int
) -> None:
    question = procedure(text_parameter("J1" * size, has_collation=has_collation))
    before = (0, message(SQL_BATCH, wide(INSERT))), (1, response(NARROW))
    version, items = known(*before, (0, question))
    assert version is expected
    assert fields(items[-1])["params"][0]["value"] == "J1" * size


def test_an_answer_tells_as_well() -> None:
    kind = b"\xaf\x0a\x00"
    for collation, expected in ((CHINESE, TDS_7_1), (b"", TDS_7_0)):
        described = b"\x81\x01\x00" + bytes(4) + kind + collation + b"\x01a\0"
        row = b"\xd1\x02\x00J1"
        version, items = known((1, response(described, row, NARROW)))
        assert version is expected
        assert fields(items[-1])["results"][0]["rows"] == [["J1"]]


def test_a_message_that_can_be_of_several_versions_and_differs_is_not_guessed() -> None:
    def parse(payload: bytes, version: Version) -> str:
        if version is TDS_7_4:
            raise MalformedMessage("no headers")
        return f"{payload!r} in {version.text if payload == b'text' else '7'}"

    search = VersionSearch()
    assert search.read(b"number", parse) == "b'number' in 7"
    with pytest.raises(AmbiguousVersion):
        search.read(b"text", parse)
    assert search.known is None


def test_what_is_left_open_is_reported_as_heard_from_the_middle() -> None:
    # Without a collation, of seven bytes; with it, empty and something that reads on.
    text = b"\xe7\x90\x01" + b"\x0e\x00" + wide("a") + b"\x01" + b"\x00\x00" + bytes(7)
    found = [known((0, message(RPC, call("p", b"\0\0" + text[:-cut]))))[1] for cut in range(8)]
    for items in found:
        for item in items:
            if isinstance(item, Problem):
                assert item.kind.value in ("malformed", "midstream")


def test_noise_before_does_not_exclude_the_right_version() -> None:
    noise = message(SQL_BATCH, wide("no batch at all"))
    version, items = known((0, noise), (1, response(table(["a"], ["1"]), counted())))
    assert version is TDS_7_4
    assert fields(items[-1])["results"][0]["rows"] == [["1"]]


def test_a_message_that_fits_no_version_is_malformed() -> None:
    (item,) = known((0, message(RPC, b"\x05\0\0\0")))[1]
    assert isinstance(item, Problem)
    assert item.kind.value == "malformed"


def behind_the_log_in(heard: list[Packet]) -> list[Packet]:
    """From the first packet with a request that is no log-in."""
    for place, packet in enumerate(heard):
        segment = plain_segment(packet[1], packet[2])
        if segment is not None and segment[4][:1] in (b"\x01", b"\x03"):
            return heard[place:]
    raise AssertionError


def facts(found: Decoded) -> list[tuple[str, str | None, str | None]]:
    return [(each.event.value, each.order_ref, each.account) for each in found.events]


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_that_begins_behind_the_log_in_holds_the_same_orders(name: str) -> None:
    heard = packets(name)
    late = decoded(behind_the_log_in(heard))
    assert facts(late) == facts(decoded(heard))
    assert facts(late)


def said(found: Decoded) -> set[str]:
    """Messages by their content; which request an answer belongs to is told by its number."""
    each = ((message.type, message.fields()) for _, message in found.messages)
    return {repr((kind, fields | {"request": None})) for kind, fields in each}


@pytest.mark.parametrize("name", CAPTURES[:3])
def test_a_capture_that_begins_anywhere_says_nothing_else(name: str) -> None:
    heard = packets(name)
    whole = said(decoded(heard))
    random = Random(7)
    for _ in range(20):
        begun = decoded(heard[random.randrange(len(heard)) :])
        assert said(begun) <= whole
        assert not {"malformed", "unknown_type"} & set(begun.problem_kinds())
