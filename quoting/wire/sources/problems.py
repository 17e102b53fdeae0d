"""What is wrong with what a source said, and exact ticks out of its decimals."""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from quoting.domain.events import Event, ProviderDown
from riskgw.kernel.decimals import DecimalTextError, scaled

TEXT_MAX = 120
_FINEST = 30
# Prices and sizes come again within moments.
_CACHED_MAX = 4096


class Trouble(StrEnum):
    """Why something of a source is not taken."""

    UNREADABLE = "unreadable"
    UNKNOWN_SYMBOL = "unknown_symbol"
    UNKNOWN_ENTRY = "unknown_entry"
    NO_NUMBER = "no_number"
    OFF_GRID = "off_grid"
    NO_TIME = "no_time"
    TOO_MANY = "too_many"
    TIERS = "tiers"
    DOUBLE = "double"
    GAP = "gap"
    REFUSED = "refused"


class Problem(NamedTuple):
    """It is counted and shown, and nothing else comes of it."""

    trouble: Trouble
    text: str


Said = list[Event | Problem]


class LinkRefused(ValueError):
    """The other side will not go on, or cannot: the link is closed for this reason."""


class BadPrice(ValueError):
    """Decimal text that is no price of the pair."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.problem = problem(trouble, text)


def problem(trouble: Trouble, text: object) -> Problem:
    """With no more of the text than people read."""
    return Problem(trouble, str(text)[:TEXT_MAX])


@lru_cache(maxsize=_CACHED_MAX)
def ticks(text: str, decimals: int) -> int:
    """A price in ticks of 10**-decimals, exactly, or BadPrice; nothing is ever rounded."""
    try:
        return scaled(text, decimals)
    except DecimalTextError:
        trouble = Trouble.OFF_GRID if _is_number(text) else Trouble.NO_NUMBER
        raise BadPrice(trouble, f"{text[:40]!r} with {decimals} decimals") from None


def units(text: str) -> int:
    """A size in whole units, or BadPrice."""
    return ticks(text, 0)


def disowned(wrong: Problem, pair: str, source: str, provider: str) -> Said:
    """A price that cannot be read is still news: the one before is not the provider's any more."""
    found = problem(wrong.trouble, f"{pair} of {provider}: {wrong.text}")
    return [found, ProviderDown(pair, source, provider)]


def _is_number(text: str) -> bool:
    try:
        scaled(text, _FINEST)
    except DecimalTextError:
        return False
    return True
