"""Cells of data files, and the values of fields that are made of them; numbers never as floats."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

from riskgw.kernel.times import BEIJING

# What a reader makes of a cell: text of CSV and JSON, and whatever a spreadsheet keeps.
Cell = str | int | bool | Decimal | date | datetime | time | None

CELL_CHARS_MAX = 4_000
NUMBER_CHARS_MAX = 40
STEPS_MAX = 40
# Beyond that many digits before or behind the point it is no amount and no price.
_EXPONENT_MAX = 24
_MARKET_TIME = timezone(BEIJING)
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)", re.ASCII)
_BARE_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_STEP = re.compile(r"([^:]+):([^:]+)")
_FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "y", "是"), True),
    **dict.fromkeys(("0", "false", "no", "n", "否"), False),
}


class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    FLAG = "flag"
    DATE = "date"
    MOMENT = "moment"
    # Pairs, rising: 0:2; 100:4.
    STEPS = "steps"


class CellFault(StrEnum):
    """The closed list of what can be wrong with a cell before its field is asked."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    NOT_A_DATE = "not_a_date"
    NOT_A_MOMENT = "not_a_moment"
    NOT_A_FLAG = "not_a_flag"
    NOT_STEPS = "not_steps"
    NOT_PLAIN = "not_plain"
    FORMULA_FAILED = "formula_failed"
    # Of a row that is longer or shorter than the header: a separator too many, or one lost.
    CELLS = "cells"


class CellFaulty(ValueError):
    """A cell that cannot be taken."""

    def __init__(self, code: CellFault) -> None:
        super().__init__(str(code))
        self.code = code


class Nested:
    """Stands for a cell of JSON that holds an object or a list."""


class Failed:
    """Stands for a cell of a spreadsheet whose formula ended in an error: #N/A, #REF!, …"""

    def __init__(self, text: str) -> None:
        self.text = text


def text_of(cell: Any) -> str:
    """A cell as a person reads it; 600000.0 of a spreadsheet is 600000."""
    match cell:
        case None:
            return ""
        case bool():
            return "1" if cell else "0"
        case Decimal():
            return _plain(cell) if cell.is_finite() else str(cell)
        case datetime():
            return cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case Failed():
            return cell.text
        case Nested():
            return "{…}"
    return unicodedata.normalize("NFC", str(cell)).strip()


def value_of(kind: Kind, cell: Any) -> Any:
    """What a field of this kind gets; of an empty cell nothing. CellFaulty if it does not fit."""
    if isinstance(cell, Nested):
        raise CellFaulty(CellFault.NOT_PLAIN)
    if isinstance(cell, Failed):
        raise CellFaulty(CellFault.FORMULA_FAILED)
    text = text_of(cell)
    if len(text) > CELL_CHARS_MAX:
        raise CellFaulty(CellFault.TOO_LONG)
    return _MAKERS[kind](cell, text) if text else None


def _plain(number: Decimal) -> str:
    if number.adjusted() > _EXPONENT_MAX or number.adjusted() < -_EXPONENT_MAX:
        return str(number)
    return f"{number.normalize():f}"


def _decimal(cell: Any, text: str) -> Decimal:
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) > NUMBER_CHARS_MAX or not any(each.isdigit() for each in folded):
        raise CellFaulty(CellFault.NOT_A_NUMBER)
    if not _NUMBER.fullmatch(folded) or not re.search(r"^[+-]?\.?\d", folded, re.ASCII):
        raise CellFaulty(CellFault.NOT_A_NUMBER)
    number = Decimal(folded.replace(",", ""))
    if number and abs(number.adjusted()) > _EXPONENT_MAX:
        raise CellFaulty(CellFault.NOT_A_NUMBER)
    return number


def _whole(cell: Any, text: str) -> int:
    number = _decimal(cell, text)
    if number != number.to_integral_value():
        raise CellFaulty(CellFault.NOT_WHOLE)
    return int(number)


def _flag(cell: Any, text: str) -> bool:
    found = _FLAGS.get(unicodedata.normalize("NFKC", text).lower())
    if found is None:
        raise CellFaulty(CellFault.NOT_A_FLAG)
    return found


def _date(cell: Any, text: str) -> date:
    """2026-11-23, 2026/11/23, 2026年11月23日, 20261123; day before month would be a guess."""
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise CellFaulty(CellFault.NOT_A_DATE)
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DATE.fullmatch(text)
    parts = found.group(1, 3, 4) if found and found.group(3) else found and found.group(1, 5, 6)
    if bare := _BARE_DATE.fullmatch(text):
        parts = bare.groups()
    try:
        year, month, day = (int(each) for each in parts or ())
        return date(year, month, day)
    except ValueError:
        raise CellFaulty(CellFault.NOT_A_DATE) from None


def _moment(cell: Any, text: str) -> datetime:
    """Without an offset it is exchange time."""
    try:
        found = cell if isinstance(cell, datetime) else datetime.fromisoformat(_dashed(text))
        local = found if found.tzinfo else found.replace(tzinfo=_MARKET_TIME)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CellFaulty(CellFault.NOT_A_MOMENT) from None


def _dashed(text: str) -> str:
    return text.replace("/", "-")


def _steps(cell: Any, text: str) -> list[list[str]]:
    """As obligations keep them: from which value on which holds, both as decimal text, rising."""
    pairs = [_STEP.fullmatch(each.strip()) for each in re.split(r"[;；]", text) if each.strip()]
    if not 0 < len(pairs) <= STEPS_MAX or not all(pairs):
        raise CellFaulty(CellFault.NOT_STEPS)
    try:
        steps = [[_decimal(None, part.strip()) for part in pair.groups()] for pair in pairs if pair]
    except CellFaulty:
        raise CellFaulty(CellFault.NOT_STEPS) from None
    begins = [first for first, _ in steps]
    if begins != sorted(set(begins)) or any(number < 0 for step in steps for number in step):
        raise CellFaulty(CellFault.NOT_STEPS)
    return [[_plain(number) for number in step] for step in steps]


def _text(cell: Any, text: str) -> str:
    if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in text):
        raise CellFaulty(CellFault.NOT_PLAIN)
    return text


_MAKERS: Mapping[Kind, Callable[[Any, str], Any]] = {
    Kind.TEXT: _text,
    Kind.WHOLE: _whole,
    Kind.DECIMAL: _decimal,
    Kind.FLAG: _flag,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.STEPS: _steps,
}
