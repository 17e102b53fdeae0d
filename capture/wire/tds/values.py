"""Values as JSON has them: integers and bits plain, decimals and dates as text, bytes as hex."""

import struct
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from capture.wire.tds.collations import codec
from capture.wire.tds.reader import MalformedMessage, utf16
from riskgw.kernel.decimals import plain

Decode = Callable[[bytes], Any]

_MONEY_DIGITS = 4
_DAY_ZERO = date(1, 1, 1)
_DATETIME_ZERO = datetime(1900, 1, 1)  # noqa: DTZ001  # SQL Server's datetime has no zone
_TICKS_PER_SECOND = 300
_SECONDS_PER_DAY = 86_400
_INTEGER_BYTES = frozenset((1, 2, 4, 8))
_DECIMAL_BYTES = frozenset((5, 9, 13, 17))
_DECIMAL_DIGITS_MAX = 38
_REAL_DIGITS = range(1, 10)  # nine tell every 32-bit number from its neighbours
_REAL, _FLOAT = struct.Struct("<f"), struct.Struct("<d")
_DATE_BYTES, _OFFSET_BYTES, _OFFSET_MINUTES_MAX = 3, 2, 840
# By scale, 0 to 7.
_TIME_BYTES = (3, 3, 3, 4, 4, 5, 5, 5)
_BYTE_ORDER_MARK, _BINARY_XML = b"\xff\xfe", b"\xdf\xff"


def hexadecimal(raw: bytes) -> str:
    return raw.hex()


def wide_text(raw: bytes) -> str:
    return utf16(raw).rstrip(" ")


@lru_cache(maxsize=256)
def text_decoder(collation: bytes) -> Decode:
    name = codec(collation)

    def text(raw: bytes) -> str:
        # Every code page here agrees with ASCII, whose decoder is several times faster.
        return raw.decode("ascii" if raw.isascii() else name, "replace").rstrip(" ")

    return text


def utf8_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip(" ")


def xml(raw: bytes) -> str:
    """UTF-16, or binary XML (MS-BINXML) as hex."""
    if raw.startswith(_BINARY_XML):
        return raw.hex()
    return wide_text(raw.removeprefix(_BYTE_ORDER_MARK))


def nothing(raw: bytes) -> None:
    return None


def integer(raw: bytes) -> int:
    """One byte is unsigned, wider ones are signed."""
    _check_size(raw, _INTEGER_BYTES, "an integer")
    return int.from_bytes(raw, "little", signed=len(raw) > 1)


def bit(raw: bytes) -> bool:
    _check_size(raw, (1,), "a bit")
    return raw != b"\0"


def floating(raw: bytes) -> float:
    """The number that people wrote: a 32-bit one is shown with as few digits as tell it apart."""
    if len(raw) == _FLOAT.size:
        value: float = _FLOAT.unpack(raw)[0]
        return value
    real: float = _REAL.unpack(raw)[0]
    shortest = (float(f"{real:.{digits}g}") for digits in _REAL_DIGITS)
    return next((value for value in shortest if _same_real(value, raw)), real)


def _same_real(value: float, raw: bytes) -> bool:
    try:
        return _REAL.pack(value) == raw
    except OverflowError:  # the largest 32-bit number, rounded up
        return False


def money(raw: bytes) -> str:
    if len(raw) == 4:
        return plain(integer(raw), _MONEY_DIGITS)
    high, low = struct.unpack("<iI", raw)
    return plain(high << 32 | low, _MONEY_DIGITS)


def decimal(raw: bytes, digits: int) -> str:
    """Sign byte (0 is minus), then the magnitude."""
    _check_size(raw, _DECIMAL_BYTES, "a decimal")
    if digits > _DECIMAL_DIGITS_MAX:
        raise MalformedMessage(f"a decimal of scale {digits}")
    magnitude = int.from_bytes(raw[1:], "little")
    return plain(magnitude if raw[0] else -magnitude, digits)


def guid(raw: bytes) -> str:
    if len(raw) != 16:
        raise MalformedMessage(f"uniqueidentifier of {len(raw)} bytes")
    return str(UUID(bytes_le=raw))


def datetime_old(raw: bytes) -> str:
    """smalldatetime (days, minutes) and datetime (days, 1/300 s), from 1900-01-01."""
    if len(raw) == 4:
        days, minutes = struct.unpack("<HH", raw)
        return _moved(_DATETIME_ZERO, days=days, minutes=minutes).isoformat()
    days, ticks = struct.unpack("<iI", raw)
    seconds, rest = divmod(ticks, _TICKS_PER_SECOND)
    # 1/300 s rounded to milliseconds, as SQL Server shows it.
    moment = _moved(_DATETIME_ZERO, days=days, seconds=seconds, milliseconds=(rest * 10 + 1) // 3)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def day(raw: bytes) -> str:
    _check_size(raw, (_DATE_BYTES,), "a date")
    days = int.from_bytes(raw, "little")
    if days > date.max.toordinal() - 1:
        raise MalformedMessage("date out of range")
    return (_DAY_ZERO + timedelta(days=days)).isoformat()


def time(raw: bytes, digits: int) -> str:
    """Units of 10**-digits seconds since midnight."""
    if digits >= len(_TIME_BYTES):
        raise MalformedMessage(f"time of scale {digits}")
    _check_size(raw, (_TIME_BYTES[digits],), "a time")
    seconds, fraction = divmod(int.from_bytes(raw, "little"), 10**digits)
    if seconds >= _SECONDS_PER_DAY:
        raise MalformedMessage("time out of range")
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    decimals = str(fraction).rjust(digits, "0").rstrip("0") if digits else ""
    return f"{hour:02}:{minute:02}:{second:02}" + (f".{decimals}" if decimals else "")


def datetime2(raw: bytes, digits: int) -> str:
    return f"{day(raw[-_DATE_BYTES:])}T{time(raw[:-_DATE_BYTES], digits)}"


def datetimeoffset(raw: bytes, digits: int) -> str:
    """Shown in its own offset; on the wire the time is UTC."""
    whole, _, fraction = datetime2(raw[:-_OFFSET_BYTES], digits).partition(".")
    offset = int.from_bytes(raw[-_OFFSET_BYTES:], "little", signed=True)
    if abs(offset) > _OFFSET_MINUTES_MAX:
        raise MalformedMessage(f"a time zone {offset} minutes off")
    local = _moved(datetime.fromisoformat(whole), minutes=offset)
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
    return local.isoformat() + (f".{fraction}" if fraction else "") + zone


def _check_size(raw: bytes, sizes: Collection[int], what: str) -> None:
    if len(raw) not in sizes:
        raise MalformedMessage(f"{what} of {len(raw)} bytes")


def _moved(start: datetime, **elapsed: int) -> datetime:
    try:
        return start + timedelta(**elapsed)
    except OverflowError:
        raise MalformedMessage("date out of range") from None
