"""Data types: TYPE_INFO and values, written for results and read from calls (MS-TDS 2.2.5)."""

import re
import struct
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.sql_server.versions import has_collation

# Chinese_PRC_CI_AS: code page 936.
COLLATION = bytes.fromhex("0408d00000")
CODEC = "gbk"
NULL_16, NULL_32, NULL_64 = b"\xff" * 2, b"\xff" * 4, b"\xff" * 8
_INTEGERS = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
_TEXTS = {"char": 0xAF, "varchar": 0xA7, "nchar": 0xEF, "nvarchar": 0xE7}
_BINARIES = {"binary": 0xAD, "varbinary": 0xA5}
_POINTED = {"text": 0x23, "ntext": 0x63}
_DAY_ZERO, _OLD_ZERO = date(1, 1, 1), datetime(1900, 1, 1)
_DECLARATION = re.compile(r"(\w+)(?:\((\w+)(?:,(\d+))?\))?")

Encode = Callable[[Any], bytes]


class ColumnType:
    """A type as declared: how it is announced and how its values look in a row."""

    def __init__(self, declaration: str) -> None:
        match = _DECLARATION.fullmatch(declaration)
        assert match, declaration
        self.name, self._size, self._scale = match.groups()

    @property
    def is_pointed(self) -> bool:
        """text and ntext: announced with their table, behind a text pointer in rows."""
        return self.name in _POINTED

    def info(self, version: int) -> bytes:
        """TYPE_INFO."""
        name, size, scale = self.name, self._size, self._scale
        collation = COLLATION if has_collation(version) else b""
        if name in _INTEGERS:
            return bytes((0x26, _INTEGERS[name]))
        if name in _TEXTS:
            return bytes((_TEXTS[name],)) + struct.pack("<H", self._bytes_max()) + collation
        if name in _BINARIES:
            return bytes((_BINARIES[name],)) + struct.pack("<H", self._bytes_max())
        if name in _POINTED:
            return bytes((_POINTED[name],)) + struct.pack("<I", 0x7FFFFFFF) + collation
        if name in ("decimal", "numeric"):
            code = 0x6A if name == "decimal" else 0x6C
            return bytes((code, 17, int(size), int(scale or 0)))
        simple = {
            "bit": b"\x68\x01", "float": b"\x6d\x08", "money": b"\x6e\x08", "datetime": b"\x6f\x08",
            "date": b"\x28", "uniqueidentifier": b"\x24\x10",
        }  # fmt: skip
        if name in simple:
            return simple[name]
        codes = {"time": 0x29, "datetime2": 0x2A}
        return bytes((codes[name], int(size)))

    def encode(self, value: Any) -> bytes:
        """A value in a row."""
        if self.is_pointed:
            return _behind_pointer(None if value is None else self._raw(value))
        is_medium = self.name in _TEXTS or self.name in _BINARIES
        if is_medium and self._size == "max":
            return _partial(None if value is None else self._raw(value))
        if value is None:
            return NULL_16 if is_medium else b"\0"
        raw = self._raw(value)
        return (struct.pack("<H", len(raw)) if is_medium else bytes((len(raw),))) + raw

    def _bytes_max(self) -> int:
        if self._size == "max":
            return 0xFFFF
        return int(self._size) * (2 if self.name.startswith("n") else 1)

    def _raw(self, value: Any) -> bytes:
        name = self.name
        if name in ("nchar", "nvarchar", "ntext"):
            wide = str(value).encode("utf-16-le")
            return wide.ljust(self._bytes_max(), b" ") if name == "nchar" else wide
        if name in ("char", "varchar", "text"):
            narrow = str(value).encode(CODEC)
            return narrow.ljust(self._bytes_max()) if name == "char" else narrow
        if name in _BINARIES:
            raw = bytes(value)
            return raw.ljust(self._bytes_max(), b"\0") if name == "binary" else raw
        if name in _INTEGERS:
            return int(value).to_bytes(_INTEGERS[name], "little", signed=name != "tinyint")
        return self._raw_other(value)

    def _raw_other(self, value: Any) -> bytes:
        writers: dict[str, Encode] = {
            "bit": lambda it: bytes((bool(it),)),
            "float": lambda it: struct.pack("<d", it),
            "money": _money,
            "datetime": _datetime,
            "date": _date,
            "uniqueidentifier": lambda it: bytes(it.bytes_le),
            "time": self._time,
            "datetime2": lambda it: self._time(it) + _date(it.date()),
        }
        if self.name in writers:
            return writers[self.name](value)
        return _decimal(value, int(self._scale or 0))

    def _time(self, moment: Any) -> bytes:
        digits = int(self._size)
        seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
        units = (seconds * 10**6 + moment.microsecond) * 10**digits // 10**6
        return int(units).to_bytes(3 if digits < 3 else 4 if digits < 5 else 5, "little")


def _behind_pointer(raw: bytes | None) -> bytes:
    if raw is None:
        return b"\0"
    return b"\x10" + b"p" * 16 + b"t" * 8 + struct.pack("<I", len(raw)) + raw


def _partial(raw: bytes | None) -> bytes:
    """PLP in chunks that are no multiple of a character."""
    if raw is None:
        return NULL_64
    chunks = [raw[at : at + 1001] for at in range(0, len(raw), 1001)]
    body = b"".join(struct.pack("<I", len(chunk)) + chunk for chunk in chunks)
    return struct.pack("<Q", len(raw)) + body + b"\0" * 4


def _money(value: Any) -> bytes:
    units = int(Decimal(value).scaleb(4))
    return struct.pack("<iI", units >> 32, units & 0xFFFFFFFF)


def _datetime(value: datetime) -> bytes:
    elapsed = value - _OLD_ZERO
    return struct.pack(
        "<iI", elapsed.days, elapsed.seconds * 300 + elapsed.microseconds * 3 // 10**4
    )


def _date(value: date) -> bytes:
    return (value - _DAY_ZERO).days.to_bytes(3, "little")


def _decimal(value: Any, scale: int) -> bytes:
    units = int(Decimal(value).scaleb(scale))
    size = next(size for size in (4, 8, 12, 16) if abs(units) < 1 << 8 * size)
    return bytes((units >= 0,)) + abs(units).to_bytes(size, "little")
