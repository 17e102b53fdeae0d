"""The calendars and tables that come with the product say what its sources say."""

from datetime import date

import pytest
from django.core.management import call_command

from riskgw.cep.sessions import Sessions
from riskgw.reference.models import CalendarDay, ExchangeCalendar, SessionTable
from riskgw.reference.queries import stored_sessions
from riskgw.wiring.market_hours import load_hours, shipped_hours
from tests.days import MONDAY
from tests.sessions import OCTOBER, at

EXCHANGES = ("CFFEX", "CZCE", "DCE", "GFEX", "INE", "SHFE", "SSE", "SZSE")
HOURS = shipped_hours()
sessions = Sessions(HOURS)


@pytest.mark.parametrize(
    ("contract", "clock", "before", "after"),
    [
        ("SSE:600000", "14:57", "afternoon", "closing_auction"),
        ("SZSE:300750", "09:25", "opening_auction", "pause"),
        ("CFFEX:IF2612", "15:00", "afternoon", "closed"),
        ("CFFEX:IO2612-C-3900", "15:00", "afternoon", "closed"),
        ("CFFEX:T2612", "15:15", "afternoon", "closed"),
        ("SHFE:au2612", "02:30", "night", "closed"),
        ("SHFE:cu2612", "01:00", "night", "closed"),
        ("SHFE:rb2612", "-1 23:00", "night", "closed"),
        ("SHFE:rb2612", "10:15", "morning", "break"),
        ("INE:sc2612", "02:30", "night", "closed"),
        ("DCE:m2701", "-1 23:00", "night", "closed"),
        ("DCE:m2701-C-3000", "-1 23:00", "night", "closed"),
        ("CZCE:SR701", "-1 23:00", "night", "closed"),
        ("GFEX:si2612", "13:30", "lunch", "afternoon"),
    ],
)
def test_a_phase_ends_at_its_minute(contract: str, clock: str, before: str, after: str) -> None:
    end_ns = at(MONDAY, clock.replace("-1 ", "-3 ")) if clock[0] == "-" else at(MONDAY, clock)
    if clock[0] == "0" and clock < "08":  # the night that belongs to Monday ends on Saturday
        end_ns = at(MONDAY, f"-2 {clock}")
    assert (sessions.phase(contract, end_ns - 1), sessions.phase(contract, end_ns)) == (
        before, after,
    )  # fmt: skip


@pytest.mark.parametrize("contract", ["SHFE:wr2612", "DCE:jd2612", "CZCE:AP612", "GFEX:lc2612"])
def test_products_without_a_night_session_are_closed_at_night(contract: str) -> None:
    assert sessions.phase(contract, at(MONDAY, "21:30")) == "closed"


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_holidays_are_closed_and_the_next_day_is_the_next_weekday(exchange: str) -> None:
    for day in OCTOBER:
        assert sessions.phase(exchange, at(day, "10:00")) == "closed"
    assert sessions.trading_days_before(date(2026, 10, 8), 1) == date(2026, 9, 30)
    assert sessions.phase(exchange, at(date(2026, 2, 13), "10:00")) == "morning"
    assert sessions.phase(exchange, at(date(2026, 2, 23), "10:00")) == "closed"


def test_no_product_has_two_tables_and_every_row_says_where_it_is_from() -> None:
    named = [(row.exchange, each) for row in HOURS.session_tables for each in row.products or ("",)]
    assert len(set(named)) == len(named)
    assert tuple(sorted({each.exchange for each in HOURS.session_tables})) == EXCHANGES
    assert tuple(sorted(each.exchange for each in HOURS.calendars)) == EXCHANGES
    assert all(each.source_note for each in HOURS.calendars)
    assert all(each.source_note for each in HOURS.session_tables)
    assert all(day.day.weekday() < 5 for each in HOURS.calendars for day in each.days)


@pytest.mark.django_db
def test_they_are_loaded_once() -> None:
    load_hours()
    call_command("market_hours", verbosity=0)
    assert ExchangeCalendar.objects.count() == len(EXCHANGES)
    assert SessionTable.objects.count() == len(HOURS.session_tables)
    assert CalendarDay.objects.count() == sum(len(each.days) for each in HOURS.calendars)
    assert stored_sessions().phase("SHFE:au2612", at(MONDAY, "21:30")) == "night"
