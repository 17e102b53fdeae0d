"""Values of fields as text on the wire (FIX 4.4, volume 1, "Data types") and as Python values."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any

from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND, instant_ns, utc_datetime

INTEGER_CHARACTERS_MAX = 19
DECIMAL_CHARACTERS_MAX = 30
NANOSECOND_DIGITS = 9
# Sizes, times and most prices come again within moments.
CACHED_MAX = 4096
_SECOND_CHARACTERS = len("20260102-03:04:05")
_SECOND = re.compile(r"\d{8}-\d{2}:\d{2}:\d{2}", re.ASCII)
_DATE = re.compile(r"\d{8}", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_is_decimal = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII).fullmatch

Reader = Callable[[str], Any]
Writer = Callable[[Any], str]


class RejectReason(IntEnum):
    """SessionRejectReason (373)."""

    INVALID_TAG_NUMBER = 0
    REQUIRED_TAG_MISSING = 1
    TAG_NOT_DEFINED_FOR_MESSAGE = 2
    UNDEFINED_TAG = 3
    TAG_WITHOUT_VALUE = 4
    VALUE_INCORRECT = 5
    INCORRECT_DATA_FORMAT = 6
    COMP_ID_PROBLEM = 9
    SENDING_TIME_ACCURACY = 10
    INVALID_MSG_TYPE = 11
    TAG_MORE_THAN_ONCE = 13
    TAG_OUT_OF_ORDER = 14
    GROUP_OUT_OF_ORDER = 15
    INCORRECT_GROUP_COUNT = 16


class FieldRefused(ValueError):
    """A field that cannot be taken as it stands; what a Reject (3) says of it."""

    def __init__(self, reason: RejectReason, tag: int | None, text: str) -> None:
        super().__init__(f"{text}: {tag}" if tag is not None else text)
        self.reason = reason
        self.tag = tag


class NotOfItsType(ValueError):
    """The text is none of the field's data type."""


class NotAllowed(ValueError):
    """The value is of its type, and none of those the field may have."""


def integer(text: str) -> int:
    """An int, SeqNum, NumInGroup or Length."""
    if len(text) > INTEGER_CHARACTERS_MAX or not _INTEGER.fullmatch(text):
        raise NotOfItsType(text[:40])
    return int(text)


@lru_cache(maxsize=CACHED_MAX)
def decimal(text: str) -> str:
    """A Price, Qty or Amt: its text, exact; ticks are made of it where the pair is known."""
    if len(text) > DECIMAL_CHARACTERS_MAX or not _is_decimal(text):
        raise NotOfItsType(text[:40])
    return text


def boolean(text: str) -> bool:
    """Y or N."""
    if text not in ("Y", "N"):
        raise NotOfItsType(text[:40])
    return text == "Y"


def boolean_text(value: bool) -> str:
    return "Y" if value else "N"


@lru_cache(maxsize=CACHED_MAX)
def date(text: str) -> int:
    """A LocalMktDate as the number YYYYMMDD."""
    if not _DATE.fullmatch(text):
        raise NotOfItsType(text[:40])
    try:
        datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise NotOfItsType(text) from None
    return int(text)


@lru_cache(maxsize=CACHED_MAX)
def timestamp(text: str) -> int:
    """A UTCTimestamp as nanoseconds; fractions beyond milliseconds are taken as well."""
    second, fraction = text[:_SECOND_CHARACTERS], text[_SECOND_CHARACTERS:]
    if not fraction:
        return _second_ns(second)
    digits = fraction[1:]
    if fraction[0] != "." or not digits.isdecimal() or not digits.isascii():
        raise NotOfItsType(text[:40])
    if len(digits) > NANOSECOND_DIGITS:
        raise NotOfItsType(text[:40])
    return _second_ns(second) + int(digits) * int(10 ** (NANOSECOND_DIGITS - len(digits)))


@lru_cache(maxsize=CACHED_MAX)
def _second_ns(text: str) -> int:
    if not _SECOND.fullmatch(text):
        raise NotOfItsType(text[:40])
    try:
        at = datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise NotOfItsType(text) from None
    return instant_ns(at)


@lru_cache(maxsize=CACHED_MAX)
def timestamp_text(at_ns: int) -> str:
    """A UTCTimestamp, cut to milliseconds: the finest that FIX 4.4 knows."""
    second, rest = divmod(at_ns, NS_PER_SECOND)
    return f"{_second_text(second)}.{rest // NS_PER_MS:03d}"


@lru_cache(maxsize=CACHED_MAX)
def _second_text(second: int) -> str:
    return utc_datetime(second * NS_PER_SECOND).strftime("%Y%m%d-%H:%M:%S")


def one_of(values: frozenset[str]) -> Reader:
    """Reads a code that may only be one of these."""

    def code(text: str) -> str:
        if text not in values:
            raise NotAllowed(text[:40])
        return text

    return code
