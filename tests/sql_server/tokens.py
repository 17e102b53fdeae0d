"""Response tokens (MS-TDS 2.2.7)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.sql_server.types import COLLATION, ColumnType
from tests.sql_server.versions import TDS_7_1, has_null_compressed_rows, is_wide

DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
MORE, ERROR, COUNT, ATTENTION = 0x01, 0x02, 0x10, 0x20
INSERT_COMMAND, SELECT_COMMAND = 0xC3, 0xC1
SEVERITY = 14
SERVER_NAME = "STUB"


@dataclass(frozen=True)
class Table:
    """Columns (name, type) and rows that a SELECT gives."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]] = ()


def done(
    version: int, *, kind: int = DONE, status: int = 0, command: int = 0, count: int | None = None
) -> bytes:
    if count is not None:
        status |= COUNT
    return struct.pack("<BHHQ" if is_wide(version) else "<BHHI", kind, status, command, count or 0)


def error(version: int, number: int, text: str) -> bytes:
    line = struct.pack("<I" if is_wide(version) else "<H", 1)
    content = struct.pack("<iBB", number, 1, SEVERITY) + _us(text) + _b(SERVER_NAME) + _b("") + line
    return b"\xaa" + struct.pack("<H", len(content)) + content


def environment(kind: int, new: bytes, old: bytes = b"\0") -> bytes:
    content = bytes((kind,)) + new + old
    return b"\xe3" + struct.pack("<H", len(content)) + content


def database(name: str) -> bytes:
    return environment(1, _b(name), _b("master"))


def began(descriptor: int) -> bytes:
    return environment(8, b"\x08" + descriptor.to_bytes(8, "little"))


def committed(descriptor: int) -> bytes:
    return environment(9, b"\0", b"\x08" + descriptor.to_bytes(8, "little"))


def rolled_back(descriptor: int) -> bytes:
    return environment(10, b"\0", b"\x08" + descriptor.to_bytes(8, "little"))


def logged_in(version: int, database_name: str, packet_bytes: int) -> bytes:
    """What follows LOGIN7: the environment, then LOGINACK with the version big-endian."""
    shown = {0x70000000: 0x07000000, 0x71000000: 0x07010000}.get(version, version)
    content = b"\x01" + struct.pack(">I", shown) + _b("Microsoft SQL Server") + b"\x0c\0\x10\0"
    if version >= TDS_7_1:
        collation = environment(7, b"\x05" + COLLATION)
    else:  # the locale of text, as a number in words
        collation = environment(5, _b("2052"))
    return (
        database(database_name)
        + collation
        + environment(4, _b(str(packet_bytes)), _b("4096"))
        + b"\xad" + struct.pack("<H", len(content)) + content
        + done(version)
    )  # fmt: skip


def result_set(version: int, table: Table) -> bytes:
    kinds = [ColumnType(declared) for _, declared in table.columns]
    out = b"\x81" + struct.pack("<H", len(kinds))
    for (name, _), kind in zip(table.columns, kinds, strict=True):
        out += struct.pack("<IH" if is_wide(version) else "<HH", 0, 9) + kind.info(version)
        if kind.is_pointed:
            out += (b"\x01" if is_wide(version) else b"") + _us("dbo.t")
        out += _b(name)
    return out + b"".join(_row(version, kinds, row) for row in table.rows)


def _row(version: int, kinds: Sequence[ColumnType], row: Sequence[Any]) -> bytes:
    nulls = [value is None for value in row]
    if not (has_null_compressed_rows(version) and any(nulls)):
        return b"\xd1" + b"".join(
            kind.encode(value) for kind, value in zip(kinds, row, strict=True)
        )
    bitmap = sum(1 << place for place, is_null in enumerate(nulls) if is_null)
    values = [
        kind.encode(value) for kind, value in zip(kinds, row, strict=True) if value is not None
    ]
    return b"\xd2" + bitmap.to_bytes((len(row) + 7) // 8, "little") + b"".join(values)


def return_status(value: int) -> bytes:
    return b"\x79" + struct.pack("<i", value)


def return_value(version: int, ordinal: int, name: str, value: int) -> bytes:
    """An output parameter of type int."""
    flags = struct.pack("<IH" if is_wide(version) else "<HH", 0, 0)
    encoded = b"\x26\x04\x04" + struct.pack("<i", value)
    return b"\xac" + struct.pack("<H", ordinal) + _b(name) + b"\x01" + flags + encoded


def _b(text: str) -> bytes:
    return bytes((len(text),)) + text.encode("utf-16-le")


def _us(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("utf-16-le")
