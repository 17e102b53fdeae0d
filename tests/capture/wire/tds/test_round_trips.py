"""Values of every type, written by an encoder of the tests, as parameters, rows and results."""

import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from capture.wire.tds.reader import MalformedMessage
from capture.wire.tds.requests import procedure_calls
from capture.wire.tds.response import MetadataMemory, Response
from capture.wire.tds.version import TDS_7_4
from riskgw.messages.codec import json_line
from tests.capture.wire.tds import dialogue
from tests.capture.wire.tds.dialogue import HEADERS, b_varchar, call, counted, parameter, us_varchar
from tests.capture.wire.tds.value_encoder import Sample, samples

many = st.lists(samples, min_size=1, max_size=6)


def answer(*tokens: bytes) -> Response:
    found = Response(MetadataMemory())
    found.read(b"".join(tokens), TDS_7_4)
    return found


def described(columns: list[Sample]) -> bytes:
    table = b"\x02" + us_varchar("dbo") + us_varchar("ordwth")
    each = (
        bytes(6)
        + column.type_info
        + (table if column.has_table_name else b"")
        + b_varchar(f"c{place}")
        for place, column in enumerate(columns)
    )
    return b"\x81" + struct.pack("<H", len(columns)) + b"".join(each)


@given(many)
def test_parameters_of_every_type(values: list[Sample]) -> None:
    written = [
        parameter(f"@p{place}", each.type_info, each.as_parameter, is_output=place % 2 > 0)
        for place, each in enumerate(values)
    ]
    for _ in range(2):  # read, then recalled
        (found,) = procedure_calls(HEADERS + call("p", *written), TDS_7_4)
        assert found.parameters == [
            (f"@p{place}", each.name, each.shown, place % 2 > 0)
            for place, each in enumerate(values)
        ]
    json_line(found.parameters)


@given(many, st.integers(0, 3))
def test_rows_of_every_type(values: list[Sample], count: int) -> None:
    rows = [dialogue.row(*(each.in_row for each in values))] * count
    found = answer(described(values), *rows, counted(count))
    (result,) = found.results
    assert [column.kind.name for column in result.columns] == [each.name for each in values]
    assert result.rows == [[each.shown for each in values]] * count
    json_line(found.fields())


@given(many)
def test_compressed_rows_of_every_type(values: list[Sample]) -> None:
    nulls = sum(1 << place for place, each in enumerate(values) if each.is_null)
    present = [each.in_row for each in values if not each.is_null]
    row = dialogue.compressed_row(nulls, len(values), *present)
    (result,) = answer(described(values), row, counted()).results
    assert result.rows == [[each.shown for each in values]]


@given(samples)
def test_returned_values_of_every_type(value: Sample) -> None:
    token = dialogue.return_value("@x", value.type_info, value.as_parameter)
    assert answer(token, counted()).return_values == [("@x", value.shown)]


@given(many)
def test_rows_of_totals_are_stepped_over(values: list[Sample]) -> None:
    table = b"\x01" + us_varchar("t")
    sums = [
        b"\x4d\x01\x00"
        + bytes(6)
        + each.type_info
        + (table if each.has_table_name else b"")
        + b"\0"
        for each in values
    ]
    metadata = b"\x88" + struct.pack("<HHBH", len(sums), 7, 1, 2) + b"".join(sums)
    totals = b"\xd3" + struct.pack("<H", 7) + b"".join(each.in_row for each in values)
    row = dialogue.row(*(each.in_row for each in values))
    (result,) = answer(described(values), metadata, row, totals, row, totals, counted()).results
    assert len(result.rows) == 2


@given(many, st.data())
def test_what_is_cut_or_changed_is_malformed_or_something_else_that_can_be_shown(
    values: list[Sample], data: Any
) -> None:
    written = [parameter("@p", each.type_info, each.as_parameter) for each in values]
    request = bytearray(HEADERS + call("p", *written))
    response = bytearray(described(values) + dialogue.row(*(each.in_row for each in values)))
    for message, read in ((request, lambda raw: procedure_calls(raw, TDS_7_4)),
                          (response, lambda raw: answer(raw).fields())):  # fmt: skip
        place = data.draw(st.integers(0, len(message) - 1))
        message[place] = data.draw(st.integers(0, 255))
        cut = data.draw(st.integers(0, len(message)))
        for damaged in (bytes(message), bytes(message[:cut])):
            try:
                found = read(damaged)
            except MalformedMessage:
                continue
            json_line(found)
