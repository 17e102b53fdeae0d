"""TYPE_INFO: how a column or parameter declares its type, and how to read its values.

MS-TDS 2.2.5.4 to 2.2.5.6.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache, partial
from typing import Any, NamedTuple

from capture.wire.tds import values
from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.values import Decode

NULL_U16, NULL_U32, NULL_U64, UNKNOWN_U64 = 0xFFFF, 0xFFFFFFFF, 2**64 - 1, 2**64 - 2
_TEXT_TIMESTAMP_BYTES = 8
_COLLATION_BYTES = 5


class Token(IntEnum):
    """Data type tokens."""

    NULL = 0x1F
    IMAGE, TEXT, GUID, OLD_VARBINARY, INTN, OLD_VARCHAR = 0x22, 0x23, 0x24, 0x25, 0x26, 0x27
    DATEN, TIMEN, DATETIME2N, DATETIMEOFFSETN = 0x28, 0x29, 0x2A, 0x2B
    OLD_BINARY, OLD_CHAR = 0x2D, 0x2F
    INT1, BIT, INT2, INT4, DATETIM4, FLT4 = 0x30, 0x32, 0x34, 0x38, 0x3A, 0x3B
    MONEY, DATETIME, FLT8 = 0x3C, 0x3D, 0x3E
    VARIANT, NTEXT, BITN, DECIMALN, NUMERICN, FLTN = 0x62, 0x63, 0x68, 0x6A, 0x6C, 0x6D
    MONEYN, DATETIMN, MONEY4, INT8 = 0x6E, 0x6F, 0x7A, 0x7F
    VARBINARY, VARCHAR, BINARY, CHAR, NVARCHAR, NCHAR = 0xA5, 0xA7, 0xAD, 0xAF, 0xE7, 0xEF
    UDT, XML = 0xF0, 0xF1


# Reads a value at a position: the value, None for NULL, and the position behind it.
Read = Callable[[bytes, int], tuple[Any, int]]


class ColumnType(NamedTuple):
    """A declared type. Values of text, ntext and image look different outside rows."""

    name: str
    read: Read
    read_parameter: Read


def _type(name: str, read: Read) -> ColumnType:
    return ColumnType(name, read, read)


def _fixed(name: str, size: int, decode: Decode) -> tuple[str, int, Decode]:
    return name, size, decode


_FIXED = {
    Token.NULL: _fixed("null", 0, values.nothing),
    Token.INT1: _fixed("tinyint", 1, values.integer),
    Token.BIT: _fixed("bit", 1, values.bit),
    Token.INT2: _fixed("smallint", 2, values.integer),
    Token.INT4: _fixed("int", 4, values.integer),
    Token.INT8: _fixed("bigint", 8, values.integer),
    Token.FLT4: _fixed("real", 4, values.floating),
    Token.FLT8: _fixed("float", 8, values.floating),
    Token.MONEY4: _fixed("smallmoney", 4, values.money),
    Token.MONEY: _fixed("money", 8, values.money),
    Token.DATETIM4: _fixed("smalldatetime", 4, values.datetime_old),
    Token.DATETIME: _fixed("datetime", 8, values.datetime_old),
}

# Nullable types: the declared size picks the fixed type whose values they hold.
_NULLABLE = {
    Token.INTN: {1: Token.INT1, 2: Token.INT2, 4: Token.INT4, 8: Token.INT8},
    Token.BITN: {1: Token.BIT},
    Token.FLTN: {4: Token.FLT4, 8: Token.FLT8},
    Token.MONEYN: {4: Token.MONEY4, 8: Token.MONEY},
    Token.DATETIMN: {4: Token.DATETIM4, 8: Token.DATETIME},
}

_SCALED_TIMES = {
    Token.TIMEN: ("time", values.time),
    Token.DATETIME2N: ("datetime2", values.datetime2),
    Token.DATETIMEOFFSETN: ("datetimeoffset", values.datetimeoffset),
}

_BINARIES = {
    Token.VARBINARY: "varbinary",
    Token.BINARY: "binary",
    Token.OLD_VARBINARY: "varbinary",
    Token.OLD_BINARY: "binary",
}
_TEXTS = {
    Token.VARCHAR: "varchar",
    Token.CHAR: "char",
    Token.NVARCHAR: "nvarchar",
    Token.NCHAR: "nchar",
    Token.OLD_VARCHAR: "varchar",
    Token.OLD_CHAR: "char",
}
_OLD = frozenset((Token.OLD_VARBINARY, Token.OLD_BINARY, Token.OLD_VARCHAR, Token.OLD_CHAR))
_TOKENS = {int(token): token for token in Token}
_WIDE = frozenset((Token.NVARCHAR, Token.NCHAR, Token.NTEXT))


def read_type(reader: Reader, *, has_collation: bool) -> ColumnType:
    """TYPE_INFO; character types carry a collation from 7.1 on."""
    token = _TOKENS.get(code := reader.u8())
    if token is None:
        raise MalformedMessage(f"unknown data type 0x{code:02x}")
    if token in _TEXTS or token in _BINARIES:
        return _bytes_or_text(reader, token, has_collation=has_collation)
    if token in _FIXED:
        name, size, decode = _FIXED[token]
        return _type(name, _fixed_size(size, decode))
    if token in _NULLABLE:
        return _nullable(token, reader.u8())
    if token in (Token.DECIMALN, Token.NUMERICN):
        reader.skip(2)  # largest size, precision
        decode = partial(values.decimal, digits=reader.u8())
        return _type(token.name[:-1].lower(), _short(decode))
    if token in _SCALED_TIMES:
        name, convert = _SCALED_TIMES[token]
        return _type(name, _short(partial(convert, digits=reader.u8())))
    if token is Token.DATEN:
        return _type("date", _short(values.day))
    if token is Token.GUID:
        reader.skip(1)
        return _type("uniqueidentifier", _short(values.guid))
    return _large(reader, token, has_collation=has_collation)


def _nullable(token: Token, size: int) -> ColumnType:
    try:
        name, _, decode = _FIXED[_NULLABLE[token][size]]
    except KeyError:
        raise MalformedMessage(f"{token.name} of {size} bytes") from None
    return _type(name, _short(decode))


def _bytes_or_text(reader: Reader, token: Token, *, has_collation: bool) -> ColumnType:
    is_old = token in _OLD
    size = reader.u8() if is_old else reader.u16()
    has_collation = has_collation and token in _TEXTS and not is_old
    collation = reader.take(_COLLATION_BYTES) if has_collation else b""
    return _sized_type(token, collation, is_partial=not is_old and size == NULL_U16)


@lru_cache(maxsize=1024)
def _sized_type(token: Token, collation: bytes, *, is_partial: bool) -> ColumnType:
    name = _BINARIES.get(token) or _TEXTS[token]
    decode = values.hexadecimal if token in _BINARIES else _text_decode(token, collation)
    if token in _OLD:
        return _type(name, _short(decode))
    return _type(name, _partial(decode) if is_partial else _medium(decode))


def _large(reader: Reader, token: Token, *, has_collation: bool) -> ColumnType:
    if token is Token.XML:
        if reader.u8():  # names of a schema collection
            reader.b_varchar(), reader.b_varchar(), reader.us_varchar()
        return _type("xml", _partial(values.wide_text))
    if token is Token.UDT:
        reader.skip(2)
        reader.b_varchar(), reader.b_varchar(), reader.b_varchar(), reader.us_varchar()
        return _type("udt", _partial(values.hexadecimal))
    reader.skip(4)  # largest size
    if token is Token.VARIANT:
        return _type("sql_variant", _long(variant, is_null_when_empty=True))
    if token is Token.IMAGE:
        return ColumnType("image", _behind_pointer(values.hexadecimal), _long(values.hexadecimal))
    collation = reader.take(_COLLATION_BYTES) if has_collation else b""
    decode = _text_decode(token, collation)
    return ColumnType(token.name.lower(), _behind_pointer(decode), _long(decode))


def _text_decode(token: Token, collation: bytes) -> Decode:
    return values.wide_text if token in _WIDE else values.text_decoder(collation)


def _fixed_size(size: int, decode: Decode) -> Read:
    def read(data: bytes, at: int) -> tuple[Any, int]:
        stop = at + size
        return decode(_slice(data, at, stop)), stop

    return read


def _short(decode: Decode) -> Read:
    """Length u8, 0 for NULL."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        size = data[at]
        if not size:
            return None, at + 1
        stop = at + 1 + size
        return decode(_slice(data, at + 1, stop)), stop

    return read


