"""Reads what clients send: types and values of calls and bulk rows (MS-TDS 2.2.5, 2.2.6)."""

from typing import Any, Protocol

from tests.sql_server.types import CODEC
from tests.sql_server.versions import has_collation

_FIXED = {0x1F: 0, 0x30: 1, 0x32: 1, 0x34: 2, 0x38: 4, 0x3A: 4, 0x3B: 4, 0x7A: 4}
_FIXED |= {0x3C: 8, 0x3D: 8, 0x3E: 8, 0x7F: 8}
_INTEGERS = frozenset((0x26, 0x30, 0x34, 0x38, 0x7F))
_NUMERIC = frozenset((0x6A, 0x6C))
_ONE_BYTE_INFO = frozenset((0x24, 0x26, 0x68, 0x6D, 0x6E, 0x6F, 0x29, 0x2A, 0x2B))
_MEDIUM_TEXT = frozenset((0xA7, 0xAF, 0xE7, 0xEF))
_MEDIUM = _MEDIUM_TEXT | {0xA5, 0xAD}
_LONG_TEXT = frozenset((0x23, 0x63))
_LONG = _LONG_TEXT | {0x22}
_TABLE = 0xF3
_WIDE = frozenset((0xE7, 0xEF, 0x63))


class ReadValue(Protocol):
    """Reads one value of a type."""

    def __call__(self, *, in_row: bool) -> Any: ...


class Cursor:
    """Little-endian reads from a message."""

    def __init__(self, data: bytes, version: int) -> None:
        self.data = data
        self.version = version
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, size: int) -> bytes:
        assert size <= self.left, f"{size} bytes wanted, {self.left} left"
        self.at += size
        return self.data[self.at - size : self.at]

    def integer(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self, characters: int) -> str:
        return self.take(2 * characters).decode("utf-16-le")

    def value_type(self) -> ReadValue:
        """TYPE_INFO, as the function that reads a value of it."""
        code = self.integer(1)
        if code in _FIXED:
            return lambda *, in_row: self._plain(code, self.take(_FIXED[code]))
        if code == 0x28:
            return lambda *, in_row: self._short(code)
        if code in _ONE_BYTE_INFO:
            self.take(1)
            return lambda *, in_row: self._short(code)
        if code in _NUMERIC:
            self.take(3)
            return lambda *, in_row: self._short(code)
        if code in _MEDIUM:
            size = self.integer(2)
            self._collation(is_text=code in _MEDIUM_TEXT)
            is_partial = size == 0xFFFF
            return lambda *, in_row: self._partial(code) if is_partial else self._medium(code)
        if code == _TABLE:
            return self._table_type()
        assert code in _LONG, f"data type {code:#x}"
        self.take(4)
        self._collation(is_text=code in _LONG_TEXT)
        return lambda *, in_row: self._long(code, in_row=in_row)

    def _table_type(self) -> ReadValue:
        """A table-valued parameter; its columns stand before its rows (MS-TDS 2.2.5.5.5)."""
        for _ in range(3):  # database, schema, type
            self.text(self.integer(1))
        return self._table

    def _table(self, *, in_row: bool) -> list[list[Any]] | None:
        count = self.integer(2)
        if count == 0xFFFF:
            self.take(2)
            return None
        readers = []
        for _ in range(count):
            self.take(6)  # user type and flags
            readers.append(self.value_type())
            self.text(self.integer(1))
        assert self.integer(1) == 0, "no order or uniqueness is declared"
        rows = []
        while self.integer(1):
            rows.append([read(in_row=True) for read in readers])
        return rows

    def _collation(self, *, is_text: bool) -> None:
        if is_text and has_collation(self.version):
            self.take(5)

    def _short(self, code: int) -> Any:
        size = self.integer(1)
        return self._plain(code, self.take(size)) if size else None

    def _medium(self, code: int) -> Any:
        size = self.integer(2)
        return None if size == 0xFFFF else self._plain(code, self.take(size))

    def _long(self, code: int, *, in_row: bool) -> Any:
        if in_row:
            pointer = self.integer(1)
            if not pointer:
                return None
            self.take(pointer + 8)
        size = self.integer(4)
        return None if size == 0xFFFFFFFF else self._plain(code, self.take(size))

    def _partial(self, code: int) -> Any:
        if self.integer(8) == (1 << 64) - 1:
            return None
        raw = b""
        while size := self.integer(4):
            raw += self.take(size)
        return self._plain(code, raw)

    @staticmethod
    def _plain(code: int, raw: bytes) -> Any:
        if code in _WIDE:
            return raw.decode("utf-16-le")
        if code in _MEDIUM_TEXT or code in _LONG_TEXT:
            return raw.decode(CODEC)
        return int.from_bytes(raw, "little", signed=True) if code in _INTEGERS else raw
