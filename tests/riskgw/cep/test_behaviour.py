"""What a rule counts and when it judges: exemptions, alternatives, phases, modes, inhibitions."""

from typing import Any

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import (
    Action,
    ActionSpec,
    CheckPoint,
    Clock,
    Cmp,
    ExemptionSpec,
    FilterSpec,
    Mask,
    Op,
    Release,
    RuleMode,
    RuleSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, Level, TimeInForce
from riskgw.messages.alert import Alert, alert_line
from tests.rules import condition, day_indicator, indicator, rule, seen, thresholds

LUNCH_MS = 2 * 3600 * 1000  # from 9:30
AFTERNOON_MS = LUNCH_MS + 90 * 60 * 1000
DAY_MS = 24 * 3600 * 1000
FIRST = thresholds(limit="1")


def run(spec: RuleSpec, observations: list[Observation]) -> list[Alert]:
    engine = Engine([spec])
    return [alert for each in observations for alert in engine.observe(each)]


def daily(**changes: Any) -> RuleSpec:
    """Counts orders of a day; the third is the limit."""
    return rule(
        condition(thresholds=thresholds(limit="3")), indicators=(day_indicator(),), **changes
    )


@pytest.mark.parametrize(
    ("exemption", "facts", "is_exempt"),
    [
        (ExemptionSpec(field="tif", values=("ioc", "fok")), {"tif": TimeInForce.IOC}, True),
        (ExemptionSpec(field="tif", values=("ioc", "fok")), {"tif": TimeInForce.DAY}, False),
        (ExemptionSpec(field="tif", values=("ioc", "fok")), {}, False),
        (ExemptionSpec(field="hedge", values=(True,)), {"is_hedge": True}, True),
        (ExemptionSpec(field="hedge", values=(True,)), {}, False),
        (ExemptionSpec(field="account", values=("A",)), {}, True),
        (ExemptionSpec(field="quantity", values=("1.5",)), {"quantity": 1500}, True),
    ],
)
def test_exempt_events_are_not_counted(
    exemption: ExemptionSpec, facts: dict[str, Any], *, is_exempt: bool
) -> None:
    spec = daily(exemptions=(exemption,))
    assert len(run(spec, [seen(at, **facts) for at in range(3)])) == (not is_exempt)


def test_a_rule_s_exemptions_are_its_own() -> None:
    exempt = daily(exemptions=(ExemptionSpec(field="account", values=("A",)),), code="X02")
    engine = Engine([exempt, daily()])
    raised = [alert.rule for at in range(3) for alert in engine.observe(seen(at))]
    assert raised == ["X01"]


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"price": 500_000, "is_st": True}, True),
        ({"quantity": 300_000, "is_st": True}, True),
        ({"price": 500_000}, False),
        ({"is_st": True}, False),
    ],
)
def test_filters_of_one_number_stand_for_each_other(facts: dict[str, Any], *, counts: bool) -> None:
    filters = (
        FilterSpec(field="price", cmp=Cmp.GE, value="5", any_of=1),
        FilterSpec(field="st", cmp=Cmp.EQ, value=True),
        FilterSpec(field="quantity", cmp=Cmp.GE, value="300", any_of=1),
    )
    spec = rule(condition(thresholds=FIRST), indicators=(indicator(filters=filters),))
    assert bool(run(spec, [seen(**facts)])) == counts


def test_alternatives_of_different_numbers_must_each_hold() -> None:
    pairs: list[tuple[str, str | bool, int]] = [
        ("exchange", "SSE", 1),
        ("exchange", "SZSE", 1),
        ("side", "buy", 2),
        ("st", True, 2),
    ]
    filters = tuple(
        FilterSpec(field=field, cmp=Cmp.EQ, value=value, any_of=number)
        for field, value, number in pairs
    )
    spec = rule(condition(thresholds=FIRST), indicators=(indicator(filters=filters),))
    assert run(spec, [seen(exchange="SSE"), seen(side="buy")]) == []
    assert len(run(spec, [seen(exchange="SZSE", is_st=True)])) == 1


