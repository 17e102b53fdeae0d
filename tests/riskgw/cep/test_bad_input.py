"""What should not come does: it is counted as it says, or not at all, and stops nothing."""

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, Op, RuleSpec, Unit
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, Level
from tests.rules import condition, day_indicator, indicator, rule, seen, thresholds

DAY_MS = 86_400_000
RATIO = rule(
    condition(
        "cancels", over="orders", cmp=Cmp.GT, unit=Unit.PERCENT, thresholds=thresholds(limit="50")
    ),
    indicators=(day_indicator(), day_indicator("cancels", events=(EventKind.CANCELLED,))),
)


def summed(**changes: str) -> RuleSpec:
    spec = indicator("sum", op=Op.SUM, value_field="quantity")
    return rule(condition("sum", thresholds=thresholds(limit="1")), indicators=(spec,), **changes)


def levels(spec: RuleSpec, *events: Observation) -> list[Level]:
    engine = Engine([spec])
    return [alert.level for each in events for alert in engine.observe(each)]


def test_a_negative_number_is_added_as_it_is() -> None:
    assert levels(summed(), seen(0, quantity=-5_000), seen(1, quantity=5_999)) == []
    assert levels(summed(), seen(0, quantity=-5_000), seen(1, quantity=6_000)) == ["limit"]


def test_a_number_of_any_size_is_added_exactly() -> None:
    huge = 10**40
    assert levels(summed(), seen(0, quantity=huge), seen(1, quantity=999 - huge)) == ["limit"]
    taken_back = [seen(0, quantity=-huge), seen(1, quantity=huge), seen(2, quantity=999)]
    assert levels(summed(), *taken_back) == []
    assert levels(summed(), *taken_back, seen(3, quantity=1)) == ["limit"]


def test_an_unknown_number_is_not_added_and_an_unknown_key_counts_nowhere() -> None:
    assert levels(summed(), seen(0, quantity=None)) == []
    assert levels(summed(), seen(0, quantity=1_000, account=None)) == []


def test_what_is_divided_by_nothing_does_not_hold() -> None:
    cancelled = [seen(number, event=EventKind.CANCELLED) for number in range(9)]
    assert levels(RATIO, *cancelled) == []
    # The first order is something to divide by.
    assert levels(RATIO, *cancelled, seen(9)) == ["limit"]


@pytest.mark.parametrize("back_ms", [1, 500, 999])
def test_a_clock_that_goes_back_within_the_window_loses_nothing(back_ms: int) -> None:
    times = [1_000, 1_000, 1_000 - back_ms]
    assert levels(rule(), *map(seen, times)) == ["warn", "limit"]


def test_yesterdays_event_counts_neither_today_nor_again() -> None:
    late = seen(-DAY_MS * 3, is_late=True)
    assert levels(rule(indicators=(day_indicator(),)), seen(0), late, seen(1)) == ["warn"]
    engine = Engine([rule(indicators=(day_indicator(),))])
    engine.observe(seen(0))
    engine.observe(late)
    (row,) = engine.headroom({"account": "A"}, seen(2).time_ns)
    assert row.value == 1


def test_a_day_that_comes_again_begins_anew() -> None:
    twice = [seen(0), seen(DAY_MS), seen(0), seen(1), seen(2)]
    assert levels(rule(indicators=(day_indicator(),)), *twice) == ["warn", "limit"]


def test_each_observation_counts_also_the_same_once_more() -> None:
    same = seen(0)
    assert levels(rule(), same, same, same) == ["warn", "limit"]


def test_a_time_before_all_times_is_one_like_any_other() -> None:
    early = [seen(time_ns=number * NS_PER_MS) for number in range(3)]
    assert levels(rule(), *early) == ["warn", "limit"]
