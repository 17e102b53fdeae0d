"""Rules at work: thresholds, levels, episodes, ratios, keys, days."""

import pytest

from riskgw.cep.engine import Engine, RuleError
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, FilterSpec, Op, RuleSpec, Unit, WindowKind
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Level, TimeInForce
from riskgw.messages.alert import Alert
from tests.rules import condition, day_indicator, indicator, rule, seen, thresholds


def run(spec: RuleSpec, observations: list[Observation]) -> list[Alert]:
    engine = Engine([spec])
    return [alert for each in observations for alert in engine.observe(each)]


def levels(alerts: list[Alert]) -> list[tuple[str, int]]:
    return [(alert.level, int(alert.order_refs[-1][1:])) for alert in alerts]


@pytest.mark.parametrize(
    ("cmp", "raised"),
    [
        (Cmp.GE, [("warn", 20), ("limit", 30)]),
        (Cmp.GT, [("warn", 30), ("limit", 40)]),
    ],
)
def test_a_level_is_raised_when_its_threshold_is_met(
    cmp: Cmp, raised: list[tuple[str, int]]
) -> None:
    alerts = run(rule(condition(cmp=cmp)), [seen(at) for at in (10, 20, 30, 40, 50)])
    assert levels(alerts) == raised


def test_an_alert_says_what_was_counted_and_what_allowed() -> None:
    (alert,) = run(rule(condition(thresholds=thresholds(limit="2"))), [seen(0), seen(5)])
    assert alert.key == {"account": "A"}
    assert (alert.order_count, alert.order_refs) == (2, ("R0", "R5"))
    (reading,) = alert.values
    assert (reading.indicator, reading.value, reading.cmp, reading.threshold, reading.unit) == (
        "orders", 2, "ge", 2, "count",
    )  # fmt: skip


def test_a_new_episode_raises_again_and_the_same_one_does_not() -> None:
    first = [seen(0), seen(100), seen(200), seen(300)]
    later = [seen(5000), seen(5100), seen(5200)]
    assert [alert.level for alert in run(rule(), first + later)] == ["warn", "limit"] * 2


def test_an_event_that_passes_two_levels_at_once_raises_the_higher_one() -> None:
    large = rule(
        condition("sum", thresholds=thresholds(warn="100", limit="200"), unit=Unit.SHARES),
        indicators=(day_indicator("sum", op=Op.SUM, value_field="quantity"),),
    )
    assert [alert.level for alert in run(large, [seen(quantity=250_000)])] == ["limit"]


def test_instant_rules_judge_every_order_by_itself() -> None:
    single = rule(
        condition("size", cmp=Cmp.GT, thresholds=thresholds(limit="100"), unit=Unit.SHARES),
        indicators=(
            indicator(
                "size",
                op=Op.LAST,
                window=WindowKind.INSTANT,
                length_ms=None,
                value_field="quantity",
            ),
        ),
    )
    quantities = [100_001, 100_000, 200_000]
    alerts = run(single, [seen(at, quantity=each) for at, each in enumerate(quantities)])
    assert [alert.order_refs for alert in alerts] == [("R0",), ("R2",)]


def test_a_ratio_is_compared_exactly() -> None:
    ratio = rule(
        condition("cancels", over="orders", cmp=Cmp.GT, unit=Unit.PERCENT,
                  thresholds=thresholds(limit="50")),
        indicators=(day_indicator(), day_indicator("cancels", events=(EventKind.CANCELLED,))),
    )  # fmt: skip
    orders = [seen(at) for at in range(4)]
    cancels = [seen(10 + at, event=EventKind.CANCELLED) for at in range(3)]
    (alert,) = run(ratio, orders + cancels)
    assert alert.values[0].value == 75
    assert alert.order_refs == ("R10", "R11", "R12")


def test_nothing_is_divided_by_nothing_but_a_floor_makes_it_something() -> None:
    parts = {"indicators": (day_indicator(), day_indicator("cancels", events=(EventKind.CANCEL,)))}
    cancel = [seen(event=EventKind.CANCEL)]
    limit = thresholds(limit="1")
    assert run(rule(condition("cancels", over="orders", thresholds=limit), **parts), cancel) == []
    floored = condition("cancels", over="orders", floor="1", thresholds=limit)
    assert len(run(rule(floored, **parts), cancel)) == 1


