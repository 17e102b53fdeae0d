"""Insert and change rows from plain values; as model instances they would cost many times as much.

On PostgreSQL a column goes as one array: the statement is as short for a thousand rows as for one.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, models

Row = Sequence[Any]
# A statement and its parameters.
Statement = tuple[str, list[Any]]
# Fewer than SQLite (32,766) takes; arrays have no such limit.
_PARAMETERS_MAX = 30_000
_ARRAY_MAX = 10_000
# Stands for NULL among texts, of which none can hold it.
_NOTHING = "\0"


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Values in the order of `names`; few statements, so that locks are held for a short time."""
    for statement, values in insertions(model, names, rows):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def insert_new(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> set[Any]:
    """The primary keys that were new, first in `names`; rows of the others stay as they are."""
    found: set[Any] = set()
    for statement, values in new_insertions(model, names, rows):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found |= {row[0] for row in cursor.fetchall()}
    return found


def insert_missing(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """What is stored already stays as it is."""
    write(missing(model, names, rows))


class Missing(NamedTuple):
    """Rows that are to be inserted where there are none, as the database takes them."""

    statement: str
    rows: list[tuple[Any, ...]]


def missing(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> Missing | None:
    """Made before the transaction: on SQLite all others wait for the end of one.

    A statement a row: for rows of many columns less work here than a long statement for all.
    """
    if not rows:
        return None
    fields = _fields(model, tuple(names))
    statement = f"{_head(model, fields)} VALUES {_places(fields)} ON CONFLICT DO NOTHING"
    return Missing(statement, list(_prepared(fields, rows)))


def write(rows: Missing | None) -> None:
    if rows is not None:
        with connection.cursor() as cursor:
            cursor.executemany(rows.statement, rows.rows)


def insert_or_change(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row], unique: Sequence[str]
) -> None:
    """The row of each key, its columns `unique`, is inserted or takes the other values.

    No key stands twice among the rows; a statement a row, as of `insert_missing`.
    """
    if not rows:
        return
    fields = _fields(model, tuple(names))
    quoted = {field.name: connection.ops.quote_name(field.column) for field in fields}
    keys = ", ".join(quoted[name] for name in unique)
    sets = ", ".join(
        f"{quoted[name]} = excluded.{quoted[name]}" for name in names if name not in unique
    )
    tail = f" ON CONFLICT ({keys}) DO UPDATE SET {sets}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement, values in _insertions(model, names, rows, tail):
                cursor.execute(statement, values)
            return
        statement = f"{_head(model, fields)} VALUES {_places(fields)}{tail}"
        cursor.executemany(statement, list(_prepared(fields, rows)))


def insertions(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row]
) -> list[Statement]:
    return list(_insertions(model, names, rows, ""))


def new_insertions(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row]
) -> list[Statement]:
    """They return the primary keys that were new, first in `names`."""
    key = connection.ops.quote_name(_field(model, names[0]).column)
    # All writers meet the keys in the same order, so none waits for another in a circle.
    ordered = sorted(rows, key=itemgetter(0))
    return list(_insertions(model, names, ordered, f" ON CONFLICT DO NOTHING RETURNING {key}"))


def changes(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row], *, is_added: bool = False
) -> list[Statement]:
    """The row of each key, first in `names`, takes the other values, or has them added."""
    if not rows:
        return []
    fields = _fields(model, tuple(names))
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001  # documented
    key, *columns = (connection.ops.quote_name(field.column) for field in fields)
    old = {column: f"{table}.{column} + " if is_added else "" for column in columns}
    if connection.vendor != "postgresql":
        sets = ", ".join(f"{column} = {old[column]}%s" for column in columns)
        statement = f"UPDATE {table} SET {sets} WHERE {key} = %s"
        return [(statement, [*values, row_key]) for row_key, *values in _prepared(fields, rows)]
    sets = ", ".join(f"{column} = {old[column]}new.{column}" for column in columns)
    arrays = _arrays(fields)
    named = ", ".join((key, *columns))
    statement = (
        f"UPDATE {table} SET {sets} FROM unnest({arrays}) AS new({named})"
        f" WHERE {table}.{key} = new.{key}"
    )
    return [(statement, _array_values(fields, chunk)) for chunk in _chunks(rows, _ARRAY_MAX)]


