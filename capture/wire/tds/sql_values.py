"""Values written in a SQL text: literals, parameters, and constants put together from them."""

import re
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from capture.wire.tds.sql_text import STRING

DIGITS_MAX = 40  # longer than any number of SQL Server
_EXPONENT_MAX = 308  # of a float
_NESTING_MAX = 8


class Parameter(NamedTuple):
    """A value that the text leaves to an argument or a variable; `name` with its @, lower case."""

    name: str


class Unread(Enum):
    """A value that the server works out."""

    EXPRESSION = "expression"


UNREAD = Unread.EXPRESSION

_CURRENCIES = "$£¥€"
_BEFORE_DIGITS = f"+-{_CURRENCIES} \t\r\n"
_LITERAL = re.compile(
    rf"""\s*+(?:
    N?(?P<text>{STRING})
    | "(?P<old_text>(?:[^"]|"")*+)"
    | (?P<number>[+-]?\s*+[{_CURRENCIES}]?[+-]?
        (?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?P<exponent>E[+-]?[0-9]++)?)
    | (?P<null>NULL|DEFAULT)
    | 0x(?P<hex>[0-9a-f]*+)
    | (?P<parameter>@[@#$\w]++)
    | \{{\s*+(?:d|t|ts|guid)\s*+'(?P<escape>[^']*+)'\s*+\}}
    )\s*+""",
    re.IGNORECASE | re.VERBOSE,
)
_CAST = re.compile(
    r"\s*+(?:TRY_)?CAST\s*+\((?P<value>.*)\bAS\s++(?P<type>[^()]++(?:\([^()]*+\))?)\s*+\)\s*+",
    re.IGNORECASE | re.DOTALL,
)
_CONVERT = re.compile(
    r"\s*+(?:TRY_)?CONVERT\s*+\((?P<type>[^(),]++(?:\([^()]*+\))?)\s*+,(?P<value>[^,]*)\)\s*+",
    re.IGNORECASE | re.DOTALL,
)
_TEXT_TYPE = re.compile(r"\s*+N?(?:VAR)?CHAR(?:\s*+\(\s*+(\d++|MAX)\s*+\))?\s*+", re.IGNORECASE)
_CAST_CHARACTERS = 30  # where CAST is not told how many
_INTEGER_TYPE = re.compile(r"\s*+(?:BIG|SMALL|TINY)?INT\s*+", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"\s*+[+-]?\d{1,18}+\s*+", re.ASCII)


def constant(text: str, nesting: int = 0) -> Any:
    """The value of a literal, a Parameter, or UNREAD for what only the server can work out."""
    match = _LITERAL.fullmatch(text)
    if match is not None:
        return _literal(match)
    stripped = text.strip()
    if nesting == _NESTING_MAX:
        return UNREAD
    if stripped.startswith("(") and stripped.endswith(")"):
        # A parenthesis that closes earlier leaves text that is no literal.
        return constant(stripped[1:-1], nesting + 1)
    cast = _CAST.fullmatch(text) or _CONVERT.fullmatch(text)
    if cast is None or cast["value"].lstrip().lower().startswith("0x"):
        return UNREAD
    return _converted(constant(cast["value"], nesting + 1), cast["type"])


def word(text: str) -> Any:
    """The same for a word without quotes; most are short numbers without a sign."""
    # Python counts ² and ٣ among the digits, SQL does not.
    if not text.isascii():
        return constant(text)
    if text.isdigit() and len(text) < DIGITS_MAX:
        return int(text)
    return text if text.replace(".", "", 1).isdigit() else constant(text)


def _literal(match: re.Match[str]) -> Any:
    kind = match.lastgroup
    if kind == "text":
        return _unquoted(match["text"], "'")
    if kind == "old_text":  # a string where quoted identifiers are off, and a name cannot stand
        return match["old_text"].replace('""', '"')
    if kind in ("number", "exponent"):
        return _number(match["number"], match["exponent"])
    if kind == "hex":
        digits = match["hex"].lower()
        return digits if len(digits) % 2 == 0 else f"0{digits}"
    if kind == "parameter":
        return Parameter(match["parameter"].lower())
    return match["escape"] if kind == "escape" else None


def _unquoted(quoted: str, quote: str) -> Any:
    """UNREAD when the text ends inside it."""
    text = quoted[1:-1].replace(quote * 2, quote)
    is_closed = len(quoted) > 1 and quoted.endswith(quote) and quoted.count(quote) % 2 == 0
    return text if is_closed else UNREAD


def _number(written: str, exponent: str | None) -> Any:
    """Whole numbers as such; others as text, exactly as written unless that is no plain decimal."""
    mantissa = written.removesuffix(exponent or "")
    digits = mantissa.lstrip(_BEFORE_DIGITS)
    is_signed = len(digits) < len(mantissa) and mantissa[0] in "+-"
    sign = "-" if mantissa.count("-") % 2 else "+" if is_signed else ""
    if exponent is not None:
        return _plain(sign + digits, exponent)
    is_whole = digits.isdigit() and len(digits) < DIGITS_MAX and digits == mantissa.lstrip("+- ")
    return int(sign + digits) if is_whole else sign + digits


def _plain(number: str, exponent: str) -> Any:
    # Zeros before it may be any number.
    power = exponent[1:].lstrip("+-0")
    if len(number) > DIGITS_MAX or len(power) > DIGITS_MAX or int(power or "0") > _EXPONENT_MAX:
        return UNREAD
    return f"{Decimal(number + exponent):f}"


def _converted(value: Any, type_name: str) -> Any:
    """What a conversion leaves as it is; UNREAD where it could change something."""
    text_type = _TEXT_TYPE.fullmatch(type_name)
    if value is None:
        return None
    if text_type is not None and isinstance(value, str | int):
        size = text_type[1] or str(_CAST_CHARACTERS)
        fits = not size.isdigit() or len(str(value)) <= int(size[:DIGITS_MAX])
        return str(value) if fits else UNREAD
    if _INTEGER_TYPE.fullmatch(type_name) and _WHOLE_NUMBER.fullmatch(str(value)):
        return int(value)
    return UNREAD
