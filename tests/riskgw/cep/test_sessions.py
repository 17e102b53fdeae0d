"""Phases, trading time and trading days, by exchange and product: lunch, nights and holidays."""

from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskgw.cep.sessions import Sessions
from riskgw.kernel.sessions import IDLE, PhaseTable, PhaseTableError, phases_of
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.base_data import (
    AccountData,
    BaseData,
    CalendarDayData,
    ContractData,
    SessionTableData,
)
from tests.days import MONDAY
from tests.sessions import (
    DAYS_PHASES,
    FUTURES,
    at,
    calendar,
    night_until,
    table,
)

TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY - timedelta(days=3)
LAST_BEFORE, HOLIDAY, FIRST_AFTER = date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 8)
GOLD, COPPER, STEEL, WIRE = "SHFE:au2612", "SHFE:cu2612C80000", "SHFE:rb2612", "SHFE:wr2612"
STOCK = "SSE:600000"
stocks, futures = Sessions(), Sessions(FUTURES)


def traded(sessions: Sessions, contract: str, day: date, clock: str) -> int:
    """Seconds of trading by then."""
    return sessions.moment(contract, at(day, clock)).traded_ns // NS_PER_SECOND


def phase(contract: str, day: date, clock: str) -> str:
    return futures.phase(contract, at(day, clock))


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
    passed = traded(stocks, STOCK, MONDAY, until) - traded(stocks, STOCK, MONDAY, since)
    assert passed == seconds


@pytest.mark.parametrize(
    ("clock", "phase", "began"),
    [
        ("09:14:59", "closed", "-1 19:00:00"),
        ("09:15:00", "opening_auction", "09:15:00"),
        ("09:25:00", "pause", "09:25:00"),
        ("11:29:59", "morning", "09:30:00"),
        ("14:57:00", "closing_auction", "14:57:00"),
        ("15:00:00", "closed", "15:00:00"),
    ],
)
def test_a_phase_says_when_it_began(clock: str, phase: str, began: str) -> None:
    moment = stocks.moment(STOCK, at(TUESDAY, clock))
    assert (moment.phase, moment.began_ns) == (phase, at(TUESDAY, began))
    assert stocks.phase(STOCK, at(TUESDAY, clock)) == phase


@pytest.mark.parametrize(
    ("contract", "ends"), [(GOLD, "02:30"), (COPPER, "01:00"), (STEEL, "-1 23:00")]
)
def test_products_end_their_nights_at_their_own_time(contract: str, ends: str) -> None:
    end_ns = at(TUESDAY, ends)
    assert futures.phase(contract, end_ns - 1) == "night"
    assert futures.phase(contract, end_ns) == "closed"
    assert futures.moment(contract, end_ns - 1).began_ns == at(MONDAY, "21:00")
    assert futures.trading_day(end_ns - 1) == TUESDAY


def test_a_product_without_a_table_has_that_of_its_exchange_and_an_unknown_one_that_of_stocks(
) -> None:  # fmt: skip
    assert phase(WIRE, TUESDAY, "-1 22:00") == "closed"
    assert phase(WIRE, TUESDAY, "10:20") == "break"
    assert phase("SHFE", TUESDAY, "10:20") == "break"
    assert phase(STOCK, TUESDAY, "10:20") == "morning"
    assert phase("DCE:m2701", TUESDAY, "10:20") == "morning"
    assert futures.phase(None, at(TUESDAY, "14:58")) == "closing_auction"


def test_letters_of_a_product_are_read_in_either_case() -> None:
    assert phase("SHFE:AU2612", TUESDAY, "-1 22:00") == "night"


def test_a_kind_of_contracts_may_have_a_table() -> None:
    bond = ContractData("113001", "SSE", "0.001", "10", "1000000", kind="convertible")
    phases = ("09:30 morning", "15:00 closed")
    sessions = Sessions(
        BaseData(contracts=(bond,), session_tables=(table("SSE", phases, "convertible"),))
    )
    assert sessions.phase("SSE:113001", at(MONDAY, "14:58")) == "morning"
    assert sessions.phase("SSE:113002", at(MONDAY, "14:58")) == "closing_auction"


