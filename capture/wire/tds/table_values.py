"""Table-valued parameters: columns and rows that a client sends as one value (MS-TDS 2.2.5.5.5)."""

from typing import Any, NamedTuple

from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.types import read_type
from capture.wire.tds.value_frames import Read

COLUMNS_MAX = 1024
VALUES_MAX = 1 << 20
_NO_COLUMNS = 0xFFFF
_END, _ROW, _ORDER_UNIQUE, _COLUMN_ORDER = 0x00, 0x01, 0x10, 0x11
_IS_DEFAULT = 0x0200  # the server's default: rows have no value for the column


class _Hints(NamedTuple):
    """An optional token before the rows: its name and the bytes for each column in it."""

    name: str
    size: int


_HINTS = {
    _ORDER_UNIQUE: _Hints("order and uniqueness", 3),
    _COLUMN_ORDER: _Hints("column order", 2),
}


def read_table(reader: Reader, *, has_collation: bool) -> list[list[Any]] | None:
    """The rows of a table behind its type token, None for NULL."""
    reader.b_varchar(), reader.b_varchar(), reader.b_varchar()  # names of its type
    count = reader.u16()
    if count == _NO_COLUMNS:
        reads: list[Read | None] | None = None
    elif count > COLUMNS_MAX:
        raise MalformedMessage(f"a table of {count} columns")
    else:
        reads = [_column(reader, has_collation=has_collation) for _ in range(count)]
    order = _hints(reader, count)
    rows = _rows(reader, [reads[place] for place in order] if order and reads else reads or [])
    if reads is None:
        return None
    return [_in_place(row, order) for row in rows] if order else rows


def _column(reader: Reader, *, has_collation: bool) -> Read | None:
    reader.skip(4)  # user type
    flags = reader.u16()
    kind = read_type(reader, has_collation=has_collation, is_parameter=True)
    reader.b_varchar()  # always empty
    return None if flags & _IS_DEFAULT else kind.read_parameter


def _hints(reader: Reader, columns: int) -> list[int]:
    """Up to the rows; the places of the columns in the order in which rows have them, if told."""
    order: list[int] = []
    while (token := reader.u8()) != _END:
        hints = _HINTS.get(token)
        if hints is None:
            raise MalformedMessage(f"unknown token 0x{token:02x} in a table")
        numbers = Reader(reader.take(reader.u16() * hints.size))
        if token == _COLUMN_ORDER:
            order = [numbers.u16() - 1 for _ in range(numbers.left // hints.size)]
            if sorted(order) != list(range(columns)):
                raise MalformedMessage("an order of columns that is none")
    return order


def _rows(reader: Reader, reads: list[Read | None]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    data = reader.data
    while (token := reader.u8()) != _END:
        if token != _ROW:
            raise MalformedMessage(f"unknown token 0x{token:02x} among the rows of a table")
        if (len(rows) + 1) * (len(reads) + 1) > VALUES_MAX:
            raise MalformedMessage(f"a table of more than {VALUES_MAX} values")
        row: list[Any] = []
        at = reader.at
        for read in reads:
            value = None
            if read is not None:
                value, at = read(data, at)
            row.append(value)
        reader.at = at
        rows.append(row)
    return rows


def _in_place(row: list[Any], order: list[int]) -> list[Any]:
    placed = [None] * len(row)
    for value, place in zip(row, order, strict=True):
        placed[place] = value
    return placed
