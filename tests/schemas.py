"""What migrations make of an empty database: `python -m tests.schemas [APP=MIGRATION…]` prints it.

With names, the database first comes so far on the way of those who had every release: through
migrations that others have since replaced.
"""

import json
import os
import re
import sys
from typing import Any

import django

# Their rows follow from the models, and are written behind all migrations.
_OF_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}
# What stands in parentheses in a table's definition, at the depth of its columns.
_PART = re.compile(r"(?:[^,()]|\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\))+")
_COLUMNS = (
    "SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision,"
    " numeric_scale, is_nullable, column_default, is_identity FROM information_schema.columns"
    " WHERE table_schema = 'public'"
)
_CONSTRAINTS = (
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace"
)
# What makes a column unique is named by PostgreSQL, or by Django where it became so later.
_UNIQUE = re.compile(r"(\w+?)_(?:[0-9a-f]{8}_uniq|key)\b")
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def main(names: list[str]) -> None:
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  # after setup

    if names:
        _one_by_one([(app, name) for app, _, name in (each.partition("=") for each in names)])
    call_command("migrate", verbosity=0)
    print(json.dumps({"schema": _schema(), "rows": _rows()}))  # noqa: T201  # what is asked for


def _one_by_one(targets: list[tuple[str, str]]) -> None:
    from django.db import connection  # noqa: PLC0415  # after setup
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415  # after setup
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415  # after setup

    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    executor.migrate(targets)


def _schema() -> list[str]:
    """Tables, columns, constraints and indexes, in an order of their own."""
    from django.db import connection  # noqa: PLC0415  # after setup

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return sorted(
                _UNIQUE.sub(r"\1_unique", f"{row}")
                for query in (_COLUMNS, _CONSTRAINTS, _INDEXES)
                for row in _asked(cursor, query)
            )
        return sorted(_of_sqlite(_asked(cursor, "SELECT name, type, sql FROM sqlite_master")))


def _of_sqlite(tables: list[tuple[Any, ...]]) -> list[str]:
    found = []
    for name, kind, sql in tables:
        text = str(sql)
        parts = [text]
        if kind == "table":
            parts = _PART.findall(text[text.index("(") + 1 : text.rindex(")")])
        found += [f"{name}: {part.strip()}" for part in parts]
    return found


def _rows() -> dict[str, list[dict[str, Any]]]:
    """By table and key; of a moment only whether there is one."""
    from django.db import connection  # noqa: PLC0415  # after setup

    found = {}
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in sorted(set(tables) - _OF_DJANGO):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            names = [column[0] for column in cursor.description]
            moments = _moments(table)
            found[table] = [
                {
                    name: value is not None if name in moments else str(value)
                    for name, value in zip(names, row, strict=True)
                }
                for row in cursor.fetchall()
            ]
    return found


def _moments(table: str) -> set[str | None]:
    from django.apps import apps  # noqa: PLC0415  # after setup
    from django.db.models import DateTimeField  # noqa: PLC0415  # after setup

    return {
        field.column
        for model in apps.get_models()
        if model._meta.db_table == table
        for field in model._meta.fields
        if isinstance(field, DateTimeField)
    }


def _asked(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    main(sys.argv[1:])