def at_once(statements: Iterable[Statement]) -> list[list[Row]]:
    """What each statement returns, in order; on PostgreSQL for one message there and back."""
    known = list(statements)
    if not known:
        return []
    options = connection.settings_dict.get("OPTIONS", {})
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql" or options.get("server_side_binding"):
            return [_returned(cursor, *each) for each in known]
        text = "; ".join(statement for statement, _ in known)
        found = [_returned(cursor, text, [value for _, values in known for value in values])]
        while cursor.nextset():
            found.append(cursor.fetchall() if cursor.description else [])
        return found


def _returned(cursor: Any, statement: str, values: list[Any]) -> list[Row]:
    cursor.execute(statement, values)
    return cursor.fetchall() if cursor.description else []


def _insertions(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row], tail: str
) -> Iterator[Statement]:
    fields = _fields(model, tuple(names))
    head = _head(model, fields)
    if connection.vendor == "postgresql":
        statement = f"{head} SELECT * FROM unnest({_arrays(fields)}){tail}"
        for chunk in _chunks(rows, _ARRAY_MAX):
            yield statement, _array_values(fields, chunk)
        return
    places = _places(fields)
    for chunk in _chunks(rows, _PARAMETERS_MAX // len(fields)):
        values = [value for row in _prepared(fields, chunk) for value in row]
        yield f"{head} VALUES {', '.join([places] * len(chunk))}{tail}", values


def _chunks(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@cache
def _head(model: type[models.Model], fields: tuple[Any, ...]) -> str:
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001  # documented
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    return f"INSERT INTO {table} ({quoted})"


def _places(fields: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(fields))})"


@cache
def _arrays(fields: tuple[Any, ...]) -> str:
    # Without the size: a cast to varchar(3) would shorten what the column refuses.
    types = [str(field.db_type(connection)).partition("(")[0] for field in fields]
    return ", ".join(f"%s::{each}[]" for each in types)


def _array_values(fields: Sequence[Any], rows: Sequence[Row]) -> list[str]:
    columns = zip(*rows, strict=True)
    return [_array(field, column) for field, column in zip(fields, columns, strict=True)]


def text_array(values: Iterable[Any]) -> str:
    """PostgreSQL's text of an array of texts (manual, 8.15.6)."""
    texts = [_NOTHING if value is None else str(value) for value in values]
    return f"{{{_quoted(texts)}}}" if texts else "{}"


def plain_array(values: Iterable[Any]) -> str:
    """The same of numbers and of what is true or false."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _array(field: Any, column: Sequence[Any]) -> str:
    match field:
        case models.ForeignKey():
            return _array(field.target_field, column)
        case models.JSONField():
            return text_array(_json_texts(field, column))
        case models.IntegerField() | models.BooleanField():
            return plain_array(column)
        case _:
            return text_array(column)


def _json_texts(field: models.JSONField, column: Sequence[Any]) -> Iterator[str | None]:
    for value in column:
        yield None if value is None else json.dumps(value, cls=field.encoder)


def _quoted(texts: list[str]) -> str:
    joined = '","'.join(texts)
    # All their quotation marks are ours, as nearly always: nothing to be escaped one by one.
    if joined.count('"') != 2 * (len(texts) - 1) or "\\" in joined:
        joined = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return f'"{joined}"'.replace(f'"{_NOTHING}"', "NULL")


def _prepared(fields: Sequence[Any], rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    """Rows as the database takes them, made column by column: what to do is asked once a column."""
    columns = zip(*rows, strict=True)
    made = [_column(field, column) for field, column in zip(fields, columns, strict=True)]
    return zip(*made, strict=True)


def _column(field: Any, column: Sequence[Any]) -> Iterable[Any]:
    match field:
        case models.ForeignKey():
            return _column(field.target_field, column)
        case models.CharField():
            # Enumerations, too.
            return [value if value is None else str(value) for value in column]
        case models.IntegerField() | models.BooleanField():
            return column
        case models.JSONField():
            return list(_json_texts(field, column))
        case models.DateField():
            # Few days, many rows.
            known = {value: field.get_db_prep_save(value, connection) for value in set(column)}
            return [known[value] for value in column]
        case _:
            return [field.get_db_prep_save(value, connection) for value in column]


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(_field(model, name) for name in names)


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)  # noqa: SLF001  # documented
