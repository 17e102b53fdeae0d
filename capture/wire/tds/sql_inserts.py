"""INSERT: its table, its columns, and its rows where the text itself has them."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from capture.wire.tds.sql_steps import BOUNDARIES, CLAUSES, item_end, items, statement_end, steps
from capture.wire.tds.sql_table_rows import ALL_COLUMNS, ONE_NAME, read_table_rows
from capture.wire.tds.sql_text import (
    DOTTED_NAME,
    GAP,
    NAME,
    STRING,
    WORD,
    column_names,
    table_name,
)
from capture.wire.tds.sql_values import UNREAD, constant, word

ROWS_MAX = 10_000
REMEMBERED_HEADS_MAX = 256
HEAD_CHARACTERS_MAX = 4096
ROW_PATTERN_COLUMNS_MAX = 256
# Why rows are not known.
QUERY = "the rows of a query"

_SOURCES = frozenset(("VALUES", "SELECT", "EXEC", "EXECUTE", "DEFAULT"))
_VALUES_CHARACTERS = len("VALUES")
_WORD = re.compile(WORD)
_COMMA = re.compile(r"\s*+,")
_INSERT = re.compile(
    rf"INSERT{GAP}(?:TOP\s*+\([^()]*+\)\s*+(?:PERCENT{GAP})?)?(?:INTO{GAP})?({DOTTED_NAME})"
    r"(?:\s*+WITH\s*+\((?:[^()]|\([^()]*+\))*+\))?"
    rf"(?:\s*+\((\s*+{DOTTED_NAME}\s*+(?:,\s*+{DOTTED_NAME}\s*+)*+)\))?\s*+",
    re.IGNORECASE,
)
_ROW_START = re.compile(r"\s*+\(")
# A row of so many literals as one pattern: text, a whole number, NULL or another number for each.
_ROW_VALUE = r"\s*+(?:[Nn]?'([^']*+(?:''[^']*+)*+)'|(NULL|0x[0-9A-Fa-f]*+|[+-]?[0-9.]++))\s*+"
_SELECT = re.compile(
    rf"(\()?\s*+SELECT{GAP}(?:(?:ALL|DISTINCT){GAP})?(?:TOP\s*+(?:\(\s*+1\s*+\)|1\s)\s*+)?",
    re.IGNORECASE,
)
_UNION = re.compile(r"\s*+UNION(\s++ALL)?\s*+(?=\(?\s*+SELECT\b)", re.IGNORECASE)
_ANY_UNION = re.compile(r"\bUNION\b", re.IGNORECASE)
_PLAIN_SELECT = re.compile(rf"\s*+SELECT{GAP}(?:ALL{GAP})?(?!(?:TOP|DISTINCT)\b)", re.IGNORECASE)
_FROM_VALUES = re.compile(r"FROM\s*+\(\s*+VALUES", re.IGNORECASE)
_ALIAS_OF_VALUES = re.compile(
    rf"\s*+\)\s*+(?:AS{GAP})?{NAME}\s*+\((\s*+{NAME}\s*+(?:,\s*+{NAME}\s*+)*+)\)\s*+;?\s*+",
    re.IGNORECASE,
)
_VALUE_AND_ALIAS = re.compile(
    rf"(\s*+(?:N?{STRING}|[^\s'\"(),\[\]]++)\s*+)(?:AS\s++)?(?:{NAME}|{STRING})\s*+", re.IGNORECASE
)
_ALIAS_AND_VALUE = re.compile(rf"\s*+{NAME}\s*+=(.*)", re.DOTALL)


class Rows(NamedTuple):
    """Rows of an INSERT, or why they are not known; `end` is the place behind them.

    `is_open` tells that there may be more than literals in them.
    """

    end: int
    values: tuple[tuple[Any, ...], ...] = ()
    is_open: bool = False
    unread: str = ""
    is_conditional: bool = False


class Head(NamedTuple):
    """An INSERT up to its rows."""

    table: tuple[str, ...]
    columns: tuple[str, ...]


class _Heads(dict[str, Head]):
    """INSERTs up to VALUES by their text: an order system's are the same all day."""

    def keep(self, text: str, head: Head) -> None:
        if len(self) >= REMEMBERED_HEADS_MAX:
            self.clear()
        self[text] = head