def test_events_of_many_categories_find_their_indicators() -> None:
    parts = ("SSE", "SZSE", "CFFEX")
    specs = [
        rule(
            condition(thresholds=FIRST),
            code=f"X{exchange}",
            indicators=(
                indicator(filters=(FilterSpec(field="exchange", cmp=Cmp.EQ, value=exchange),)),
            ),
        )
        for exchange in parts
    ]
    engine = Engine(specs)
    for number, exchange in enumerate((*parts, *parts)):
        found = engine.observe(seen(number * 2000, exchange=exchange, product=f"P{number}"))
        assert [alert.rule for alert in found] == [f"X{exchange}"]


def test_a_rule_judges_in_its_phases_and_counts_in_all() -> None:
    spec = daily(sessions=("afternoon",))
    morning = [seen(at) for at in range(5)]
    assert run(spec, morning) == []
    (alert,) = run(spec, [*morning, seen(LUNCH_MS), seen(AFTERNOON_MS)])
    assert alert.order_count == 7


def test_the_phase_an_event_says_goes_before_the_clock() -> None:
    spec = daily(sessions=("night",))
    assert len(run(spec, [seen(at, phase="night") for at in range(3)])) == 1


@pytest.mark.parametrize("clock", list(Clock))
def test_trading_time_leaves_out_lunch(clock: Clock) -> None:
    spec = rule(indicators=(indicator(clock=clock, length_ms=60_000),))
    found = run(spec, [seen(LUNCH_MS - 30_000), seen(AFTERNOON_MS + 29_999)])
    assert bool(found) == (clock is Clock.TRADING)
    assert run(spec, [seen(LUNCH_MS - 30_000), seen(AFTERNOON_MS + 30_000)]) == []


def test_a_phase_begins_with_nothing() -> None:
    spec = rule(indicators=(indicator(window=WindowKind.SESSION, length_ms=None),))
    edge = [seen(LUNCH_MS - 1), seen(LUNCH_MS)]
    assert run(spec, edge) == []
    both = [seen(0), seen(1), seen(AFTERNOON_MS), seen(AFTERNOON_MS + 1)]
    assert [(alert.level, alert.episode) for alert in run(spec, both)] == [("warn", 1), ("warn", 2)]


def test_how_long_a_flag_held_is_compared_in_milliseconds() -> None:
    held = indicator(
        "held", op=Op.DURATION, value_field="st", window=WindowKind.DAY, length_ms=None
    )
    over = condition("held", unit=Unit.MS, thresholds=thresholds(limit="1500.5"))
    spec = rule(over, indicators=(held,))
    began = [seen(0, is_st=True), seen(1000), seen(2000, is_st=True)]
    edge = seen(0, is_st=True, time_ns=began[2].time_ns + 500_500_000 - 1)
    assert run(spec, [*began, edge]) == []
    edge.time_ns += 1
    assert [alert.values[0].value for alert in run(spec, [*began, edge])] == ["1500.5"]


def test_shadow_rules_judge_and_say_what_they_are() -> None:
    actions = (
        ActionSpec(level=Level.LIMIT, action=Action.RESTRICT_OPEN, mask=(Mask.OPEN,),
                   release=Release.TRADER),
    )  # fmt: skip
    warned, limited = run(
        rule(indicators=(day_indicator(),), mode=RuleMode.SHADOW, actions=actions),
        [seen(at) for at in range(3)],
    )
    assert (warned.shadow, warned.action, warned.mask, warned.release) == (True, "", (), "")
    assert (limited.action, limited.mask, limited.release) == ("restrict_open", ("open",), "trader")
    assert "action" not in alert_line(warned)
    assert alert_line(limited)["mask"] == ("open",)


def test_rules_before_trade_are_counted_and_judged_by_checks_alone() -> None:
    engine = Engine([daily(check_point=CheckPoint.PRE)])
    assert [engine.observe(seen(at)) for at in range(2)] == [[], []]
    assert len(engine.check(seen(2))) == 1
    assert engine.observe(seen(2)) == []


def kill(**changes: Any) -> RuleSpec:
    """Stands while an account has two orders in a second."""
    ladder = condition(thresholds=thresholds(limit="2"))
    return rule(ladder, code="K01", inhibits=("X01",), **changes)


