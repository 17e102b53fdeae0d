"""The value date of a spot deal: business days of both currencies, and of the dollar at its end.

1. After the roll cut of the local day, a deal belongs to the next day.
2. A day in between counts if both currencies are open; the dollar's holidays do not stop it, unless
   the pair is one business day away (market convention, T+1 pairs settle with New York).
3. The value date itself must be a business day of both currencies and of the dollar.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from riskgw.kernel.calendars import TradingCalendar
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns, local_datetime

# No two currencies are closed together for longer.
DAYS_MAX = 60
_DOLLAR = "USD"
_WEEKDAYS = TradingCalendar()


class Convention(NamedTuple):
    """How a pair settles: so many business days on, and when the day rolls (local seconds)."""

    base: str
    terms: str
    days: int = 2
    roll_second: int = 24 * 3600


class NoValueDate(ValueError):
    """The calendars leave no common business day."""


def value_date(convention: Convention, calendars: Mapping[str, TradingCalendar], at_ns: int) -> int:
    """The ordinal of the day on which a deal made now is delivered."""
    both = tuple(calendars.get(c, _WEEKDAYS) for c in (convention.base, convention.terms))
    all_three = (*both, calendars.get(_DOLLAR, _WEEKDAYS))
    between = all_three if convention.days <= 1 else both
    day = trade_day(convention, both, at_ns)
    for _ in range(convention.days):
        day = _next_open(day + 1, between)
    return _next_open(day, all_three)


def trade_day(convention: Convention, calendars: tuple[TradingCalendar, ...], at_ns: int) -> int:
    """The business day a deal belongs to."""
    today = local_datetime(at_ns).date()
    seconds = (at_ns - day_start_ns(today)) // NS_PER_SECOND
    day = today.toordinal() + (seconds >= convention.roll_second)
    return _next_open(day, calendars)


def next_roll_ns(convention: Convention, at_ns: int) -> int:
    """When the value date is to be worked out again: at the cut, and at midnight."""
    today = local_datetime(at_ns).date()
    start = day_start_ns(today)
    cut = start + convention.roll_second * NS_PER_SECOND
    midnight = day_start_ns(date.fromordinal(today.toordinal() + 1))
    return cut if at_ns < cut < midnight else midnight


def _next_open(day: int, calendars: tuple[TradingCalendar, ...]) -> int:
    for candidate in range(day, day + DAYS_MAX):
        if all(calendar.is_open(candidate) for calendar in calendars):
            return candidate
    raise NoValueDate(f"none in {DAYS_MAX} days from {date.fromordinal(day)}")
