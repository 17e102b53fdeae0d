"""Just enough of TDS 7.3 to speak both sides of a simulated Shanghai link (MS-TDS v39)."""

import struct
from typing import Any, NamedTuple

PACKET_BYTES = 4096
SQL_BATCH, RPC, TABULAR_RESULT, LOGIN7, PRELOGIN = 1, 3, 4, 16, 18
_HEADER = struct.Struct(">BBHHBB")
_VERSION = 0x730B0003
# LCID 0x0804 (Simplified Chinese, PRC), no flags, sort order 0.
_COLLATION = bytes.fromhex("0408000000")
_ALL_HEADERS = struct.pack("<IIHQI", 22, 18, 2, 0, 1)
_DONE, _DONE_COUNT = 0xFD, 0x10
_DONE_IN_PROCEDURE, _DONE_PROCEDURE, _RETURN_STATUS = 0xFF, 0xFE, 0x79
_MORE = 1
_INSERT_COMMAND, _SELECT_COMMAND = 0xC3, 0xC1
_SP_EXECUTESQL = 10
_INT4, _INTN, _NVARCHAR, _CHAR = 0x38, 0x26, 0xE7, 0xAF


class Column(NamedTuple):
    """`width` of a char column; 0 for an integer."""

    name: str
    width: int


def packets(kind: int, payload: bytes) -> bytes:
    """A message cut into packets."""
    size = PACKET_BYTES - _HEADER.size
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(pieces) - 1
    return b"".join(
        _HEADER.pack(kind, place == last, _HEADER.size + len(piece), 0, (place + 1) & 255, 0)
        + piece
        for place, piece in enumerate(pieces)
    )


def prelogin() -> bytes:
    """Version and "encryption not supported"; both sides say the same."""
    head = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF)
    return head + bytes((11, 0, 0, 0, 0, 0)) + b"\x02"


def login7(user: str, host: str, database: str) -> bytes:
    """A log-in record without a password worth having."""
    texts = [host, user, "", "oms", "sql", "", "ODBC", "", database]
    fixed = struct.pack("<IIIIIBBBBiI", _VERSION, PACKET_BYTES, 7, 1, 0, 0xE0, 3, 0, 0, 0, 0x804)
    offset = 4 + len(fixed) + 4 * len(texts) + 6 + 4 * 3 + 4
    places, data = b"", b""
    for text in texts:
        places += struct.pack("<HH", offset + len(data), len(text))
        data += text.encode("utf-16-le")
    end = struct.pack("<HH", offset + len(data), 0)
    body = fixed + places + bytes(6) + end * 3 + bytes(4) + data
    return struct.pack("<I", 4 + len(body)) + body


def login_acknowledged(database: str) -> bytes:
    name, old = database.encode("utf-16-le"), "master".encode("utf-16-le")
    change = bytes((1, len(name) // 2)) + name + bytes((len(old) // 2,)) + old
    program = "SQL".encode("utf-16-le")
    ack = b"\x01" + _VERSION.to_bytes(4, "big") + bytes((3,)) + program + bytes((11, 0, 0, 0))
    return _sized(0xE3, change) + _sized(0xAD, ack) + done(None)


def sql_batch(sql: str) -> bytes:
    return _ALL_HEADERS + sql.encode("utf-16-le")


def executesql(sql: str, arguments: dict[str, Any]) -> bytes:
    """sp_executesql by its number; strings as nvarchar, integers as int."""
    declarations = ", ".join(
        f"@{name} {'int' if isinstance(value, int) else 'nvarchar(16)'}"
        for name, value in arguments.items()
    )
    call = struct.pack("<HHH", 0xFFFF, _SP_EXECUTESQL, 0)
    parameters = _parameter("", sql) + _parameter("", declarations)
    for name, value in arguments.items():
        parameters += _parameter(f"@{name}", value)
    return _ALL_HEADERS + call + parameters


def done(affected: int | None) -> bytes:
    status = 0 if affected is None else _DONE_COUNT
    return struct.pack("<BHHQ", _DONE, status, _INSERT_COMMAND, affected or 0)


def procedure_done(affected: int) -> bytes:
    """What answers sp_executesql."""
    inner = struct.pack("<BHHQ", _DONE_IN_PROCEDURE, _DONE_COUNT | _MORE, _INSERT_COMMAND, affected)
    status = struct.pack("<Bi", _RETURN_STATUS, 0)
    return inner + status + struct.pack("<BHHQ", _DONE_PROCEDURE, 0, 0xE0, 0)


def result_set(columns: list[Column], rows: list[list[Any]]) -> bytes:
    """COLMETADATA, ROWs, DONE."""
    parts = [struct.pack("<BH", 0x81, len(columns))]
    for column in columns:
        kind = struct.pack("<BH", _CHAR, column.width) + _COLLATION
        parts.append(struct.pack("<IH", 0, 8) + (kind if column.width else bytes((_INT4,))))
        parts.append(bytes((len(column.name),)) + column.name.encode("utf-16-le"))
    for row in rows:
        parts.append(b"\xd1")
        parts += [_cell(column, value) for column, value in zip(columns, row, strict=True)]
    parts.append(struct.pack("<BHHQ", _DONE, _DONE_COUNT, _SELECT_COMMAND, len(rows)))
    return b"".join(parts)


def _cell(column: Column, value: Any) -> bytes:
    if not column.width:
        return struct.pack("<i", value)
    if value is None:
        return b"\xff\xff"
    return struct.pack("<H", column.width) + str(value).encode("gbk").ljust(column.width)


def _parameter(name: str, value: Any) -> bytes:
    head = bytes((len(name),)) + name.encode("utf-16-le") + b"\0"
    if isinstance(value, int):
        return head + struct.pack("<BBBi", _INTN, 4, 4, value)
    data = b"" if value is None else str(value).encode("utf-16-le")
    size = 0xFFFF if value is None else len(data)
    width = max(len(data), 32)
    return head + struct.pack("<BH", _NVARCHAR, width) + _COLLATION + struct.pack("<H", size) + data


def _sized(token: int, data: bytes) -> bytes:
    return struct.pack("<BH", token, len(data)) + data
