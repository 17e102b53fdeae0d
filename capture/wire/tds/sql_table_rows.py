"""INSERT … SELECT … FROM @table: the rows are those of a table parameter.

The names of a table type's columns are not on the wire (MS-TDS 2.2.5.5.5.1: ColName is empty), so
that `*` stands for them in their order. A list of names is taken to do so where it is all of them
and says the same as the column list of the INSERT: nearly always right, and told.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from capture.wire.tds.sql_steps import item_end
from capture.wire.tds.sql_text import DOTTED_NAME, GAP, NAME, table_name
from capture.wire.tds.sql_values import UNREAD, Parameter, constant

_SELECT = re.compile(rf"\s*+SELECT{GAP}(?:ALL{GAP})?(?!(?:TOP|DISTINCT)\b)", re.IGNORECASE)
ALL_COLUMNS = re.compile(rf"\s*+(?:{NAME}\s*+\.\s*+)?\*\s*+")
ONE_NAME = re.compile(rf"\s*+({DOTTED_NAME})\s*+")
_FROM = re.compile(
    rf"\s*+FROM\s++(@[@#$\w]++)(?:\s++(?:AS\s++)?(?!(?:ORDER|OPTION|WITH)\b){NAME})?\s*+"
    r"(?:ORDER\s++BY\b(?!.*\bOFFSET\b).*|OPTION\s*+\(.*)?+;?\s*+",
    re.IGNORECASE | re.DOTALL,
)


AS_NAMED = "the columns of a table are taken in the order in which the SELECT names them"


class TableColumn(NamedTuple):
    """The next column of the table."""


class TableRows(NamedTuple):
    """In place of the rows of a statement: those of `table`, which has yet to be filled in.

    `items` are what each row is made of, values and columns; None for all columns as they are.
    """

    table: Any
    items: tuple[Any, ...] | None


_NEXT_COLUMN = TableColumn()


def read_table_rows(sql: str, at: int, end: int, columns: tuple[str, ...]) -> TableRows | None:
    """The SELECT at a place, up to its statement's end; None when its rows are not a table's."""
    start = _SELECT.match(sql, at, end)
    if start is None:
        return None
    texts = list(_items(sql, start.end(), end))
    behind = start.end() + sum(map(len, texts)) + len(texts) - 1
    source = _FROM.fullmatch(sql, behind, end)
    if source is None:
        return None
    table = Parameter(source[1].lower())
    if len(texts) == 1 and ALL_COLUMNS.fullmatch(texts[0]):
        return TableRows(table, None)
    if len(texts) != len(columns):
        return None
    items = tuple(map(_item, texts, columns))
    return None if any(item is UNREAD for item in items) else TableRows(table, items)


def _items(sql: str, at: int, end: int) -> Iterator[str]:
    while True:
        stop = min(item_end(sql, at), end)
        yield sql[at:stop]
        if sql[stop : stop + 1] != ",":
            return
        at = stop + 1


def _item(text: str, column: str) -> Any:
    """The column of that name, or a value; UNREAD for anything else."""
    named = ONE_NAME.fullmatch(text)
    if named is not None and table_name(named[1])[-1] == column:
        return _NEXT_COLUMN
    return UNREAD if text.lstrip()[:1] == '"' else constant(text)


def filled(wanted: TableRows, table: Any) -> tuple[tuple[Any, ...], ...] | None:
    """The rows that were sent for the table; None when they are not known."""
    if table is None:
        return ()
    if not isinstance(table, list):
        return None
    if wanted.items is None:
        return tuple(map(tuple, table))
    columns = sum(type(item) is TableColumn for item in wanted.items)
    if any(len(row) != columns for row in table):
        return None
    return tuple(_row(wanted.items, row) for row in table)


def takes_order_for_granted(wanted: TableRows) -> bool:
    """Whether the SELECT names several columns, whose own order nobody here knows."""
    return sum(type(item) is TableColumn for item in wanted.items or ()) > 1


def _row(items: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
    following = iter(values)
    return tuple(next(following) if type(item) is TableColumn else item for item in items)
