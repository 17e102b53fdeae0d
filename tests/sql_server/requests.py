"""Requests of clients: log-in, calls, transactions, bulk rows (MS-TDS 2.2.6)."""

import struct
from typing import Any, NamedTuple

from tests.sql_server.reader import Cursor
from tests.sql_server.versions import is_wide

SPECIAL_PROCEDURES = {
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    15: "sp_unprepare",
}
_BY_ID = 0xFFFF
_COLUMN_METADATA, _ROW = 0x81, 0xD1
_NAMES_IN_LOGIN = {"host": 0, "user": 1, "app": 3, "database": 8}


class Login(NamedTuple):
    """What the server keeps of LOGIN7."""

    version: int
    packet_bytes: int
    user: str
    database: str


class Parameter(NamedTuple):
    """A parameter of a call."""

    name: str
    is_output: bool
    value: Any


class Call(NamedTuple):
    """A procedure call; `procedure` is lower case without brackets and schema."""

    procedure: str
    parameters: list[Parameter]

    def values(self) -> list[Any]:
        return [parameter.value for parameter in self.parameters]


class Transaction(NamedTuple):
    """A transaction manager request; some begin the next transaction at once."""

    kind: int
    name: str
    begins_another: bool


def encryption_of(prelogin: bytes) -> tuple[int, bool]:
    """The client's encryption option, and whether it asks for MARS."""
    options: dict[int, bytes] = {}
    at = 0
    while prelogin[at] != 0xFF:
        code, offset, size = struct.unpack_from(">BHH", prelogin, at)
        options[code] = prelogin[offset : offset + size]
        at += 5
    return options[1][0], options.get(4, b"\0")[:1] == b"\1"


def login(payload: bytes) -> Login:
    version, packet_bytes = struct.unpack_from("<II", payload, 4)

    def named(place: int) -> str:
        offset, characters = struct.unpack_from("<HH", payload, 36 + 4 * place)
        return payload[offset : offset + 2 * characters].decode("utf-16-le")

    return Login(
        version, packet_bytes or 4096, named(_NAMES_IN_LOGIN["user"]),
        named(_NAMES_IN_LOGIN["database"]),
    )  # fmt: skip


def body(payload: bytes, version: int) -> bytes:
    """What follows ALL_HEADERS."""
    return payload[int.from_bytes(payload[:4], "little") :] if is_wide(version) else payload


def calls(payload: bytes, version: int) -> list[Call]:
    cursor = Cursor(body(payload, version), version)
    found = []
    while cursor.left:
        found.append(_call(cursor))
    return found


def _call(cursor: Cursor) -> Call:
    size = cursor.integer(2)
    name = SPECIAL_PROCEDURES[cursor.integer(2)] if size == _BY_ID else cursor.text(size)
    cursor.take(2)  # option flags
    parameters = []
    while cursor.left:
        if cursor.data[cursor.at] in (0x80, 0xFE, 0xFF):  # the next call of the message
            cursor.take(1)
            break
        own_name = cursor.text(cursor.integer(1))
        status = cursor.integer(1)
        parameters.append(Parameter(own_name, bool(status & 1), cursor.value_type()(in_row=False)))
    return Call(name.replace("[", "").replace("]", "").split(".")[-1].lower(), parameters)


def transaction(payload: bytes, version: int) -> Transaction:
    cursor = Cursor(body(payload, version), version)
    kind = cursor.integer(2)
    if kind == 5:
        cursor.take(1)  # isolation level
    size = cursor.integer(1) if cursor.left else 0
    name = cursor.take(size).decode("utf-16-le")
    begins_another = kind in (7, 8) and bool(cursor.left) and bool(cursor.integer(1) & 1)
    return Transaction(kind, name, begins_another)


def bulk_rows(payload: bytes, version: int) -> list[list[Any]]:
    """Rows of a bulk load: COLMETADATA, ROWs, DONE."""
    cursor = Cursor(payload, version)
    assert cursor.integer(1) == _COLUMN_METADATA
    readers = [_bulk_column(cursor) for _ in range(cursor.integer(2))]
    rows = []
    while cursor.left and cursor.integer(1) == _ROW:
        rows.append([read(in_row=True) for read in readers])
    return rows


def _bulk_column(cursor: Cursor) -> Any:
    cursor.take(6 if is_wide(cursor.version) else 4)  # user type and flags
    code = cursor.data[cursor.at]
    read = cursor.value_type()
    if code in (0x22, 0x23, 0x63):  # the table's name, in parts since 7.2
        for _ in range(cursor.integer(1) if is_wide(cursor.version) else 1):
            cursor.text(cursor.integer(2))
    cursor.text(cursor.integer(1))
    return read
