"""TYPE_INFO: how a column or parameter declares its type, and how to read its values.

MS-TDS 2.2.5.4 to 2.2.5.6.
"""

from enum import IntEnum
from functools import lru_cache, partial
from typing import Any, NamedTuple

from capture.wire.tds import value_frames, values
from capture.wire.tds.collations import codec
from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.value_frames import NULL_U16, Read
from capture.wire.tds.values import Decode

_COLLATION_BYTES = 5


class Token(IntEnum):
    """Data type tokens."""

    NULL = 0x1F
    IMAGE, TEXT, GUID, OLD_VARBINARY, INTN, OLD_VARCHAR = 0x22, 0x23, 0x24, 0x25, 0x26, 0x27
    DATEN, TIMEN, DATETIME2N, DATETIMEOFFSETN = 0x28, 0x29, 0x2A, 0x2B
    OLD_BINARY, OLD_CHAR = 0x2D, 0x2F
    INT1, BIT, INT2, OLD_DECIMAL, INT4, DATETIM4, FLT4 = 0x30, 0x32, 0x34, 0x37, 0x38, 0x3A, 0x3B
    MONEY, DATETIME, FLT8, OLD_NUMERIC = 0x3C, 0x3D, 0x3E, 0x3F
    VARIANT, NTEXT, BITN, DECIMALN, NUMERICN, FLTN = 0x62, 0x63, 0x68, 0x6A, 0x6C, 0x6D
    MONEYN, DATETIMN, MONEY4, INT8 = 0x6E, 0x6F, 0x7A, 0x7F
    VARBINARY, VARCHAR, BINARY, CHAR, NVARCHAR, NCHAR = 0xA5, 0xA7, 0xAD, 0xAF, 0xE7, 0xEF
    UDT, XML, TABLE, JSON, VECTOR = 0xF0, 0xF1, 0xF3, 0xF4, 0xF5


class ColumnType(NamedTuple):
    """A declared type. Values of text, ntext and image look different outside rows."""

    name: str
    read: Read
    read_parameter: Read


def _type(name: str, read: Read) -> ColumnType:
    return ColumnType(name, read, read)


_Fixed = tuple[str, int, Decode]
_FIXED: dict[Token, _Fixed] = {
    Token.NULL: ("null", 0, values.nothing),
    Token.INT1: ("tinyint", 1, values.integer),
    Token.BIT: ("bit", 1, values.bit),
    Token.INT2: ("smallint", 2, values.integer),
    Token.INT4: ("int", 4, values.integer),
    Token.INT8: ("bigint", 8, values.integer),
    Token.FLT4: ("real", 4, values.floating),
    Token.FLT8: ("float", 8, values.floating),
    Token.MONEY4: ("smallmoney", 4, values.money),
    Token.MONEY: ("money", 8, values.money),
    Token.DATETIM4: ("smalldatetime", 4, values.datetime_old),
    Token.DATETIME: ("datetime", 8, values.datetime_old),
}

# Nullable types: the declared size picks the fixed type whose values they hold.
_NULLABLE = {
    Token.INTN: {1: Token.INT1, 2: Token.INT2, 4: Token.INT4, 8: Token.INT8},
    Token.BITN: {1: Token.BIT},
    Token.FLTN: {4: Token.FLT4, 8: Token.FLT8},
    Token.MONEYN: {4: Token.MONEY4, 8: Token.MONEY},
    Token.DATETIMN: {4: Token.DATETIM4, 8: Token.DATETIME},
}