_HEADS = _Heads()


def read_insert(sql: str, at: int) -> tuple[Head, Rows] | None:
    """The INSERT at a place; None for INSERT BULK and what is no INSERT."""
    stop = at + HEAD_CHARACTERS_MAX
    values_at = sql.find("VALUES", at, stop)
    if values_at < 0:
        values_at = sql.find("values", at, stop)
    text = sql[at : values_at + _VALUES_CHARACTERS]
    head = _HEADS.get(text)
    if head is not None:
        return head, _values(sql, values_at + _VALUES_CHARACTERS, len(head.columns))
    match = _INSERT.match(sql, at)
    if match is None or match[1].upper() in ("BULK", "VALUES"):
        return None
    head = Head(table_name(match[1]), column_names(match[2]) if match[2] else ())
    source_at = _source(sql, match.end())
    if source_at == values_at:
        _HEADS.keep(text, head)
    return head, _rows(sql, source_at, head)


def _source(sql: str, at: int) -> int:
    """Where VALUES or SELECT begins, behind an OUTPUT clause if there is one."""
    first = _WORD.match(sql, at)
    if first is None or first[0].upper() != "OUTPUT":
        return at
    for step, depth, place in steps(sql, first.end()):
        if depth == 0 and (step == ";" or step in _SOURCES or step in BOUNDARIES):
            return place
    return len(sql)


def _rows(sql: str, at: int, head: Head) -> Rows:
    match = _WORD.match(sql, at)
    source = match[0].upper() if match else ""
    if source == "VALUES":
        return _values(sql, at + _VALUES_CHARACTERS, len(head.columns))
    if _SELECT.match(sql, at):
        return _selected(sql, at, head.columns)
    behind = at + len(source) if source in _SOURCES else at
    reason = "the rows of a procedure" if source.startswith("EXEC") else "rows not in the text"
    return Rows(statement_end(sql, behind, "insert"), unread=reason)


def _values(sql: str, at: int, columns: int) -> Rows:
    usual = _row_pattern(columns) if 0 < columns <= ROW_PATTERN_COLUMNS_MAX else None
    rows: list[tuple[Any, ...]] = []
    is_open = False
    while len(rows) < ROWS_MAX:
        match = usual.match(sql, at) if usual else None
        if match is not None:
            rows.append(_literals(match.groups()))
            at = match.end()
        else:
            row, at = _row(sql, at)
            if row is None:
                return Rows(at, unread="its values do not end")
            rows.append(row)
            is_open = True
        if sql[at - 1] != ",":
            return Rows(at, tuple(rows), is_open)
    return Rows(statement_end(sql, at, "insert"), unread=f"more than {ROWS_MAX} rows")


@lru_cache(maxsize=64)
def _row_pattern(columns: int) -> re.Pattern[str]:
    return re.compile(r"\s*+\(" + ",".join([_ROW_VALUE] * columns) + r"\)\s*+,?+")


def _literals(groups: tuple[str | None, ...]) -> tuple[Any, ...]:
    """Text and words without quotes by turns, one of each pair None."""
    values: list[Any] = []
    for text, plain in zip(groups[::2], groups[1::2], strict=True):
        if text is not None:
            values.append(text.replace("''", "'") if "'" in text else text)
        elif plain is not None:
            values.append(None if plain == "NULL" else word(plain))
    return tuple(values)


def _row(sql: str, at: int) -> tuple[tuple[Any, ...] | None, int]:
    """A row of any values; the place behind its comma, if there is one."""
    start = _ROW_START.match(sql, at)
    if start is None:
        return None, statement_end(sql, at, "insert")
    at = start.end()
    row: list[Any] = []
    while True:
        end = item_end(sql, at)
        mark = sql[end : end + 1]
        if mark not in (",", ")"):
            return None, end
        row.append(constant(sql[at:end]))
        at = end + 1
        if mark == ")":
            break
    comma = _COMMA.match(sql, at)
    return tuple(row), comma.end() if comma else at


