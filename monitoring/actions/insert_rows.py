"""Insert rows by the thousand: as model instances they would cost five times as much."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

Row = tuple[Any, ...]


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Values in the order of `names`; what is stored already stays as it is."""
    if not rows:
        return
    options: Any = model._meta  # noqa: SLF001  # documented, whatever its name says
    fields = [options.get_field(name) for name in names]
    columns = [_prepared(*each) for each in zip(fields, zip(*rows, strict=True), strict=True)]
    quoted = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(options.db_table)
    statement = f"INSERT INTO {table} ({quoted}) VALUES ({places}) ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*columns, strict=True)))


def _prepared(field: Any, column: Sequence[Any]) -> Iterable[Any]:
    """A column as the database takes it."""
    match field:
        case models.CharField():
            return map(str, column)  # enumerations, too
        case models.IntegerField() | models.BooleanField():
            return column
        case _:
            return [field.get_db_prep_save(value, connection) for value in column]
