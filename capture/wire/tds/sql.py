"""The statements of a SQL text that matter here: verb, table, columns, literal rows."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

ROWS_MAX = 10_000
STATEMENTS_MAX = 10_000
DIGITS_MAX = 40  # longer than any number of SQL Server

# What is not closed runs to the end of the text, and is tried once: hostile text costs no more
# than its length.
_BRACKETED = r"\[(?:[^\]]|\]\])*+(?:\]|\Z)"
_DOUBLE_QUOTED = r'"(?:[^"]|"")*+(?:"|\Z)'
_NAME = rf"(?:{_BRACKETED}|{_DOUBLE_QUOTED}|[#@\w$]+)"
_TABLE = rf"{_NAME}(?:\s*+\.\s*+(?:{_NAME})?)*"
_SKIP = re.compile(r"[\s;]*")
_WORD = re.compile(r"\w+")
_INSERT = re.compile(
    rf"INSERT\s+(?:TOP\s*\(\s*\d+\s*\)\s*)?(?:INTO\s+)?(?!BULK\b)({_TABLE})"
    r"(?:\s+WITH\s*\([^()]*\))?\s*+(?:\(([^()]*)\))?\s*+(?:OUTPUT\b[^()';]{0,400}?)?"
    r"(?=\bVALUES\b)VALUES\s*",
    re.IGNORECASE,
)
_UPDATE = re.compile(rf"UPDATE\s+(?:TOP\s*\(\s*\d+\s*\)\s*)?({_TABLE})", re.IGNORECASE)
_FROM = re.compile(rf"\bFROM\s+({_TABLE})", re.IGNORECASE)
_LITERAL = re.compile(
    r"\s*(?:N?'(?P<text>(?:[^']|'')*)'|(?P<number>[+-]?\d+(?:\.\d*)?|[+-]?\.\d+)"
    r"|(?P<null>NULL)\b|0x(?P<hex>[0-9a-f]*)|(?P<parameter>@\w+))\s*[,)]",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\s*\(")
_COMMA = re.compile(r"\s*,")
_NAMES = re.compile(_NAME)
_NAME_OR_DOT = re.compile(rf"{_NAME}|\.")
# Strings and quoted names are stepped over whole, so that what they contain is not mistaken.
_QUOTED = rf"'(?:[^']|'')*+(?:'|\Z)|{_BRACKETED}|{_DOUBLE_QUOTED}"
_QUOTED_OR_COMMENT = re.compile(rf"{_QUOTED}|--[^\n]*|/\*|\*/", re.DOTALL)
_EXPRESSION_STEP = re.compile(rf"{_QUOTED}|[(),]|[^'\[\"(),]+", re.DOTALL)
_STATEMENT_STEP = re.compile(
    rf"{_QUOTED}|;|\b(?:INSERT|SELECT|UPDATE|DELETE|EXEC|EXECUTE|BEGIN|COMMIT|ROLLBACK"
    rf"|DECLARE|PRINT|IF|WHILE|MERGE|USE|GO)\b|[^'\[\";\w]+|\w+",
    re.IGNORECASE | re.DOTALL,
)
_BOUNDARIES = frozenset((
    ";", "INSERT", "SELECT", "UPDATE", "DELETE", "EXEC", "EXECUTE", "BEGIN", "COMMIT", "ROLLBACK",
    "DECLARE", "PRINT", "IF", "WHILE", "MERGE", "USE", "GO",
))  # fmt: skip


class Statement(NamedTuple):
    """`table` is the dotted name in lower case, without brackets; rows are literal VALUES."""

    verb: str
    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    has_parameters: bool = False


class Parameter(NamedTuple):
    """A value that the text leaves to an argument; `name` with its @, lower case."""

    name: str


def statements(sql: str, arguments: Mapping[str, Any] | None = None) -> tuple[Statement, ...]:
    """Statements in order; `arguments` gives values to @parameters, others stay unknown."""
    if sql[:6].upper() == "INSERT" and not arguments:
        return tuple(_filled(each, {}) for each in _parsed(sql))
    # Polls, and texts with parameters, come again and again word for word.
    return tuple(_filled(each, arguments or {}) for each in _parsed_before(sql))


def _parsed(sql: str) -> list[Statement]:
    if "--" in sql or "/*" in sql:
        sql = without_comments(sql)
    found: list[Statement] = []
    at = _gap_end(sql, 0)
    while at < len(sql) and len(found) < STATEMENTS_MAX:
        statement, at = _statement(sql, at)
        found.append(statement)
        at = _gap_end(sql, at)
    return found


_parsed_before = lru_cache(maxsize=512)(_parsed)


def _filled(statement: Statement, arguments: Mapping[str, Any]) -> Statement:
    if not statement.has_parameters:
        return statement
    rows = tuple(
        tuple(arguments.get(value.name) if isinstance(value, Parameter) else value for value in row)
        for row in statement.rows
    )
    return statement._replace(rows=rows, has_parameters=False)


def _gap_end(sql: str, at: int) -> int:
    match = _SKIP.match(sql, at)
    assert match is not None
    return match.end()


def without_comments(sql: str) -> str:
    """Comments replaced by a space; T-SQL's block comments nest."""
    kept: list[str] = []
    depth, start = 0, 0
    at = 0
    while match := _QUOTED_OR_COMMENT.search(sql, at):
        mark = match[0]
        at = match.end()
        if mark == "/*":
            if depth == 0:
                kept.append(sql[start : match.start()])
            depth += 1
        elif mark == "*/" and depth:
            depth -= 1
            start = at
            kept.append(" " if depth == 0 else "")
        elif depth:
            # A quote inside a block comment is text: look again just behind it.
            at = match.start() + (2 if mark.startswith("--") else 1)
        elif mark.startswith("--"):
            kept.append(sql[start : match.start()] + " ")
            start = at
    return "".join(kept) + ("" if depth else sql[start:])


