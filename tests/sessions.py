"""Calendars and tables of phases that tests share: night sessions, holidays of October."""

from datetime import date, timedelta

from riskgw.kernel.times import NS_PER_SECOND, day_start_ns
from riskgw.messages.base_data import BaseData, CalendarData, CalendarDayData, SessionTableData

DAYS_PHASES = (
    "08:55 opening_auction", "09:00 morning", "10:15 break", "10:30 morning", "11:30 lunch",
    "13:30 afternoon", "15:00 closed",
)  # fmt: skip
# 1 October 2026 is a Thursday; trading goes on a week later.
OCTOBER = tuple(date(2026, 10, day) for day in (1, 2, 5, 6, 7))


def night_until(clock: str) -> tuple[str, ...]:
    """The phases of a futures product that is also traded at night."""
    return ("20:55 opening_auction", "21:00 night", f"{clock} closed", *DAYS_PHASES)


def calendar(exchange: str, *days: CalendarDayData) -> CalendarData:
    return CalendarData(exchange, date(2026, 12, 31), days)


def holidays(exchange: str, *days: date) -> CalendarData:
    return calendar(exchange, *map(CalendarDayData, days))


def table(
    exchange: str, phases: tuple[str, ...], *products: str, since: date = date(2020, 1, 1)
) -> SessionTableData:
    return SessionTableData(exchange, since, phases, products)


FUTURES = BaseData(
    calendars=(holidays("SHFE", *OCTOBER), holidays("SSE", *OCTOBER)),
    session_tables=(
        table("SHFE", DAYS_PHASES),
        table("SHFE", night_until("02:30"), "au", "ag"),
        table("SHFE", night_until("01:00"), "cu"),
        table("SHFE", night_until("23:00"), "rb"),
    ),
)


def at(day: date, clock: str) -> int:
    """An instant of a date; `-1 21:00:00` is on the evening before."""
    words = clock.split()
    day += timedelta(days=int(words[0]) if len(words) > 1 else 0)
    hour, minute, *second = map(int, words[-1].split(":"))
    return day_start_ns(day) + (hour * 3600 + minute * 60 + sum(second)) * NS_PER_SECOND
