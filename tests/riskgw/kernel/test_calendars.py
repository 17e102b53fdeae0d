"""Trading days: weekends and holidays, which evenings have a night session."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.kernel.calendars import TradingCalendar, joined
from tests.sessions import OCTOBER

SATURDAY = date(2026, 10, 10)
HOLIDAYS = TradingCalendar(closed=frozenset(each.toordinal() for each in OCTOBER))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.toordinal)
calendars = st.builds(
    TradingCalendar,
    closed=st.frozensets(days, max_size=20),
    opened=st.frozensets(days, max_size=5),
    nights=st.dictionaries(days, st.booleans(), max_size=5),
)


def number(month: int, day: int) -> int:
    return date(2026, month, day).toordinal()


def test_weekdays_are_open_but_for_holidays_and_weekends_are_not() -> None:
    november = [day for day in range(1, 9) if TradingCalendar().is_open(number(11, day))]
    assert november == [2, 3, 4, 5, 6]
    assert [day for day in range(1, 12) if HOLIDAYS.is_open(number(10, day))] == [8, 9]


def test_a_weekend_day_may_be_opened() -> None:
    opened = TradingCalendar(opened=frozenset((SATURDAY.toordinal(),)))
    assert opened.is_open(SATURDAY.toordinal())
    assert not opened.is_open(SATURDAY.toordinal() + 1)


def test_trading_days_are_counted_without_holidays() -> None:
    assert HOLIDAYS.on_or_after(number(10, 1)) == number(10, 8)
    assert HOLIDAYS.before(number(10, 9), 0) == number(10, 9)
    assert HOLIDAYS.before(number(10, 9), 2) == number(9, 30)


@pytest.mark.parametrize(
    ("month", "day", "has_night"),
    [
        (9, 29, True),   # from Monday to Tuesday
        (10, 1, False),  # on the evening before the holiday
        (10, 2, False),  # in the holiday
        (10, 8, False),  # before its first trading day
        (10, 9, True),
        (10, 10, True),  # on Friday, for Monday
        (10, 11, False),
        (10, 12, False),
    ],
)  # fmt: skip
def test_the_night_before_a_holiday_has_no_session(month: int, day: int, has_night: bool) -> None:
    assert HOLIDAYS.has_night(number(month, day)) == has_night


def test_a_holiday_on_monday_takes_the_night_of_friday() -> None:
    monday = TradingCalendar(closed=frozenset((number(4, 6),)))
    assert not monday.has_night(number(4, 4))
    assert TradingCalendar().has_night(number(4, 4))


def test_a_day_may_say_itself_whether_it_has_a_night() -> None:
    told = TradingCalendar(nights={number(11, 3): False, number(11, 9): False})
    assert not told.has_night(number(11, 3))
    assert not told.has_night(number(11, 7))
    assert told.has_night(number(11, 4))


def test_exchanges_together_are_open_when_one_of_them_is() -> None:
    opened = TradingCalendar(opened=frozenset((SATURDAY.toordinal(),)))
    market = joined([HOLIDAYS, opened])
    assert market.is_open(number(10, 1))
    assert market.is_open(SATURDAY.toordinal())
    assert joined([HOLIDAYS, HOLIDAYS]).on_or_after(number(10, 1)) == number(10, 8)
    assert joined([]) == TradingCalendar()


@given(calendars, days, st.integers(0, 30))
def test_counting_back_and_forth_meets_the_same_days(
    calendar: TradingCalendar, day: int, count: int
) -> None:
    day = calendar.on_or_after(day)
    earlier = calendar.before(day, count)
    assert calendar.is_open(earlier)
    assert sum(calendar.is_open(each) for each in range(earlier, day)) == count


@given(calendars, days)
def test_nights_follow_trading_days(calendar: TradingCalendar, day: int) -> None:
    assert not calendar.has_night(day) or calendar.is_open(day - 1)
