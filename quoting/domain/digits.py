"""How a price is drawn: small big figure, large key digits, small rest; from integers alone."""

from typing import NamedTuple

DECIMALS_MAX = 12


class DigitsError(ValueError):
    """Settings that no price can be drawn by."""


class Digits(NamedTuple):
    """Which digits of an instrument are shown how.

    `key_start`: where the key digits begin, counted from the point to the right; negative ones
    stand before the point. `fraction_len`: digits after the key ones, drawn small; None for all.
    `big_figure_len`: digits just before the key ones; what stands before them is the lead.
    """

    decimals: int
    key_start: int
    key_len: int = 2
    fraction_len: int | None = None
    big_figure_len: int | None = None


class Drawn(NamedTuple):
    """The parts of one price; joined they are its exact decimal."""

    lead: str
    big_figure: str
    key: str
    fraction: str

    @property
    def text(self) -> str:
        return self.lead + self.big_figure + self.key + self.fraction


def checked(digits: Digits) -> Digits:
    """The settings, if they are any."""
    if not 0 <= digits.decimals <= DECIMALS_MAX:
        raise DigitsError(f"{digits.decimals} decimals")
    if digits.key_len < 0 or not -DECIMALS_MAX <= digits.key_start <= digits.decimals:
        raise DigitsError(f"{digits.key_len} key digits from {digits.key_start}")
    lengths = (digits.fraction_len, digits.big_figure_len)
    if any(length is not None and length < 0 for length in lengths):
        raise DigitsError("a length below zero")
    return digits


def exact(ticks: int, decimals: int) -> str:
    """The decimal of so many ticks of 10**-decimals, with all its decimals."""
    sign = "-" if ticks < 0 else ""
    text = str(abs(ticks)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + text
    return f"{sign}{text[:-decimals]}.{text[-decimals:]}"


def drawn(ticks: int, digits: Digits) -> Drawn:
    """A price in its parts. A fraction that is to be shorter than what is left gives way to the
    key digits, as no digit may be lost."""
    text = exact(ticks, digits.decimals)
    start = _at(text, digits.decimals, digits.key_start)
    end = start
    if digits.key_len:
        last = _at(text, digits.decimals, digits.key_start + digits.key_len - 1)
        end = min(max(start, last + 1), len(text))
    if digits.fraction_len is not None:
        end = max(end, _before(text, len(text), digits.fraction_len))
    # The point goes with the digits behind it.
    if text[end - 1 : end] == "." and end > start:
        end -= 1
    big = _before(text, start, digits.big_figure_len)
    return Drawn(text[:big], text[big:start], text[start:end], text[end:])


def _at(text: str, decimals: int, place: int) -> int:
    """Where in the text the digit of this place stands, the point stepped over."""
    point = len(text) - decimals - 1 if decimals else len(text)
    at = point + place + 1 if place >= 0 and decimals else point + place
    first = 1 if text.startswith("-") else 0
    return min(max(at, first), len(text))


def _before(text: str, end: int, count: int | None) -> int:
    """Where so many digits before `end` begin."""
    first = 1 if text.startswith("-") else 0
    at = end
    left = end if count is None else count
    while at > first and left > 0:
        at -= 1
        left -= text[at] != "."
    return at
