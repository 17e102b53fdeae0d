"""INSERT BULK and the rows that follow it as a message of their own (MS-TDS 2.2.6.1)."""

import re
from typing import Any

from capture.wire.tds.response import MetadataMemory, Response
from capture.wire.tds.sql import Statement, table_name
from capture.wire.tds.version import Version

# Four names of 128 characters, in brackets, and room between them.
NAME_CHARACTERS_MAX = 1024
_PART = r'(?:\[(?:[^\]]|\]\])*+\]|"(?:[^"]|"")*+"|[#@\w$]+)'
_INSERT_BULK = re.compile(
    rf"\s*+INSERT\s++BULK(?!\w)\s*+({_PART}(?:\s*+\.\s*+(?:{_PART})?)*+)", re.IGNORECASE
)


def bulk_table(sql: str) -> str:
    """The table, as written, that a text announces rows for."""
    if "ULK" not in sql[:64].upper():
        return ""
    match = _INSERT_BULK.match(sql)
    return match[1].strip() if match and len(match[1]) <= NAME_CHARACTERS_MAX else ""


def bulk_load(data: bytes, version: Version, table: str) -> tuple[dict[str, Any], Statement]:
    """The `bulk_load` message, and the same as an INSERT: the client sends the tokens here."""
    tokens = Response(MetadataMemory())
    tokens.read(data, version)
    columns = tokens.results[0].columns if tokens.results else []
    rows = [row for result in tokens.results for row in result.rows]
    fields = {
        "table": table,
        "columns": [[column.name, column.kind.name] for column in columns],
        "rows": rows,
    }
    names = tuple(column.name.lower() for column in columns)
    statement = Statement("insert", table_name(table), names, tuple(map(tuple, rows)))
    return fields, statement