def _selected(sql: str, at: int, columns: tuple[str, ...]) -> Rows:
    """The rows of SELECTs of literals, joined by UNION, or those of a table parameter."""
    rows: list[tuple[Any, ...]] = []
    is_set = False
    first_at = at
    start = _SELECT.match(sql, at)
    while start is not None and len(rows) < ROWS_MAX:
        row, at = _select_list(sql, start.end())
        rows.append(row)
        if start[1] and sql[at : at + 1] == ")":
            at += 1
        union = _UNION.match(sql, at)
        is_set = is_set or (union is not None and not union[1])
        start = _SELECT.match(sql, union.end()) if union else None
    clause = _WORD.match(sql, at)
    if clause is None or clause[0].upper() not in CLAUSES:
        return Rows(at, tuple(dict.fromkeys(rows) if is_set else rows), is_open=True)
    end = statement_end(sql, at, "insert")
    if clause[0].upper() == "WHERE" and not _ANY_UNION.search(sql, at, end):
        return Rows(end, tuple(rows), is_open=True, is_conditional=True)
    table = read_table_rows(sql, first_at, end, columns) if "@" in sql[at:end] else None
    if table is not None:
        return Rows(end, (table,), is_open=True)
    rows_of_values = _selected_from_values(sql, (first_at, at, end), len(columns))
    if rows_of_values is not None:
        return Rows(end, rows_of_values, is_open=True)
    return Rows(end, unread=QUERY)


def _selected_from_values(
    sql: str, span: tuple[int, int, int], columns: int
) -> tuple[tuple[Any, ...], ...] | None:
    """Rows of SELECT … FROM (VALUES …) AS v(names), whose place the names tell.

    `span` is where the SELECT, its FROM and the next statement begin.
    """
    first_at, at, end = span
    selected = _PLAIN_SELECT.match(sql, first_at, at)
    source = _FROM_VALUES.match(sql, at, end)
    if selected is None or source is None:
        return None
    found = _values(sql, source.end(), 0)
    alias = _ALIAS_OF_VALUES.fullmatch(sql, found.end, end)
    if found.unread or alias is None:
        return None
    names = column_names(alias[1])
    wanted = [sql[start:stop] for start, stop in items(sql, selected.end(), at)]
    if len(wanted) == 1 and ALL_COLUMNS.fullmatch(wanted[0]):
        wanted = list(names)
    if any(len(row) != len(names) for row in found.values) or len(wanted) != (
        columns or len(wanted)
    ):
        return None
    places = {name: place for place, name in enumerate(names)}
    each = [_place_or_value(text, places) for text in wanted]
    if UNREAD in each:
        return None
    return tuple(
        tuple(row[one.place] if type(one) is _Place else one for one in each)
        for row in found.values
    )


class _Place(NamedTuple):
    """Where in a row a value stands."""

    place: int


def _place_or_value(text: str, places: dict[str, int]) -> Any:
    place = places.get(table_name(text)[-1]) if ONE_NAME.fullmatch(text) else None
    return constant(text) if place is None else _Place(place)


def _select_list(sql: str, at: int) -> tuple[tuple[Any, ...], int]:
    row = []
    while True:
        end = item_end(sql, at)
        row.append(_selected_value(sql[at:end]))
        if sql[end : end + 1] != ",":
            return tuple(row), end
        at = end + 1


def _selected_value(text: str) -> Any:
    value = constant(text)
    if value is not UNREAD:
        return value
    if aliased := _VALUE_AND_ALIAS.fullmatch(text):
        return constant(aliased[1])
    named = _ALIAS_AND_VALUE.fullmatch(text)
    return constant(named[1]) if named else UNREAD