_DECIMALS = {
    Token.DECIMALN: "decimal",
    Token.NUMERICN: "numeric",
    Token.OLD_DECIMAL: "decimal",
    Token.OLD_NUMERIC: "numeric",
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


def read_type(reader: Reader, *, has_collation: bool, is_parameter: bool = False) -> ColumnType:
    """TYPE_INFO; character types carry a collation from 7.1 on."""
    token = _TOKENS.get(code := reader.u8())
    if token is None:
        raise MalformedMessage(f"unknown data type 0x{code:02x}")
    if token in _TEXTS or token in _BINARIES:
        return _bytes_or_text(reader, token, has_collation=has_collation)
    if token in _FIXED:
        name, size, decode = _FIXED[token]
        return _type(name, value_frames.fixed_size(size, decode))
    if token in _NULLABLE:
        return _nullable(token, reader.u8())
    if token in _DECIMALS:
        reader.skip(2)  # largest size, precision
        decode = partial(values.decimal, digits=reader.u8())
        return _type(_DECIMALS[token], value_frames.short(decode))
    if token in _SCALED_TIMES:
        name, convert = _SCALED_TIMES[token]
        return _type(name, value_frames.short(partial(convert, digits=reader.u8())))
    if token is Token.DATEN:
        return _type("date", value_frames.short(values.day))
    if token is Token.GUID:
        reader.skip(1)
        return _type("uniqueidentifier", value_frames.short(values.guid))
    if token in _LARGE:
        return _large(reader, token, has_collation=has_collation)
    return _structured(reader, token, is_parameter=is_parameter)


def _nullable(token: Token, size: int) -> ColumnType:
    try:
        name, _, decode = _FIXED[_NULLABLE[token][size]]
    except KeyError:
        raise MalformedMessage(f"{token.name} of {size} bytes") from None
    is_integer = token is Token.INTN
    frame = (
        value_frames.nullable_integer(size, decode) if is_integer else value_frames.short(decode)
    )
    return _type(name, frame)


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
        return _type(name, value_frames.short(decode))
    if is_partial:
        return _type(name, value_frames.partial(decode))
    if token in _WIDE:
        return _type(name, value_frames.medium_wide_text)
    if token in _TEXTS:
        return _type(name, value_frames.medium_text(codec(collation)))
    return _type(name, value_frames.medium(decode))


_LARGE = frozenset((Token.IMAGE, Token.TEXT, Token.NTEXT, Token.VARIANT))


def _large(reader: Reader, token: Token, *, has_collation: bool) -> ColumnType:
    reader.skip(4)  # largest size
    if token is Token.VARIANT:
        return _type("sql_variant", value_frames.long(variant, is_null_when_empty=True))
    if token is Token.IMAGE:
        decode: Decode = values.hexadecimal
    else:
        collation = reader.take(_COLLATION_BYTES) if has_collation else b""
        decode = _text_decode(token, collation)
    return ColumnType(
        token.name.lower(), value_frames.behind_pointer(decode), value_frames.long(decode)
    )


def _structured(reader: Reader, token: Token, *, is_parameter: bool) -> ColumnType:
    if token is Token.JSON:
        return _type("json", value_frames.partial(values.utf8_text))
    if token is Token.VECTOR:
        reader.skip(3)  # largest size, type of the dimensions
        return _type("vector", value_frames.medium(values.hexadecimal))
    if token is Token.XML:
        if reader.u8():  # names of a schema collection
            reader.b_varchar(), reader.b_varchar(), reader.us_varchar()
        return _type("xml", value_frames.partial(values.xml))
    if token is Token.TABLE:
        raise MalformedMessage("a table where only a value can be")
    if not is_parameter:
        reader.skip(2)  # largest size
    reader.b_varchar(), reader.b_varchar(), reader.b_varchar()
    if not is_parameter:
        reader.us_varchar()  # assembly
    return _type("udt", value_frames.partial(values.hexadecimal))


def _text_decode(token: Token, collation: bytes) -> Decode:
    return values.wide_text if token in _WIDE else values.text_decoder(collation)


def type_info_sizes(*, has_collation: bool) -> bytes:
    """Bytes of TYPE_INFO by token; 0 where they vary, and for what is no type."""
    collation = _COLLATION_BYTES if has_collation else 0
    sizes = bytearray(256)
    for token in Token:
        if token in _FIXED or token is Token.DATEN:
            sizes[token] = 1
        elif token in _NULLABLE or token in _SCALED_TIMES or token in _OLD or token is Token.GUID:
            sizes[token] = 2
        elif token in _DECIMALS or token is Token.VECTOR:
            sizes[token] = 4
        elif token in _TEXTS or token in _BINARIES:
            sizes[token] = 3 + (collation if token in _TEXTS else 0)
        elif token in _LARGE:
            sizes[token] = 5 + (collation if token in (Token.TEXT, Token.NTEXT) else 0)
    return bytes(sizes)


def variant(raw: bytes) -> Any:
    """sql_variant: base type, its properties, the value (MS-TDS 2.2.5.5.4)."""
    reader = Reader(raw)
    code, size = reader.u8(), reader.u8()
    properties, value = reader.take(size), raw[2 + size :]
    if code in _FIXED:
        _, whole, decode = _FIXED[Token(code)]
        if len(value) != whole:
            raise MalformedMessage(f"{Token(code).name} of {len(value)} bytes in a sql_variant")
        return decode(value)
    if code in _SCALED_TIMES and properties:
        return _SCALED_TIMES[Token(code)][1](value, properties[0])
    if code in _DECIMALS and len(properties) == 2:
        return values.decimal(value, properties[1])
    if code in _TEXTS:
        decode = _text_decode(Token(code), properties[:_COLLATION_BYTES])
        return decode(value)
    simple: dict[int, Decode] = {Token.DATEN: values.day, Token.GUID: values.guid}
    return simple.get(code, values.hexadecimal)(value)
