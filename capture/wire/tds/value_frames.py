"""How values are framed: with a length of one, two or four bytes, in chunks, behind a pointer.

MS-TDS 2.2.5.2.2 and 2.2.5.2.3.
"""

import struct
from codecs import utf_16_le_decode
from collections.abc import Callable
from typing import Any

from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.values import Decode

NULL_U16, NULL_U32, NULL_U64, UNKNOWN_U64 = 0xFFFF, 0xFFFFFFFF, 2**64 - 1, 2**64 - 2
_TEXT_TIMESTAMP_BYTES = 8
_INTEGERS = {2: struct.Struct("<h"), 4: struct.Struct("<i"), 8: struct.Struct("<q")}

# Reads a value at a position: the value, None for NULL, and the position behind it.
Read = Callable[[bytes, int], tuple[Any, int]]


def fixed_size(size: int, decode: Decode) -> Read:
    def read(data: bytes, at: int) -> tuple[Any, int]:
        stop = at + size
        return decode(_slice(data, at, stop)), stop

    return read


def short(decode: Decode) -> Read:
    """Length u8, 0 for NULL."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        size = data[at]
        if not size:
            return None, at + 1
        stop = at + 1 + size
        return decode(_slice(data, at + 1, stop)), stop

    return read


def nullable_integer(size: int, decode: Decode) -> Read:
    """Length u8, 0 for NULL; of the declared size as a rule."""
    otherwise = short(decode)
    if size not in _INTEGERS:
        return otherwise
    unpack = _INTEGERS[size].unpack_from
    whole = 1 + size

    def read(data: bytes, at: int) -> tuple[Any, int]:
        if data[at] == size:
            return unpack(data, at + 1)[0], at + whole
        return otherwise(data, at)

    return read


def medium(decode: Decode) -> Read:
    """Length u16, all ones for NULL."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        size = data[at] | data[at + 1] << 8
        start = at + 2
        if size == NULL_U16:
            return None, start
        stop = start + size
        if stop > len(data):
            raise _cut(start, stop, data)
        return decode(data[start:stop]), stop

    return read


def medium_wide_text(data: bytes, at: int) -> tuple[Any, int]:
    """Length u16, all ones for NULL; UTF-16. Most values of most requests."""
    size = data[at] | data[at + 1] << 8
    start = at + 2
    if size == NULL_U16:
        return None, start
    stop = start + size
    if stop > len(data):
        raise _cut(start, stop, data)
    text = utf_16_le_decode(data[start:stop], "replace", True)[0]  # noqa: FBT003  # positional only
    return text.rstrip(" "), stop


def medium_text(codec: str) -> Read:
    """Length u16, all ones for NULL; text in a code page."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        size = data[at] | data[at + 1] << 8
        start = at + 2
        if size == NULL_U16:
            return None, start
        stop = start + size
        if stop > len(data):
            raise _cut(start, stop, data)
        raw = data[start:stop]
        # Every code page here agrees with ASCII, whose decoder is several times faster.
        return raw.decode("ascii" if raw.isascii() else codec, "replace").rstrip(" "), stop

    return read


def long(decode: Decode, *, is_null_when_empty: bool = False) -> Read:
    """Length u32, all ones for NULL."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        start = at + 4
        size = int.from_bytes(_slice(data, at, start), "little")
        if size == NULL_U32 or (is_null_when_empty and not size):
            return None, start
        return decode(_slice(data, start, start + size)), start + size

    return read


def behind_pointer(decode: Decode) -> Read:
    """Text pointer with its length u8 (0 for NULL), a timestamp, then the value."""
    value = long(decode)

    def read(data: bytes, at: int) -> tuple[Any, int]:
        pointer = data[at]
        if not pointer:
            return None, at + 1
        return value(data, at + 1 + pointer + _TEXT_TIMESTAMP_BYTES)

    return read


def partial(decode: Decode) -> Read:
    """PLP: total length u64, chunks with their length u32, an empty chunk."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        reader = Reader(data, at)
        total = reader.u64()
        if total == NULL_U64:
            return None, reader.at
        chunks = []
        while size := reader.u32():
            chunks.append(reader.take(size))
        value = b"".join(chunks)
        if total not in (UNKNOWN_U64, len(value)):
            raise MalformedMessage(f"a value of {len(value)} bytes was announced as {total}")
        return decode(value), reader.at

    return read


def _slice(data: bytes, start: int, stop: int) -> bytes:
    if stop > len(data):
        raise _cut(start, stop, data)
    return data[start:stop]


def _cut(start: int, stop: int, data: bytes) -> MalformedMessage:
    return MalformedMessage(f"{stop - start} bytes wanted, {len(data) - start} left")
