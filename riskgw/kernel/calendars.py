"""Trading days: weekdays without holidays, and which evenings have a night session.

Days are ordinals of dates. A day begins at 19:00 of the evening before, where its night session is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_SATURDAY = 5
_DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class TradingCalendar:
    """`closed` and `opened`: weekdays without trading, weekend days with it.

    `nights`: trading days whose night session is, or is not, against what their neighbours say.
    """

    closed: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()
    nights: Mapping[int, bool] = field(default_factory=dict)

    def is_open(self, day: int) -> bool:
        return day in self.opened if _is_weekend(day) else day not in self.closed

    def on_or_after(self, day: int) -> int:
        """The first trading day that is not before this date."""
        while not self.is_open(day):
            day += 1
        return day

    def before(self, day: int, count: int) -> int:
        """So many trading days back."""
        while count > 0:
            day -= 1
            count -= self.is_open(day)
        return day

    def has_night(self, day: int) -> bool:
        """Whether there is a night session on the evening before this date.

        After trading days only, and not before a holiday; a weekend is none (SHFE's notices on
        holidays, each year).
        """
        if not self.is_open(day - 1):
            return False
        first = self.on_or_after(day)
        told = self.nights.get(first)
        return all(map(_is_weekend, range(day, first))) if told is None else told


def joined(calendars: Iterable[TradingCalendar]) -> TradingCalendar:
    """Days on which any of the exchanges is open; weekdays where there is none."""
    known = tuple(calendars)
    if not known:
        return TradingCalendar()
    return TradingCalendar(
        closed=frozenset.intersection(*(each.closed for each in known)),
        opened=frozenset().union(*(each.opened for each in known)),
        nights={day: told for each in known for day, told in sorted(each.nights.items())},
    )


def _is_weekend(day: int) -> bool:
    """The first of all ordinals is a Monday."""
    return (day - 1) % _DAYS_OF_WEEK >= _SATURDAY
