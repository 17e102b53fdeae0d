"""The statements of a SQL text that matter here: verb, table, columns, literal rows."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from capture.wire.tds.sql_inserts import QUERY, read_insert
from capture.wire.tds.sql_script import STATEMENTS_MAX, Script, Statement
from capture.wire.tds.sql_table_rows import AS_NAMED, TableRows, takes_order_for_granted
from capture.wire.tds.sql_table_rows import filled as table_rows
from capture.wire.tds.sql_text import table_name, without_comments
from capture.wire.tds.sql_values import UNREAD, Parameter

__all__ = ["STATEMENTS_MAX", "Statement", "statements", "table_name", "without_comments"]

REMEMBERED_TEXTS_MAX = 512
REMEMBERED_CHARACTERS_MAX = 8192  # of each
_NAMES_SHOWN_MAX = 5
_NOTHING = "; \t\r\n"


def statements(sql: str, arguments: Mapping[str, Any] | None = None) -> tuple[Statement, ...]:
    """Statements in order; `arguments` gives values to @parameters, others stay unknown."""
    is_new = not arguments and sql[:6].upper() == "INSERT"
    is_new = is_new or len(sql) > REMEMBERED_CHARACTERS_MAX
    # Polls, and texts with parameters, come again and again word for word.
    found = _parsed(sql) if is_new else _parsed_before(sql)
    for each in found:
        if each.has_parameters:
            known = arguments or {}
            return tuple(_filled(each, known) if each.has_parameters else each for each in found)
    return found


def _parsed(sql: str) -> tuple[Statement, ...]:
    if sql[:6].upper() == "INSERT" and "--" not in sql and "/*" not in sql:
        found = read_insert(sql, 0)
        # The usual text: one INSERT of literals and nothing else.
        if found is not None and not (found[1].is_open or sql[found[1].end :].strip(_NOTHING)):
            (table, columns), (_, rows, is_open, unread, is_conditional) = found
            return (Statement("insert", table, columns, rows, is_open, unread, is_conditional),)
    return tuple(Script(sql).statements())


_parsed_before = lru_cache(maxsize=REMEMBERED_TEXTS_MAX)(_parsed)


def _filled(statement: Statement, arguments: Mapping[str, Any]) -> Statement:
    """With the arguments in place; what has no value is None, and told of."""
    verb, table, columns, rows, _, reason, is_conditional = statement
    if rows and type(rows[0]) is TableRows:
        return _filled_from_table(statement, rows[0], arguments)
    rows = tuple([
        tuple([
            arguments.get(value.name, UNREAD) if type(value) is Parameter else value
            for value in row
        ])
        for row in rows
    ])  # fmt: skip
    unread = {place for row in rows for place, value in enumerate(row) if value is UNREAD}
    if unread:
        reason = reason or _no_value(columns, sorted(unread))
        rows = tuple(tuple(None if value is UNREAD else value for value in row) for row in rows)
    has_parameters = False
    return Statement(verb, table, columns, rows, has_parameters, reason, is_conditional)


def _filled_from_table(
    statement: Statement, wanted: TableRows, arguments: Mapping[str, Any]
) -> Statement:
    """With the rows of the table, and the other arguments in them."""
    name = wanted.table.name if type(wanted.table) is Parameter else ""
    rows = table_rows(wanted, arguments.get(name, UNREAD))
    if rows is None:
        return statement._replace(rows=(), has_parameters=False, unread=QUERY)
    unread = AS_NAMED if rows and takes_order_for_granted(wanted) else statement.unread
    return _filled(statement._replace(rows=rows, unread=unread), arguments)


def _no_value(columns: tuple[str, ...], places: list[int]) -> str:
    shown = places[:_NAMES_SHOWN_MAX]
    names = [columns[place] if place < len(columns) else str(place + 1) for place in shown]
    more = ", …" if len(places) > len(shown) else ""
    return f"no value in the text for {', '.join(names)}{more}"
