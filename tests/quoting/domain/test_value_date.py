"""Value dates over weekends, holidays and the roll."""

from datetime import date

import pytest

from quoting.domain.value_date import Convention, NoValueDate, next_roll_ns, value_date
from riskgw.kernel.calendars import TradingCalendar
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns

USD_CNY = Convention("USD", "CNY", days=2, roll_second=23 * 3600 + 1800)
HOUR_NS = 3600 * NS_PER_SECOND


def closed(*days: date) -> TradingCalendar:
    return TradingCalendar(closed=frozenset(day.toordinal() for day in days))


def delivered(
    convention: Convention, day: date, hour: int = 10, **calendars: TradingCalendar
) -> date:
    at_ns = day_start_ns(day) + hour * HOUR_NS
    return date.fromordinal(value_date(convention, calendars, at_ns))


def test_spot_is_two_business_days_on() -> None:
    assert delivered(USD_CNY, date(2021, 3, 1)) == date(2021, 3, 3)


def test_a_weekend_does_not_count() -> None:
    assert delivered(USD_CNY, date(2021, 3, 4)) == date(2021, 3, 8)
    assert delivered(USD_CNY, date(2021, 3, 6)) == date(2021, 3, 10)


def test_one_day_pairs_are_delivered_the_next_day() -> None:
    cad = Convention("USD", "CAD", days=1)
    assert delivered(cad, date(2021, 3, 1)) == date(2021, 3, 2)


def test_a_holiday_of_either_currency_moves_it_on() -> None:
    tomorrow = closed(date(2021, 3, 2))
    assert delivered(USD_CNY, date(2021, 3, 1), CNY=tomorrow) == date(2021, 3, 4)
    eur_jpy = Convention("EUR", "JPY")
    assert delivered(eur_jpy, date(2021, 3, 1), JPY=tomorrow) == date(2021, 3, 4)


def test_the_dollars_holiday_stops_the_end_but_not_the_way_of_other_pairs() -> None:
    eur_jpy = Convention("EUR", "JPY")
    assert delivered(eur_jpy, date(2021, 3, 1), USD=closed(date(2021, 3, 2))) == date(2021, 3, 3)
    assert delivered(eur_jpy, date(2021, 3, 1), USD=closed(date(2021, 3, 3))) == date(2021, 3, 4)


def test_after_the_roll_a_deal_is_tomorrows() -> None:
    day = date(2021, 3, 1)
    before = day_start_ns(day) + USD_CNY.roll_second * NS_PER_SECOND - 1
    assert date.fromordinal(value_date(USD_CNY, {}, before)) == date(2021, 3, 3)
    assert date.fromordinal(value_date(USD_CNY, {}, before + 1)) == date(2021, 3, 4)


def test_it_changes_at_the_roll_and_at_midnight_only() -> None:
    at_ns = day_start_ns(date(2021, 3, 1)) + HOUR_NS
    roll_ns = next_roll_ns(USD_CNY, at_ns)
    assert roll_ns == day_start_ns(date(2021, 3, 1)) + USD_CNY.roll_second * NS_PER_SECOND
    assert next_roll_ns(USD_CNY, roll_ns) == day_start_ns(date(2021, 3, 2))


def test_a_calendar_without_an_end_of_holidays_has_no_value_date() -> None:
    ever = TradingCalendar(closed=frozenset(range(737_000, 739_000)))
    with pytest.raises(NoValueDate):
        delivered(USD_CNY, date(2021, 3, 1), CNY=ever)