def test_the_night_of_friday_belongs_to_monday() -> None:
    for clock in ("21:00", "23:59:59"):
        assert futures.trading_day(at(FRIDAY, clock)) == MONDAY
    saturday = FRIDAY + timedelta(days=1)
    assert phase(GOLD, saturday, "02:29:59") == "night"
    assert futures.trading_day(at(saturday, "02:29:59")) == MONDAY
    assert phase(GOLD, saturday, "02:30") == "closed"
    passed = traded(futures, GOLD, MONDAY, "09:00:01") - traded(futures, GOLD, FRIDAY, "22:59:59")
    assert passed == 3 * 3600 + 30 * 60 + 1 + 5 * 60 + 1


@pytest.mark.parametrize(("back", "clock"), [(2, "10:00"), (1, "22:00"), (1, "10:00")])
def test_weekends_have_no_sessions(back: int, clock: str) -> None:
    day = MONDAY - timedelta(days=back)
    assert phase(GOLD, day, clock) == "closed"
    assert traded(futures, GOLD, day, clock) == traded(futures, GOLD, MONDAY, "08:54:59")


def test_there_is_no_night_before_a_holiday_and_none_on_it() -> None:
    assert phase(GOLD, LAST_BEFORE, "-1 21:30") == "night"
    for day, clock in (
        (LAST_BEFORE, "21:30"), (HOLIDAY, "01:00"), (HOLIDAY, "10:00"), (HOLIDAY, "21:30"),
        (FIRST_AFTER, "-1 21:30"), (FIRST_AFTER, "02:00"),
    ):  # fmt: skip
        assert phase(GOLD, day, clock) == "closed"
        assert futures.trading_day(at(day, clock)) == FIRST_AFTER
    assert phase(GOLD, FIRST_AFTER, "08:55") == "opening_auction"
    assert phase(GOLD, FIRST_AFTER, "21:30") == "night"


def test_the_day_rolls_in_the_evening_and_not_at_midnight() -> None:
    days = [futures.trading_day(at(TUESDAY, clock)) for clock in ("18:59:59", "19:00", "23:59:59")]
    assert days == [TUESDAY, TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=1)]
    assert futures.trading_day(at(LAST_BEFORE, "19:00")) == FIRST_AFTER


def test_trading_days_are_counted_without_weekends_and_holidays() -> None:
    assert stocks.trading_days_before(MONDAY, 0) == MONDAY
    assert stocks.trading_days_before(TUESDAY, 2) == FRIDAY
    assert futures.trading_days_before(FIRST_AFTER, 1) == LAST_BEFORE
    assert futures.trading_day_after(LAST_BEFORE) == FIRST_AFTER


def test_the_trading_day_is_one_for_all_and_an_exchange_may_be_closed_on_it() -> None:
    """Where one exchange knows no holidays, the day is one; what is closed stays closed."""
    account = AccountData("A1", "GFEX", "G1", "C1")
    sessions = Sessions(msgspec.structs.replace(FUTURES, accounts=(account,)))
    assert sessions.trading_day(at(HOLIDAY, "10:00")) == HOLIDAY
    assert sessions.phase("GFEX:si2612", at(HOLIDAY, "10:00")) == "morning"
    assert sessions.phase(GOLD, at(HOLIDAY, "10:00")) == "closed"


def test_a_saturday_may_be_a_trading_day_and_a_night_may_be_called_off() -> None:
    saturday = MONDAY - timedelta(days=2)
    days = (
        CalendarDayData(saturday, is_open=True),
        CalendarDayData(TUESDAY, is_open=True, has_night=False),
    )
    base = msgspec.structs.replace(FUTURES, calendars=(calendar("SHFE", *days),))
    sessions = Sessions(base)
    assert sessions.phase(GOLD, at(saturday, "10:00")) == "morning"
    assert sessions.trading_day(at(FRIDAY, "21:30")) == saturday
    assert sessions.phase(GOLD, at(MONDAY, "21:30")) == "closed"
    assert sessions.phase(GOLD, at(TUESDAY, "09:30")) == "morning"


def test_a_table_holds_from_its_trading_day_on_with_the_night_before_it() -> None:
    later = table("SHFE", night_until("23:00"), "au", since=TUESDAY)
    base = msgspec.structs.replace(FUTURES, session_tables=(*FUTURES.session_tables, later))
    sessions = Sessions(base)
    assert sessions.phase(GOLD, at(MONDAY, "-2 01:00")) == "night"
    assert sessions.phase(GOLD, at(TUESDAY, "01:00")) == "closed"
    assert sessions.phase("SHFE:ag2612", at(TUESDAY, "01:00")) == "night"


def test_what_comes_again_from_another_phase_finds_that_phase() -> None:
    for clock, expected in (("21:30", "night"), ("10:20", "break"), ("21:30", "night")):
        assert phase(GOLD, TUESDAY, clock) == expected


