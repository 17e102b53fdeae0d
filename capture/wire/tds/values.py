"""Values as JSON has them: integers and bits plain, decimals and dates as text, bytes as hex."""

import struct
from collections.abc import Callable
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
_TIME_DIGITS_MAX = 7


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


def nothing(raw: bytes) -> None:
    return None


def integer(raw: bytes) -> int:
    """One byte is unsigned, wider ones are signed."""
    return int.from_bytes(raw, "little", signed=len(raw) > 1)


def bit(raw: bytes) -> bool:
    return raw != b"\0"


def floating(raw: bytes) -> float:
    value: float = struct.unpack("<f" if len(raw) == 4 else "<d", raw)[0]
    return value


def money(raw: bytes) -> str:
    if len(raw) == 4:
        return plain(integer(raw), _MONEY_DIGITS)
    high, low = struct.unpack("<iI", raw)
    return plain(high << 32 | low, _MONEY_DIGITS)


def decimal(raw: bytes, digits: int) -> str:
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
    days = int.from_bytes(raw, "little")
    if days > date.max.toordinal() - 1:
        raise MalformedMessage("date out of range")
    return (_DAY_ZERO + timedelta(days=days)).isoformat()


def time(raw: bytes, digits: int) -> str:
    """Units of 10**-digits seconds since midnight."""
    if digits > _TIME_DIGITS_MAX:
        raise MalformedMessage(f"time of scale {digits}")
    seconds, fraction = divmod(int.from_bytes(raw, "little"), 10**digits)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    decimals = str(fraction).rjust(digits, "0").rstrip("0") if digits else ""
    return f"{hour:02}:{minute:02}:{second:02}" + (f".{decimals}" if decimals else "")


def datetime2(raw: bytes, digits: int) -> str:
    return f"{day(raw[-3:])}T{time(raw[:-3], digits)}"


def datetimeoffset(raw: bytes, digits: int) -> str:
    """Shown in its own offset; on the wire the time is UTC."""
    offset = integer(raw[-2:])
    whole, _, fraction = datetime2(raw[:-2], digits).partition(".")
    try:
        local = _moved(datetime.fromisoformat(whole), minutes=offset)
    except ValueError:
        raise MalformedMessage("time out of range") from None
    hours, minutes = divmod(abs(offset), 60)
    zone = f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"
    return local.isoformat() + (f".{fraction}" if fraction else "") + zone


def _moved(start: datetime, **elapsed: int) -> datetime:
    try:
        return start + timedelta(**elapsed)
    except OverflowError:
        raise MalformedMessage("date out of range") from None
