"""Table-valued parameters."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.wire.tds.reader import MalformedMessage
from capture.wire.tds.requests import procedure_calls
from capture.wire.tds.table_values import COLUMNS_MAX
from capture.wire.tds.version import TDS_7_4
from tests.capture.wire.tds.dialogue import HEADERS, INTN, NVARCHAR, b_varchar, call, integer, wide

NO_COLUMNS = b"\xff\xff"
TYPE_NAME = b_varchar("") + b_varchar("dbo") + b_varchar("order_list")
END = b"\0"
COLUMNS = (INTN, NVARCHAR)


def table(
    *rows: bytes, columns: tuple[bytes, ...] = COLUMNS, hints: bytes = b"", flags: int = 1
) -> bytes:
    """A parameter @t; the flags are those of its last column."""
    described = b"".join(
        struct.pack("<IH", 0, flags if place == len(columns) - 1 else 1) + column + b_varchar("")
        for place, column in enumerate(columns)
    )
    head = b_varchar("@t") + b"\0\xf3" + TYPE_NAME + struct.pack("<H", len(columns)) + described
    return head + hints + END + b"".join(b"\x01" + row for row in rows) + END


def number(value: int | None) -> bytes:
    return b"\0" if value is None else b"\x04" + struct.pack("<i", value)


def text(value: str) -> bytes:
    return struct.pack("<H", 2 * len(value)) + wide(value)


def read(parameter: bytes) -> Any:
    """Its value; the parameter behind it must be found too."""
    data = HEADERS + call("p", parameter, integer("@last", 7))
    (found,) = procedure_calls(data, TDS_7_4)
    assert [each.name for each in found.parameters] == ["@t", "@last"]
    assert (found.parameters[0].type, found.parameters[1].value) == ("table", 7)
    return found.parameters[0].value


def test_rows_of_a_table_are_its_value() -> None:
    assert read(table(number(1) + text("a"), number(None) + text(""))) == [[1, "a"], [None, ""]]
    assert read(table()) == []


def test_a_table_without_columns_is_null() -> None:
    assert read(b_varchar("@t") + b"\0\xf3" + TYPE_NAME + NO_COLUMNS + END + END) is None


def test_columns_left_to_their_default_have_no_value_in_the_rows() -> None:
    assert read(table(number(1), number(2), flags=0x200)) == [[1, None], [2, None]]


def test_order_and_uniqueness_say_nothing_of_the_values() -> None:
    hints = b"\x10\x01\x00" + b"\x01\x00\x01"
    assert read(table(number(1) + text("a"), hints=hints)) == [[1, "a"]]


def test_columns_may_be_sent_in_another_order() -> None:
    hints = b"\x11" + struct.pack("<HHH", 2, 2, 1)
    assert read(table(text("a") + number(1), hints=hints)) == [[1, "a"]]


@pytest.mark.parametrize(
    "parameter",
    [
        table(hints=b"\x11" + struct.pack("<HHH", 2, 1, 1)),
        table(hints=b"\x12"),
        table(columns=(INTN,) * (COLUMNS_MAX + 1)),
        table(columns=(b"\xf3",)),
        table(b"")[:-1] + b"\x02",
    ],
)
def test_tables_that_cannot_be_are_malformed(parameter: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read(parameter)


def test_rows_that_cost_no_bytes_are_limited() -> None:
    columns = (INTN,) * COLUMNS_MAX
    described = (struct.pack("<IH", 0, 0x200) + INTN + b"\0") * len(columns)
    head = b_varchar("@t") + b"\0\xf3" + TYPE_NAME + struct.pack("<H", len(columns)) + described
    with pytest.raises(MalformedMessage, match="a table of more than"):
        read(head + END + b"\x01" * 2000 + END)


whole = table(number(1) + text("a"), number(2) + text("b"), hints=b"\x10\x01\x00\x01\x00\x01")


@given(st.integers(0, len(whole) - 1), st.integers(0, 255), st.integers(0, len(whole)))
def test_damaged_tables_are_malformed_and_nothing_else(place: int, byte: int, size: int) -> None:
    data = HEADERS + call("p", (whole[:place] + bytes([byte]) + whole[place + 1 :])[:size])
    try:
        procedure_calls(data, TDS_7_4)
    except MalformedMessage:
        return