def test_the_least_trading_time_is_that_of_the_exchange_with_the_least() -> None:
    night_ns = at(TUESDAY, "-1 22:00")
    assert futures.least_traded_ns(night_ns) == futures.moment(STOCK, night_ns).traded_ns
    assert futures.least_traded_ns(night_ns) < futures.moment(GOLD, night_ns).traded_ns


def test_base_data_without_a_sound_table_are_refused() -> None:
    with pytest.raises(PhaseTableError):
        SessionTableData("SHFE", MONDAY, ("21:00 night",))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            b'{"session_tables": [{"exchange": "X", "effective_from": "2026-01-01",'
            b' "phases": ["21:00 night"]}]}',
            type=BaseData,
        )


dates = st.dates(date(2026, 9, 20), date(2026, 10, 20))
told_days = st.lists(
    st.builds(CalendarDayData, dates, st.booleans(), st.none() | st.booleans()), max_size=8
)
tables = st.lists(
    st.builds(
        table,
        st.sampled_from(["SHFE", "INE"]),
        st.sampled_from([DAYS_PHASES, *map(night_until, ("23:00", "01:00", "02:30"))]),
        st.sampled_from(["au", "sc"]),
        since=dates,
    ),
    max_size=4,
)
bases = st.builds(
    lambda first, second, told: BaseData(
        calendars=(calendar("SHFE", *first), calendar("INE", *second)), session_tables=tuple(told)
    ),
    told_days, told_days, tables,
)  # fmt: skip
instants = st.integers(at(date(2026, 9, 20), "00:00"), at(date(2026, 10, 20), "00:00"))
CONTRACTS = (GOLD, "INE:sc2612", "INE:lu2612", STOCK, None)


@settings(max_examples=200)
@given(bases, st.lists(instants, min_size=2, max_size=40))
def test_trading_time_never_goes_back_and_never_runs_ahead(
    base: BaseData, times: list[int]
) -> None:
    sessions = Sessions(base)
    for contract in CONTRACTS:
        moments = [(at_ns, sessions.moment(contract, at_ns)) for at_ns in sorted(times)]
        for (before_ns, before), (after_ns, after) in pairwise(moments):
            passed = after.traded_ns - before.traded_ns
            assert passed >= 0
            if sessions.trading_day(before_ns) == sessions.trading_day(after_ns):
                assert passed <= after_ns - before_ns
            assert sessions.least_traded_ns(after_ns) <= after.traded_ns


@settings(max_examples=200)
@given(bases, instants, st.sampled_from(CONTRACTS))
def test_a_moment_is_that_of_the_phase_it_lies_in(
    base: BaseData, at_ns: int, contract: str | None
) -> None:
    sessions = Sessions(base)
    moment = sessions.moment(contract, at_ns)
    assert sessions.phase(contract, at_ns) == moment.phase
    assert moment.began_ns <= at_ns
    begun = Sessions(base).moment(contract, moment.began_ns)
    if moment.phase in IDLE:
        assert begun.traded_ns <= moment.traded_ns
    else:
        assert begun.phase == moment.phase
        assert moment.traded_ns - begun.traded_ns == at_ns - moment.began_ns


def test_each_minute_of_a_day_is_in_the_phase_that_its_table_names() -> None:
    spans = PhaseTable.of(phases_of(night_until("02:30"))).spans
    for span in spans:
        for place in range(span.start, span.end, 5):
            at_ns = at(TUESDAY, "-1 19:00") + place * 60 * NS_PER_SECOND
            assert futures.phase(GOLD, at_ns) == span.phase


@pytest.mark.parametrize(
    ("contract", "day", "clock", "is_before"),
    [
        ("SSE:600000", TUESDAY, "09:14:59", True),
        ("SSE:600000", TUESDAY, "09:15", False),
        ("SSE:600000", TUESDAY, "15:00", False),
        ("SSE:600000", TUESDAY, "-1 21:00", True),
        ("SHFE:au2612", TUESDAY, "-1 20:54", True),
        ("SHFE:au2612", TUESDAY, "-1 21:00", False),
        ("SHFE:au2612", TUESDAY, "03:00", False),
    ],
)
def test_a_day_is_before_its_opening_until_it_has_opened_once(
    contract: str, day: date, clock: str, *, is_before: bool
) -> None:
    assert Sessions(FUTURES).is_before_opening(contract, at(day, clock)) is is_before