def test_what_is_taken_off_a_ratio_is_taken_off_before_comparing() -> None:
    otr = rule(
        condition("info", over="fills", minus="1", cmp=Cmp.GT, unit=Unit.RATIO,
                  thresholds=thresholds(limit="2")),
        indicators=(
            day_indicator("info"),
            day_indicator("fills", events=(EventKind.FILL,)),
        ),
    )  # fmt: skip
    fill = seen(event=EventKind.FILL)
    assert run(otr, [fill, *(seen(at) for at in range(3))]) == []  # 3 / 1 - 1 = 2, not above 2
    assert len(run(otr, [fill, *(seen(at) for at in range(4))])) == 1


def test_groups_must_all_hold_and_one_member_is_enough_for_a_group() -> None:
    either = (
        condition("orders", group=1, thresholds=thresholds(limit="9")),
        condition("day", group=1, thresholds=thresholds(limit="2")),
        condition("cancels", group=2, thresholds=thresholds(limit="1")),
    )
    spec = rule(
        *either,
        indicators=(
            indicator(),
            day_indicator("day"),
            day_indicator("cancels", events=(EventKind.CANCEL,)),
        ),
    )
    orders = [seen(0), seen(1)]
    assert run(spec, orders) == []
    (alert,) = run(spec, [*orders, seen(2, event=EventKind.CANCEL)])
    assert [(reading.indicator, reading.value) for reading in alert.values] == [
        ("orders", 2), ("day", 2), ("cancels", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "passing"),
    [
        (FilterSpec(field="tif", cmp=Cmp.NOT_IN, value=("ioc", "fok")), ["R1", "R2"]),
        (FilterSpec(field="tif", cmp=Cmp.IN, value=("ioc", "fok")), ["R0"]),
        (FilterSpec(field="tif", cmp=Cmp.EQ, value="day"), ["R1"]),
        (FilterSpec(field="tif", cmp=Cmp.NE, value="day"), ["R0", "R2"]),
        (FilterSpec(field="quantity", cmp=Cmp.GE, value="300"), ["R1"]),
        (FilterSpec(field="quantity", cmp=Cmp.LT, value="300"), ["R0"]),
        (FilterSpec(field="st", cmp=Cmp.EQ, value=True), ["R2"]),
        (FilterSpec(field="age_ms", cmp=Cmp.LE, value="1000"), ["R0"]),
    ],
)
def test_filters_choose_events_and_unknown_values_pass_negations_only(
    spec: FilterSpec, passing: list[str]
) -> None:
    events = [
        seen(0, tif=TimeInForce.IOC, quantity=299_999, age_ns=NS_PER_SECOND),
        seen(1, tif=TimeInForce.DAY, quantity=300_000, age_ns=NS_PER_SECOND + 1),
        seen(2, is_st=True),
    ]
    counted = rule(
        condition(thresholds=thresholds(limit="1")), indicators=(indicator(filters=(spec,)),)
    )
    found = [alert.order_refs[-1] for each in events for alert in run(counted, [each])]
    assert found == passing


def test_an_event_without_the_key_counts_nowhere() -> None:
    assert run(rule(), [seen(at, account=None) for at in range(9)]) == []


def test_counters_end_with_the_trading_day() -> None:
    day_ms = 24 * 3600 * 1000
    daily = rule(indicators=(day_indicator(),))
    assert run(daily, [seen(0), seen(day_ms), seen(2 * day_ms)]) == []


def test_late_events_count_and_say_so() -> None:
    late = [seen(at, is_late=True) for at in range(3)]
    for indicators in ((indicator(),), (day_indicator(),)):
        alerts = run(rule(indicators=indicators), late)
        assert [(alert.level, alert.late) for alert in alerts] == [("warn", True), ("limit", True)]


def test_two_rules_share_an_indicator_and_each_keeps_its_own_level() -> None:
    strict = rule(condition(thresholds=thresholds(limit="2")), code="X02")
    engine = Engine([rule(), strict])
    alerts = [alert for at in (0, 1, 2) for alert in engine.observe(seen(at))]
    assert [(alert.rule, alert.level) for alert in alerts] == [
        ("X01", Level.WARN), ("X02", Level.LIMIT), ("X01", Level.LIMIT),
    ]  # fmt: skip


def test_a_faulty_rule_is_refused_by_name_and_place() -> None:
    with pytest.raises(RuleError, match=r"X01: conditions\.0\.indicator: unknown indicator"):
        Engine([rule(condition("nonsense"))])
