"""The value date of a pair as of a moment, worked out once for as long as it holds."""

from collections.abc import Iterable, Mapping
from datetime import date

from quoting.domain.value_date import Convention, NoValueDate, next_roll_ns, value_date
from riskgw.kernel.calendars import TradingCalendar

Holidays = Mapping[str, Iterable[date]]


def calendars(holidays: Holidays) -> dict[str, TradingCalendar]:
    """By currency."""
    return {
        currency: TradingCalendar(closed=frozenset(day.toordinal() for day in days))
        for currency, days in holidays.items()
    }


class Settlement:
    """Of one pair; None where the calendars leave no day."""

    __slots__ = ("_calendars", "_convention", "_day", "_until_ns")

    def __init__(self, convention: Convention, by_currency: Mapping[str, TradingCalendar]) -> None:
        self._convention = convention
        self._calendars = by_currency
        self._day: date | None = None
        self._until_ns = 0

    def day(self, at_ns: int) -> date | None:
        """Time goes on, never back."""
        if at_ns >= self._until_ns:
            self._until_ns = next_roll_ns(self._convention, at_ns)
            try:
                ordinal = value_date(self._convention, self._calendars, at_ns)
            except NoValueDate:
                self._day = None
            else:
                self._day = date.fromordinal(ordinal)
        return self._day

    def number(self, at_ns: int) -> int | None:
        """YYYYMMDD."""
        day = self.day(at_ns)
        return None if day is None else day.year * 10_000 + day.month * 100 + day.day
