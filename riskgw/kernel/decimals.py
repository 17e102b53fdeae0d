"""Decimal text and the scaled integers that stand for it; no float in between."""

import re

PRICE_DIGITS = 5  # the finest price on any wire: SSE TDGW, N13(5)
QUANTITY_DIGITS = 3  # the finest quantity on any wire: SSE TDGW, N15(3)
AMOUNT_DIGITS = PRICE_DIGITS + QUANTITY_DIGITS
PERCENT_DIGITS = 6
# Turnovers and funds: at the scale of amounts, a large one would not fit 64 bits.
MONEY_DIGITS = 5

_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?", re.ASCII)
_DIGITS_MAX = 30


class DecimalTextError(ValueError):
    """The text is no plain decimal number, or has more decimals than its unit."""


def scaled(text: str, digits: int) -> int:
    """`text` as an integer number of units of 10**-digits, exactly."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None or len(text) > _DIGITS_MAX:
        raise DecimalTextError(f"not a decimal number: {text[:40]!r}")
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if not whole and match[3] in (None, ""):
        raise DecimalTextError(f"not a decimal number: {text[:40]!r}")
    if len(fraction) > digits:
        raise DecimalTextError(f"more than {digits} decimals: {text!r}")
    value = int((whole or "0") + fraction.ljust(digits, "0"))
    return -value if sign == "-" else value


def plain(value: int, digits: int) -> str:
    """`value` units of 10**-digits as decimal text without trailing zeros."""
    whole, fraction = divmod(abs(value), 10**digits)
    sign = "-" if value < 0 else ""
    if fraction == 0:
        return f"{sign}{whole}"
    return f"{sign}{whole}." + str(fraction).rjust(digits, "0").rstrip("0")