@lru_cache(maxsize=1024)
def table_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted name, lower case, unquoted; in `db..table` the schema is empty."""
    parts = [""]
    for piece in _NAME_OR_DOT.findall(text):
        if piece == ".":
            parts.append("")
        else:
            parts[-1] = _bare(piece)
    return tuple(parts)


@lru_cache(maxsize=1024)
def _column_names(text: str) -> tuple[str, ...]:
    return tuple(_bare(name) for name in _NAMES.findall(text))


def _bare(name: str) -> str:
    if name.startswith("["):
        name = name[1:-1].replace("]]", "]")
    elif name.startswith('"'):
        name = name[1:-1].replace('""', '"')
    return name.strip().lower()


def _statement(sql: str, at: int) -> tuple[Statement, int]:
    if match := _INSERT.match(sql, at):
        columns = _column_names(match[2]) if match[2] else ()
        rows, end = _rows(sql, match.end())
        has_parameters = "@" in sql and any(
            isinstance(value, Parameter) for row in rows for value in row
        )
        return Statement("insert", table_name(match[1]), columns, rows, has_parameters), end
    word = _WORD.match(sql, at)
    verb = word[0].lower() if word else ""
    end = _end(sql, word.end() if word else at + 1)
    named = None
    if verb == "update":
        named = _UPDATE.match(sql, at)
    elif verb in ("select", "delete"):
        named = _FROM.search(sql, at, end)
    table = table_name(named[1]) if named else ()
    return Statement(verb, table), end


def _end(sql: str, at: int) -> int:
    """Where the statement that runs at `at` ends: at a semicolon or the next statement's verb."""
    depth = 0
    while match := _STATEMENT_STEP.search(sql, at):
        step = match[0]
        if depth <= 0 and step.upper() in _BOUNDARIES:
            return match.start()
        depth += step.count("(") - step.count(")") if step[0] not in "'[\"" else 0
        at = match.end()
    return len(sql)


def _rows(sql: str, at: int) -> tuple[tuple[tuple[Any, ...], ...], int]:
    rows: list[tuple[Any, ...]] = []
    while (opened := _OPEN.match(sql, at)) and len(rows) < ROWS_MAX:
        row, at = _row(sql, opened.end())
        rows.append(row)
        comma = _COMMA.match(sql, at)
        if not comma:
            break
        at = comma.end()
    return tuple(rows), at


def _row(sql: str, at: int) -> tuple[tuple[Any, ...], int]:
    """The values up to the closing parenthesis, and where it ends."""
    row: list[Any] = []
    while at < len(sql):
        match = _LITERAL.match(sql, at)
        if match is None:
            at = _expression_end(sql, at) + 1
            row.append(None)
        else:
            row.append(_value(match))
            at = match.end()
        if sql[at - 1 : at] != ",":
            break
    return tuple(row), at


def _value(match: re.Match[str]) -> Any:
    kind = match.lastgroup
    if kind == "text":
        text = match["text"]
        return text.replace("''", "'") if "'" in text else text
    if kind == "number":
        number = match["number"]
        return int(number) if "." not in number and len(number) <= DIGITS_MAX else number
    if kind == "hex":
        return match["hex"].lower()
    if kind == "parameter":
        return Parameter(match["parameter"].lower())
    return None


def _expression_end(sql: str, at: int) -> int:
    """Where an expression that is no literal ends: at the comma or parenthesis behind it."""
    depth = 0
    while match := _EXPRESSION_STEP.match(sql, at):
        step = match[0]
        if depth == 0 and step in ",)":
            return at
        depth += (step == "(") - (step == ")")
        at = match.end()
    return len(sql)