def _medium(decode: Decode) -> Read:
    """Length u16, all ones for NULL."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        size = data[at] | data[at + 1] << 8
        start = at + 2
        if size == NULL_U16:
            return None, start
        stop = start + size
        if stop > len(data):
            raise MalformedMessage(f"a value of {size} bytes, {len(data) - start} left")
        return decode(data[start:stop]), stop

    return read


def _long(decode: Decode, *, is_null_when_empty: bool = False) -> Read:
    """Length u32, all ones for NULL."""

    def read(data: bytes, at: int) -> tuple[Any, int]:
        start = at + 4
        size = int.from_bytes(_slice(data, at, start), "little")
        if size == NULL_U32 or (is_null_when_empty and not size):
            return None, start
        return decode(_slice(data, start, start + size)), start + size

    return read


def _behind_pointer(decode: Decode) -> Read:
    """Text pointer with its length u8 (0 for NULL), a timestamp, then the value."""
    value = _long(decode)

    def read(data: bytes, at: int) -> tuple[Any, int]:
        pointer = data[at]
        if not pointer:
            return None, at + 1
        return value(data, at + 1 + pointer + _TEXT_TIMESTAMP_BYTES)

    return read


def _partial(decode: Decode) -> Read:
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
        raise MalformedMessage(f"{stop - start} bytes wanted, {len(data) - start} left")
    return data[start:stop]


def variant(raw: bytes) -> Any:
    """sql_variant: base type, its properties, the value (MS-TDS 2.2.5.5.4)."""
    reader = Reader(raw)
    code, size = reader.u8(), reader.u8()
    properties, value = reader.take(size), raw[2 + size :]
    if code in _FIXED:
        return _FIXED[Token(code)][2](value)
    if code in _SCALED_TIMES and properties:
        return _SCALED_TIMES[Token(code)][1](value, properties[0])
    if code in (Token.DECIMALN, Token.NUMERICN) and len(properties) == 2:
        return values.decimal(value, properties[1])
    if code in _TEXTS:
        return (values.wide_text if code in _WIDE else values.text_decoder(properties[:5]))(value)
    simple: dict[int, Decode] = {Token.DATEN: values.day, Token.GUID: values.guid}
    return simple.get(code, values.hexadecimal)(value)
