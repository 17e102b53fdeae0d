"""Where a phase or a trading day ends, for rules that judge events of markets with nights."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitoring.domain.enrichment import Enricher
from monitoring.domain.risk_core import RiskCore
from monitoring.domain.shard import RiskShard
from monitoring.domain.snapshots import SHARD
from riskgw.cep.spec import Clock, RuleSpec, WindowKind
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.shards.entries import Load
from tests.days import MONDAY
from tests.events import event
from tests.market import snapshot
from tests.rules import condition, day_indicator, indicator, rule, thresholds
from tests.sessions import FUTURES, at, night_until, table

TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY - timedelta(days=3)
LAST_BEFORE, HOLIDAY, FIRST_AFTER = date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 8)
BASE = replace(FUTURES, accounts=(AccountData("A", "SHFE", "G", "C"),))
TWO = thresholds(limit="2")


def counting(window: WindowKind, **changes: Any) -> RuleSpec:
    """The second order in a window."""
    values: dict[str, Any] = {"window": window, "length_ms": None}
    counted = indicator(**(values | changes))
    return rule(condition(thresholds=TWO), indicators=(counted,))


def alerts(core: RiskCore, *instants: int, symbol: str = "au2612") -> int:
    """How many alerts orders at these instants raise."""
    found = 0
    for at_ns in instants:
        order = event(exchange="SHFE", account="A", symbol=symbol, time_ns=at_ns)
        found += len(core.hear(order, is_late=False))
    return found


def fires(spec: RuleSpec, first: tuple[date, str], second: tuple[date, str]) -> bool:
    return bool(alerts(RiskCore(BASE, [spec]), at(*first), at(*second)))


@pytest.mark.parametrize(
    ("day", "clock", "phase"),
    [
        (TUESDAY, "-1 20:59:59", "opening_auction"),
        (TUESDAY, "-1 21:00", "night"),
        (TUESDAY, "02:29:59", "night"),
        (TUESDAY, "02:30", "closed"),
        (TUESDAY, "08:55", "opening_auction"),
        (TUESDAY, "10:15", "break"),
        (TUESDAY, "13:30", "afternoon"),
        (LAST_BEFORE, "21:00", "closed"),
        (HOLIDAY, "10:00", "closed"),
    ],
)
def test_an_event_has_the_phase_of_its_product(day: date, clock: str, phase: str) -> None:
    order = event(exchange="SHFE", account="A", symbol="au2612", time_ns=at(day, clock))
    assert Enricher(BASE).observe(order, is_late=False).phase == phase


def test_products_of_one_exchange_are_in_different_phases_at_once() -> None:
    enricher = Enricher(BASE)
    seen = [
        enricher.observe(
            event(exchange="SHFE", symbol=symbol, time_ns=at(TUESDAY, "01:30")), is_late=False
        ).phase
        for symbol in ("au2612", "cu2612", "xx2612", None)
    ]
    assert seen == ["night", "closed", "closed", "closed"]


def test_a_window_of_the_phase_ends_where_the_auction_does() -> None:
    spec = counting(WindowKind.SESSION)
    assert fires(spec, (TUESDAY, "-1 20:55"), (TUESDAY, "-1 20:59:59"))
    assert not fires(spec, (TUESDAY, "-1 20:59:59"), (TUESDAY, "-1 21:00"))
    assert fires(spec, (TUESDAY, "-1 21:00"), (TUESDAY, "02:29:59"))
    assert not fires(spec, (TUESDAY, "10:14:59"), (TUESDAY, "10:30"))


@pytest.mark.parametrize(
    ("first", "second", "seconds"),
    [
        ((TUESDAY, "11:29:30"), (TUESDAY, "13:30:29"), 59),
        ((TUESDAY, "10:14:30"), (TUESDAY, "10:30:29"), 59),
        ((TUESDAY, "-1 23:59:30"), (TUESDAY, "00:00:29"), 59),
        ((TUESDAY, "02:29:30"), (TUESDAY, "08:55:29"), 59),
        ((MONDAY, "-2 02:29:30"), (MONDAY, "08:55:29"), 59),
        ((FIRST_AFTER, "09:00:00"), (FIRST_AFTER, "09:00:59"), 59),
    ],
)
def test_trading_time_leaves_out_lunch_breaks_nights_and_weekends(
    first: tuple[date, str], second: tuple[date, str], seconds: int
) -> None:
    for length_ms, expected in ((seconds * 1000 + 1, True), (seconds * 1000, False)):
        spec = counting(WindowKind.SLIDING, length_ms=length_ms, clock=Clock.TRADING)
        assert fires(spec, first, second) == expected


def test_a_day_goes_from_the_night_of_the_evening_before_to_the_afternoon() -> None:
    spec = counting(WindowKind.DAY)
    assert fires(spec, (FRIDAY, "21:00"), (MONDAY, "14:59:59"))
    assert fires(spec, (FRIDAY + timedelta(days=1), "02:29:59"), (MONDAY, "09:00"))
    assert fires(spec, (TUESDAY, "-1 23:59:59"), (TUESDAY, "00:00"))
    assert not fires(spec, (MONDAY, "14:59:59"), (MONDAY, "21:00"))
    assert not fires(spec, (LAST_BEFORE, "14:59"), (FIRST_AFTER, "09:00"))


def test_days_are_counted_over_a_holiday() -> None:
    spec = counting(WindowKind.DAYS, days=2)
    assert fires(spec, (LAST_BEFORE, "14:59"), (FIRST_AFTER, "09:00"))
    assert not fires(spec, (LAST_BEFORE, "10:00"), (FIRST_AFTER + timedelta(days=1), "09:00"))
    without = RiskCore(BaseData(accounts=BASE.accounts), [spec])
    assert not alerts(without, at(LAST_BEFORE, "14:59"), at(FIRST_AFTER, "09:00"))


def test_a_rule_of_the_night_judges_at_night_only() -> None:
    spec = replace(counting(WindowKind.DAY), sessions=("night",))
    assert fires(spec, (TUESDAY, "-1 20:59"), (TUESDAY, "-1 21:00"))
    assert not fires(spec, (TUESDAY, "09:00"), (TUESDAY, "09:01"))
    assert not fires(spec, (FIRST_AFTER, "-1 21:00"), (FIRST_AFTER, "-1 21:01"))


def test_an_event_of_the_evening_before_a_holiday_is_of_the_day_after_it() -> None:
    spec = counting(WindowKind.DAY)
    assert fires(spec, (LAST_BEFORE, "20:00"), (FIRST_AFTER, "09:00"))


def test_other_sessions_hold_from_the_next_event_on() -> None:
    core = RiskCore(BASE, [replace(counting(WindowKind.DAY), sessions=("night",))])
    assert alerts(core, at(TUESDAY, "01:00"), at(TUESDAY, "02:45")) == 0
    longer = table("SHFE", night_until("03:00"), "au", since=TUESDAY)
    core.replace_base(replace(BASE, session_tables=(*BASE.session_tables, longer)))
    assert alerts(core, at(TUESDAY, "02:50")) == 1


def test_a_day_that_turns_out_to_be_a_holiday_begins_the_next_one() -> None:
    core = RiskCore(replace(BASE, calendars=()), [counting(WindowKind.DAY)])
    assert alerts(core, at(HOLIDAY, "10:00")) == 0
    core.replace_base(BASE)
    assert alerts(core, at(HOLIDAY, "10:01")) == 0
    assert alerts(core, at(FIRST_AFTER, "09:00")) == 1


def test_a_market_that_is_silent_over_the_break_is_not_stale_when_it_ends() -> None:
    enricher = Enricher(BASE)
    enricher.hear_market(snapshot(exchange="SHFE", symbol="au2612", ns=at(TUESDAY, "10:14:59")))
    for clock, is_stale in (("10:15:20", False), ("10:20", True), ("10:30:05", False)):
        order = event(exchange="SHFE", symbol="au2612", time_ns=at(TUESDAY, clock))
        assert enricher.observe(order, is_late=False).is_stale_market == is_stale


def test_a_shard_knows_its_sessions_when_it_is_restored() -> None:
    shard = RiskShard()
    shard.load(Load(BASE, (counting(WindowKind.SESSION),)))
    assert alerts(shard.core, at(TUESDAY, "02:29:58")) == 0
    restored = SHARD.load(SHARD.dump(shard))
    assert restored.base == BASE
    assert alerts(restored.core, at(TUESDAY, "02:29:59")) == 1


@given(st.lists(st.integers(0, 100 * 3600), min_size=2, max_size=30))
def test_with_or_without_tables_each_order_counts_once_in_its_day(seconds: list[int]) -> None:
    """Whatever the phases are, what a day counts is the number of its events."""
    start_ns = at(MONDAY, "-3 20:00")
    times = [start_ns + each * NS_PER_SECOND + n * NS_PER_MS for n, each in enumerate(seconds)]
    spec = rule(condition(thresholds=thresholds(limit="1")), indicators=(day_indicator(),))
    core = RiskCore(BASE, [spec])
    days = {core.sessions.trading_day(each) for each in times}
    assert alerts(core, *sorted(times)) == len(days)
