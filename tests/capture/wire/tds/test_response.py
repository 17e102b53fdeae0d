"""The server's answer, token by token."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.response import (
    COLUMNS_MAX,
    PLAIN_ANSWERS_MAX,
    REMEMBERED_METADATA_MAX,
    VALUES_MAX,
    MetadataMemory,
    Response,
)
from capture.wire.tds.version import TDS_7_0, TDS_7_1, TDS_7_4, Version
from riskgw.messages.codec import json_line
from tests.capture.wire.tds.dialogue import (
    CHAR10,
    CHINESE,
    DONE_ATTENTION,
    DONE_COUNT,
    DONE_ERROR,
    INTN,
    b_varchar,
    char,
    columns,
    compressed_row,
    counted,
    done,
    environment,
    error,
    login_acknowledged,
    return_value,
    row,
    table,
    us_varchar,
)

NO_METADATA = b"\x81\xff\xff"
POINTER = b"\x10" + bytes(16) + bytes(8)
FOUR = b"\x04" + struct.pack("<i", 4)


def read(
    *tokens: bytes, version: Version = TDS_7_4, memory: MetadataMemory | None = None
) -> Response:
    answer = Response(memory or MetadataMemory())
    answer.read(b"".join(tokens), version)
    return answer


def rows(answer: Response) -> list[list[list[Any]]]:
    return [result.rows for result in answer.results]


def test_rows_belong_to_the_columns_before_them() -> None:
    described = columns(("rec_num", INTN), ("reff", CHAR10))
    answer = read(described, row(FOUR, char("J000000001")), row(b"\0", char("x")), counted(2))
    assert answer.fields() == {
        "results": [
            {
                "columns": [["rec_num", "int"], ["reff", "char"]],
                "rows": [[4, "J000000001"], [None, "x"]],
            }
        ],
        "return_values": [],
        "return_status": None,
        "errors": [],
        "affected": [2],
    }


def test_several_result_sets_in_one_answer() -> None:
    answer = read(table(["a"], ["1"], ["2"]), done(), table(["b"]), table(["c"], ["3"]), done())
    assert rows(answer) == [[["1"], ["2"]], [], [["3"]]]


def test_compressed_rows_leave_their_nulls_out() -> None:
    names = [(f"c{place}", INTN) for place in range(9)]
    nulls = 0b1_0000_0011
    answer = read(columns(*names), compressed_row(nulls, 9, *[FOUR] * 6))
    assert rows(answer) == [[[None, None, 4, 4, 4, 4, 4, 4, None]]]


def test_no_metadata_means_no_columns() -> None:
    assert read(NO_METADATA, done()).results == []
    with pytest.raises(MalformedMessage, match="a row without columns"):
        read(NO_METADATA, row(FOUR))


def test_a_row_without_columns_is_malformed() -> None:
    for token in (row(FOUR), compressed_row(0, 1, FOUR)):
        with pytest.raises(MalformedMessage, match="a row without columns"):
            read(token)


@pytest.mark.parametrize(
    ("version", "description"),
    [
        (TDS_7_4, bytes(6) + b"\x63" + bytes(4) + CHINESE + b"\x02" + us_varchar("dbo") * 2),
        (TDS_7_1, bytes(4) + b"\x63" + bytes(4) + CHINESE + us_varchar("t")),
        (TDS_7_0, bytes(4) + b"\x63" + bytes(4) + us_varchar("t")),
    ],
)
def test_columns_of_large_text_name_their_table(version: Version, description: bytes) -> None:
    metadata = b"\x81\x01\x00" + description + b_varchar("remark")
    value = POINTER + struct.pack("<I", 2) + b"a\0"
    answer = read(metadata, row(value), version=version)
    assert rows(answer) == [[["a"]]]


def test_before_7_2_types_and_counts_are_narrower() -> None:
    described = columns(("a", INTN), is_wide=False)
    answer = read(described, row(FOUR), done(DONE_COUNT, 1, is_wide=False), version=TDS_7_1)
    assert (rows(answer), answer.done[0].affected) == ([[[4]]], 1)
    failed = read(error(2627, "duplicate", is_wide=False), version=TDS_7_0)
    assert failed.errors[0].number == 2627


def test_the_version_of_the_acknowledgement_counts_at_once() -> None:
    answer = read(login_acknowledged("7.1"), done(is_wide=False), version=TDS_7_4)
    assert answer.login_version == TDS_7_1
    assert len(answer.done) == 1


def test_errors_have_number_severity_and_message() -> None:
    answer = read(error(2627, "主键冲突", 14), done(DONE_ERROR))
    assert answer.fields()["errors"] == [{"number": 2627, "severity": 14, "message": "主键冲突"}]
    assert answer.done[0].is_error


def test_return_values_and_status() -> None:
    value = return_value("@rec_num", INTN, FOUR)
    answer = read(b"\x79" + struct.pack("<i", -6), value, done(token=0xFE))
    assert answer.fields()["return_values"] == [{"name": "@rec_num", "value": 4}]
    assert answer.return_status == -6


def test_done_tokens_tell_count_error_and_attention() -> None:
    answer = read(counted(3), done(DONE_ERROR, 9, token=0xFF), done(DONE_ATTENTION))
    assert [(each.affected, each.is_error, each.is_attention) for each in answer.done] == [
        (3, False, False),
        (None, True, False),
        (None, False, True),
    ]
    assert [each.in_procedure for each in answer.done] == [False, True, False]
    assert answer.is_attention_answer


def test_environment_changes_are_kept() -> None:
    assert read(environment(1, "oiw")).environment == [(1, b_varchar("oiw") + b_varchar(""))]


@pytest.mark.parametrize(
    "token",
    [
        b"\xa4\x02\x00ab",
        b"\xa5\x02\x00ab",
        b"\xa9\x02\x00ab",
        b"\xab\x02\x00ab",
        b"\xed\x02\x00ab",
        b"\xe4\x02\x00\x00\x00ab",
        b"\xee\x02\x00\x00\x00ab",
        b"\xae\x01\x02\x00\x00\x00ab\xff",
        b"\x78\x01\x02\x03\x04",
    ],
)
def test_tokens_that_say_nothing_about_orders_are_skipped(token: bytes) -> None:
    assert len(read(token, counted(1)).done) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\x42",
        b"\xfd\x00",
        b"\xaa\xff\xffab",
        b"\xe3\x00\x00",
        b"\x81" + struct.pack("<H", COLUMNS_MAX + 1),
        b"\x81\x01\x00" + bytes(6) + b"\x42",
        b"\xae\x01",
        b"\xab\xff\xff",
        b"\xe4\xff\xff\xff\xff",
        b"\xee\xfe\xff\xff\xffab",
        b"\xae\x01\xff\xff\xff\xff",
        b"\xac\x00\x00\x00\x01" + bytes(6) + b"\x63" + bytes(9) + b"\xfe\xff\xff\xff",
        b"\x88\xff\xff\x00\x00\x00",
        b"\xd3\x07\x00",
    ],
)
def test_what_cannot_be_followed_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read(data)


def test_rows_of_totals_say_nothing_of_the_table() -> None:
    sums = b"\x88" + struct.pack("<HHB", 1, 3, 0) + b"\x4d\x01\x00" + bytes(6) + INTN + b"\0"
    totals = b"\xd3" + struct.pack("<H", 3) + FOUR
    answer = read(columns(("a", INTN)), sums, row(FOUR), totals, row(b"\0"), done())
    assert rows(answer) == [[[4], [None]]]
    with pytest.raises(MalformedMessage, match="a row of totals without columns"):
        read(columns(("a", INTN)), sums, columns(("a", INTN)), totals)


def test_rows_that_cost_no_bytes_are_limited() -> None:
    nothing = columns(*[("", b"\x1f")] * COLUMNS_MAX)
    with pytest.raises(MalformedMessage, match="values in rows"):
        read(nothing, row() * (VALUES_MAX // COLUMNS_MAX + 1))


def test_done_tokens_tell_what_was_done() -> None:
    answer = read(b"\xff" + struct.pack("<HHQ", DONE_COUNT, 0xC3, 1))
    assert answer.done[0].command == 0xC3


def test_an_answer_seen_before_says_the_same_again() -> None:
    status = b"\x79" + struct.pack("<i", 7)
    for tokens in (
        (done(DONE_COUNT, 5, token=0xFF), status, done(token=0xFE)),
        (login_acknowledged("7.1"), done(is_wide=False)),
        (environment(1, "db"), done()),
        (error(1, "x"), done(DONE_ERROR)),
        (return_value("@x", INTN, FOUR), done()),
        (columns(("a", INTN)), row(FOUR), done()),
    ):
        first, again = read(*tokens), read(*tokens)
        assert again.fields() == first.fields()
        assert (again.done, again.ends) == (first.done, first.ends)
        assert (again.login_version, again.environment) == (
            first.login_version,
            first.environment,
        )
        again.done.clear()
        assert read(*tokens).done == first.done


def test_the_same_answer_is_another_one_in_another_version() -> None:
    token = done(DONE_COUNT, 0xFD << 32, is_wide=True)
    assert len(read(token).done) == 1
    with pytest.raises(MalformedMessage):
        read(token, version=TDS_7_1)


def test_plain_answers_forgotten_are_read_again() -> None:
    for _ in range(2):
        for count in range(PLAIN_ANSWERS_MAX + 2):
            assert read(counted(count)).done[0].affected == count


def test_columns_seen_before_are_recalled() -> None:
    memory = MetadataMemory()
    for count in range(REMEMBERED_METADATA_MAX + 2):
        names = [f"c{place}" for place in range(count + 1)]
        read(table(names, names), memory=memory)
    for count in (1, REMEMBERED_METADATA_MAX + 2):
        names = [f"c{place}" for place in range(count)]
        assert rows(read(table(names, names), done(), memory=memory)) == [[names]]


def test_columns_of_another_version_are_not_recalled() -> None:
    memory, description = MetadataMemory(), b"\x01\x00"
    memory.keep(TDS_7_4, description, [])
    assert memory.recall(Reader(description), TDS_7_1) is None
    assert memory.recall(Reader(description), TDS_7_4) == []


answer_bytes = b"".join([
    table(["reff", "acc"], ["1", "2"], ["3", "4"]),
    error(50000, "text"),
    return_value("@x", INTN, FOUR),
    environment(1, "db"),
    counted(2),
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(answer_bytes) - 1),
    st.integers(0, 255),
    st.integers(0, len(answer_bytes)),
    st.sampled_from([TDS_7_0, TDS_7_1, TDS_7_4]),
)
def test_damaged_answers_are_malformed_and_nothing_else(
    place: int, byte: int, size: int, version: Version
) -> None:
    data = answer_bytes[:place] + bytes([byte]) + answer_bytes[place + 1 :]
    try:
        answer = read(data[:size], version=version)
    except MalformedMessage:
        return
    json_line(answer.fields())
