"""Phases and trading time: lunch, nights and weekends are cut out."""

from datetime import date, timedelta

import pytest

from riskgw.cep.moments import STOCK_SESSIONS, OneTable, PhaseTable
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns
from tests.days import MONDAY

TUESDAY = MONDAY + timedelta(days=1)
FUTURES = OneTable(
    PhaseTable(
        (
            (0, "night"), (150, "closed"), (540, "morning"), (690, "lunch"), (810, "afternoon"),
            (900, "closed"), (21 * 60, "night"),
        )
    )
)  # fmt: skip


def at(day: date, clock: str) -> int:
    hour, minute, second = map(int, clock.split(":"))
    return day_start_ns(day) + (hour * 3600 + minute * 60 + second) * NS_PER_SECOND


def traded(sessions: OneTable, day: date, clock: str) -> int:
    """Seconds of trading by then."""
    return sessions.moment(None, None, at(day, clock)).traded_ns // NS_PER_SECOND


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [
        ("11:29:30", "13:00:30", 60),
        ("11:30:00", "13:00:00", 0),
        ("11:59:59", "12:00:01", 0),
        ("09:24:59", "09:30:01", 2),
        ("14:56:59", "14:57:01", 2),
        ("14:59:59", "16:00:00", 1),
        ("10:00:00", "10:00:01", 1),
    ],
)
def test_trading_time_stands_still_while_nothing_is_traded(
    since: str, until: str, seconds: int
) -> None:
    stock = OneTable()
    assert traded(stock, MONDAY, until) - traded(stock, MONDAY, since) == seconds


@pytest.mark.parametrize(
    ("clock", "phase", "began"),
    [
        ("09:14:59", "closed", "-5:00:00"),
        ("09:15:00", "opening_auction", "09:15:00"),
        ("09:25:00", "pause", "09:25:00"),
        ("11:29:59", "morning", "09:30:00"),
        ("14:57:00", "closing_auction", "14:57:00"),
        ("15:00:00", "closed", "15:00:00"),
    ],
)
def test_a_phase_says_when_it_began(clock: str, phase: str, began: str) -> None:
    moment = STOCK_SESSIONS.moment("SSE", "stock", at(TUESDAY, clock))
    assert (moment.phase, moment.began_ns) == (phase, at(TUESDAY, began))


def test_a_night_session_belongs_to_the_next_trading_day() -> None:
    friday = MONDAY - timedelta(days=3)
    night = traded(FUTURES, MONDAY, "09:00:01") - traded(FUTURES, friday, "22:59:59")
    assert night == 3 * 3600 + 30 * 60 + 2
    assert FUTURES.moment(None, None, at(friday, "23:59:00")).phase == "night"
    assert FUTURES.moment(None, None, at(TUESDAY, "01:00:00")).began_ns == at(MONDAY, "21:00:00")


@pytest.mark.parametrize(("back", "clock"), [(2, "10:00:00"), (1, "22:00:00"), (1, "10:00:00")])
def test_weekends_have_no_sessions(back: int, clock: str) -> None:
    day = MONDAY - timedelta(days=back)
    assert FUTURES.moment(None, None, at(day, clock)).phase == "closed"
    assert traded(FUTURES, day, clock) == traded(FUTURES, MONDAY, "08:59:59")


def test_trading_days_before_leave_out_weekends() -> None:
    assert STOCK_SESSIONS.trading_days_before(MONDAY, 0) == MONDAY
    assert STOCK_SESSIONS.trading_days_before(TUESDAY, 2) == MONDAY - timedelta(days=3)
