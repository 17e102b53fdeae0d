"""Insert rows by the hundred in one statement; as model instances they would cost far more."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models

Row = Sequence[Any]
# Fewer than SQLite (32,766) and PostgreSQL (65,535) take.
_PARAMETERS_MAX = 30_000


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Values in the order of `names`."""
    for statement, values in _statements(model, names, rows):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


def insert_new(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> set[Any]:
    """The primary keys that were new, first in `names`; rows of the others stay as they are."""
    found: set[Any] = set()
    key = connection.ops.quote_name(_field(model, names[0]).column)
    # All writers meet the keys in the same order, so none waits for another in a circle.
    rows = sorted(rows, key=lambda row: row[0])
    for statement, values in _statements(model, names, rows):
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} ON CONFLICT DO NOTHING RETURNING {key}", values)
            found |= {row[0] for row in cursor.fetchall()}
    return found


def _statements(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row]
) -> Iterator[tuple[str, list[Any]]]:
    fields = [_field(model, name) for name in names]
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001  # documented
    size = _PARAMETERS_MAX // len(fields)
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        head = f"INSERT INTO {table} ({quoted}) VALUES "
        yield head + ", ".join([places] * len(chunk)), list(_prepared(fields, chunk))


def _prepared(fields: Sequence[Any], rows: Iterable[Row]) -> Iterator[Any]:
    """Plain texts and numbers are as the database takes them already."""
    for row in rows:
        for field, value in zip(fields, row, strict=True):
            if value is None or type(value) in (str, int, bool):
                yield value
            else:
                yield field.get_db_prep_save(value, connection)


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)  # noqa: SLF001  # documented
