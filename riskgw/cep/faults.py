"""What is wrong with a rule, and where."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

from riskgw.cep.fields import KEYS
from riskgw.kernel.decimals import DecimalTextError, scaled


class FaultText(str):
    """Plain English, with the pattern and values it is made of: a page may say it otherwise."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        message = super().__new__(cls, pattern % values)
        message.pattern, message.values = pattern, values
        return message


class Fault(NamedTuple):
    """`place` is a dotted path: conditions.0.over; `text` says what is wrong."""

    place: str
    text: FaultText


def within(place: str, fault: Fault) -> Fault:
    return Fault(f"{place}.{fault.place}", fault.text)


def key_faults(names: tuple[str, ...], place: str) -> Iterator[Fault]:
    for name in names:
        if name not in KEYS:
            yield Fault(place, FaultText('unknown key "%(text)s"', text=name))


def unknown_field(place: str, name: str) -> Fault:
    return Fault(place, FaultText('unknown field "%(text)s"', text=name))


def decimal_faults(text: str, digits: int, place: str) -> list[Fault]:
    """Plain decimal numbers only: no exponent, no infinity, no more decimals than are kept."""
    try:
        scaled(text, digits)
    except DecimalTextError:
        message = FaultText(
            '"%(text)s" is no number of at most %(digits)s decimals', text=text, digits=digits
        )
        return [Fault(place, message)]
    return []


def bound_faults(value: int, least: int, most: int, place: str) -> Iterator[Fault]:
    if not least <= value <= most:
        yield Fault(place, FaultText("%(least)s to %(most)s", least=least, most=most))