def test_a_standing_rule_holds_back_those_it_inhibits() -> None:
    engine = Engine([daily(), kill()])
    raised = [(at, alert.rule) for at in (0, 1, 2) for alert in engine.observe(seen(at))]
    assert raised == [(1, "K01")]
    # When it no longer stands, what was held back is told.
    later = [alert.rule for alert in engine.observe(seen(2000))]
    assert later == ["X01"]


def test_another_key_is_not_held_back() -> None:
    wide = rule(
        condition(thresholds=thresholds(limit="3")),
        key=("account", "contract"),
        indicators=(day_indicator(key=("account", "contract")),),
    )
    engine = Engine([wide, kill()])
    others = [engine.observe(seen(at, contract=f"C{at}")) for at in (0, 1)]
    assert [alert.rule for found in others for alert in found] == ["K01"]
    held = [engine.observe(seen(at, account="B", contract="C1")) for at in (10, 2010, 4010)]
    assert [alert.rule for found in held for alert in found] == ["X01"]


def test_a_shadow_rule_holds_back_no_live_one() -> None:
    engine = Engine([daily(), kill(mode=RuleMode.SHADOW)])
    raised = [alert.rule for at in (0, 1, 2) for alert in engine.observe(seen(at))]
    assert raised == ["K01", "X01"]


def test_rules_that_hold_back_each_other_do_not_hang() -> None:
    one = daily(inhibits=("X02",))
    engine = Engine([one, daily(code="X02", inhibits=("X01",))])
    raised = [alert.rule for at in range(4) for alert in engine.observe(seen(at))]
    assert len(raised) == 1


def test_nothing_divided_by_zero_holds() -> None:
    parts = (
        day_indicator("above"),
        day_indicator("below", op=Op.SUM, value_field="quantity"),
    )
    for cmp in (Cmp.GE, Cmp.LE, Cmp.NE):
        ratio = condition("above", over="below", cmp=cmp, thresholds=thresholds(limit="0.5"))
        assert run(rule(ratio, indicators=parts), [seen(quantity=0)]) == []
        assert run(rule(ratio, indicators=parts), [seen(quantity=-5000)]) == []


def test_an_event_of_a_day_that_is_over_is_neither_counted_nor_judged() -> None:
    engine = Engine([daily()])
    for at in (0, 1):
        engine.observe(seen(DAY_MS + at))
    yesterday = [engine.observe(seen(at, is_late=True)) for at in range(5)]
    assert yesterday == [[]] * 5
    assert len(engine.observe(seen(DAY_MS + 2))) == 1


def test_an_earlier_day_that_does_not_come_late_begins_anew() -> None:
    engine = Engine([daily()])
    for at in (0, 1):
        engine.observe(seen(DAY_MS + at))
    assert [len(engine.observe(seen(at))) for at in range(3)] == [0, 0, 1]


def test_a_clock_that_goes_back_loses_nothing() -> None:
    engine = Engine([rule()])
    found = [engine.observe(seen(at)) for at in (500, 400, 300)]
    assert [alert.level for alerts in found for alert in alerts] == ["warn", "limit"]


def test_each_observation_counts_also_one_that_came_before() -> None:
    twice = seen(0)
    assert [alert.order_refs for alert in run(rule(), [twice, twice])] == [("R0", "R0")]


def test_numbers_without_bound_are_counted_exactly() -> None:
    total = day_indicator("total", op=Op.SUM, value_field="amount")
    huge = 10**40
    spec = rule(condition("total", thresholds=thresholds(limit="0.00000001")), indicators=(total,))
    events = [seen(0, amount=huge), seen(1, amount=-huge), seen(2, amount=1)]
    assert [alert.values[0].value for alert in run(spec, events)] == [10**32, "0"]


def test_an_event_kind_that_no_rule_asks_for_costs_nothing_and_raises_nothing() -> None:
    assert run(daily(), [seen(at, event=EventKind.MARKET) for at in range(3)]) == []
    assert seen(1).time_ns - seen(0).time_ns == NS_PER_MS
