"""A cursor over one message: every read is checked against the end."""

import struct
from codecs import utf_16_le_decode
from functools import lru_cache


class MalformedMessage(ValueError):
    """The message ends early or holds what no version of the protocol allows."""


# What reading past the end of a message shows as.
CUT_SHORT = (struct.error, IndexError)

_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_I32 = struct.Struct("<i")


class Reader:
    """Little-endian reads from `data`, starting at `at`."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.end = len(data)

    @property
    def left(self) -> int:
        return self.end - self.at

    def take(self, size: int) -> bytes:
        start = self.at
        stop = start + size
        if stop > self.end:
            raise MalformedMessage(f"{size} bytes wanted, {self.end - start} left")
        self.at = stop
        return self.data[start:stop]

    def skip(self, size: int) -> None:
        if size > self.end - self.at:
            raise MalformedMessage(f"{size} bytes wanted, {self.end - self.at} left")
        self.at += size

    def u8(self) -> int:
        at = self.at
        if at >= self.end:
            raise MalformedMessage("1 byte wanted, 0 left")
        self.at = at + 1
        return self.data[at]

    def u16(self) -> int:
        at = self.at
        if at + 2 > self.end:
            raise MalformedMessage(f"2 bytes wanted, {self.end - at} left")
        self.at = at + 2
        return self.data[at] | self.data[at + 1] << 8

    def u32(self) -> int:
        return int(self._unpack(_U32))

    def u64(self) -> int:
        return int(self._unpack(_U64))

    def i32(self) -> int:
        return int(self._unpack(_I32))

    def text(self, characters: int) -> str:
        """UTF-16 text of so many code units."""
        return utf16(self.take(2 * characters))

    def b_varchar(self) -> str:
        """A name: short, and seldom seen for the first time."""
        return _name(self.take(2 * self.u8()))

    def us_varchar(self) -> str:
        return self.text(self.u16())

    def _unpack(self, form: struct.Struct) -> int:
        at = self.at
        stop = at + form.size
        if stop > self.end:
            raise MalformedMessage(f"{form.size} bytes wanted, {self.end - at} left")
        self.at = stop
        value: int = form.unpack_from(self.data, at)[0]
        return value


@lru_cache(maxsize=4096)
def _name(raw: bytes) -> str:
    return utf16(raw)


def utf16(raw: bytes) -> str:
    """UTF-16LE text; what is no character becomes U+FFFD."""
    # What `bytes.decode` calls in the end, after looking for the codec.
    return utf_16_le_decode(raw, "replace", True)[0]  # noqa: FBT003  # positional only
