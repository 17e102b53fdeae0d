"""Insert rows from plain values; as model instances they would cost three times as much."""

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, models

Row = Sequence[Any]
# Fewer than SQLite (32,766) and PostgreSQL (65,535) take.
_PARAMETERS_MAX = 30_000


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Values in the order of `names`; few statements, so that locks are held for a short time."""
    for statement, values in _statements(model, names, rows):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def insert_new(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> set[Any]:
    """The primary keys that were new, first in `names`; rows of the others stay as they are."""
    found: set[Any] = set()
    key = connection.ops.quote_name(_field(model, names[0]).column)
    # All writers meet the keys in the same order, so none waits for another in a circle.
    for statement, values in _statements(model, names, sorted(rows, key=itemgetter(0))):
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} ON CONFLICT DO NOTHING RETURNING {key}", values)
            found |= {row[0] for row in cursor.fetchall()}
    return found


def insert_missing(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """What is stored already stays as it is.

    A statement a row: for rows of many columns less work here than a long statement for all.
    """
    if not rows:
        return
    fields = [_field(model, name) for name in names]
    statement = f"{_head(model, fields)} {_places(fields)} ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(_prepared(fields, rows)))


def _statements(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row]
) -> Iterator[tuple[str, list[Any]]]:
    fields = [_field(model, name) for name in names]
    head, places = _head(model, fields), _places(fields)
    size = _PARAMETERS_MAX // len(fields)
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        values = [value for row in _prepared(fields, chunk) for value in row]
        yield f"{head} {', '.join([places] * len(chunk))}", values


def _head(model: type[models.Model], fields: Sequence[Any]) -> str:
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001  # documented
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    return f"INSERT INTO {table} ({quoted}) VALUES"


def _places(fields: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(fields))})"


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
        case _:
            return [field.get_db_prep_save(value, connection) for value in column]


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)  # noqa: SLF001  # documented
