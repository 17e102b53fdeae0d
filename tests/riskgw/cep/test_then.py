"""First the conditions, then within time the step: a pull-up and the reverse trade after it."""

from datetime import timedelta
from typing import Any

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Clock, Cmp, ExemptionSpec, Op, RuleSpec, ThenSide, ThenSpec, Unit
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.alert import Alert
from tests.days import MONDAY
from tests.rules import condition, indicator, rule, seen, thresholds

KEY = ("account", "side")
TUESDAY = MONDAY + timedelta(days=1)


def pull_up(step: dict[str, Any] | None = None, **changes: Any) -> RuleSpec:
    """300 bought or sold in a minute, then within 10 s at least 100 on the other side."""
    filled = {"op": Op.SUM, "events": (EventKind.FILL,), "value_field": "quantity"}
    clock = changes.pop("clock", Clock.WALL)
    then: dict[str, Any] = {"indicator": "step", "cmp": Cmp.GE, "value": "100", "within_ms": 10_000}
    large = condition("large", unit=Unit.SHARES, thresholds=thresholds(warn="240", limit="300"))
    return rule(
        large,
        key=KEY,
        indicators=(
            indicator("large", key=KEY, length_ms=60_000, **filled),
            indicator("step", key=("account",), clock=clock, **filled),
        ),
        then=ThenSpec(**(then | (step or {}))),
        **changes,
    )


def fill(at_ms: int, side: Side, quantity: int, **facts: Any) -> Observation:
    return seen(at_ms, event=EventKind.FILL, side=side, quantity=quantity * 1000, **facts)


def raised(spec: RuleSpec, events: list[Observation]) -> list[Alert]:
    engine = Engine([spec])
    return [alert for each in events for alert in engine.observe(each)]


def buy(at_ms: int, quantity: int) -> Observation:
    return fill(at_ms, Side.BUY, quantity)


def sell(at_ms: int, quantity: int) -> Observation:
    return fill(at_ms, Side.SELL, quantity)


@pytest.mark.parametrize(
    ("events", "levels"),
    [
        ([buy(0, 300), sell(1, 99)], []),
        ([buy(0, 300), sell(1, 100)], ["limit"]),
        ([buy(0, 240), sell(1, 100)], ["warn"]),
        ([buy(0, 239), sell(1, 100)], []),
        ([buy(0, 300), sell(10_000, 100)], ["limit"]),
        ([buy(0, 300), sell(10_001, 100)], []),
        ([sell(0, 100), buy(1, 300)], []),
        ([buy(0, 300), sell(1, 50), sell(2, 50)], ["limit"]),
        ([buy(0, 300), buy(1, 200)], []),
        ([sell(0, 300), buy(1, 100)], ["limit"]),
        # Both at once: each side's conditions hold and each is the other's step.
        ([buy(0, 300), sell(1, 300), buy(2, 100)], ["limit", "limit"]),
        # The conditions hold again: time counts from then on, what is sold from before too.
        ([buy(0, 300), sell(9_000, 60), buy(9_500, 1), sell(19_400, 40)], []),
        ([buy(0, 300), sell(9_000, 60), buy(9_500, 1), sell(9_900, 40)], ["limit"]),
        ([buy(0, 300), sell(9_000, 60), buy(9_500, 1), sell(19_400, 100)], ["limit"]),
        # Told once in an episode, and again if it climbs.
        ([buy(0, 300), sell(1, 100), sell(2, 100)], ["limit"]),
        ([buy(0, 300), sell(1, 100), buy(2, 1), sell(3, 100)], ["limit"]),
        ([buy(0, 240), sell(1, 100), buy(2, 60), sell(3, 100)], ["warn", "limit"]),
        # A new episode is told anew.
        ([buy(0, 300), sell(1, 100), buy(70_000, 300), sell(70_001, 100)], ["limit", "limit"]),
    ],
)
def test_the_step_has_to_follow_in_time_on_the_other_side(
    events: list[Observation], levels: list[str]
) -> None:
    assert [alert.level for alert in raised(pull_up(), events)] == levels


def test_the_alert_says_what_was_held_then_what_was_done() -> None:
    (alert,) = raised(pull_up(), [buy(0, 150), buy(5, 150), sell(7, 60), sell(9, 40)])
    assert alert.key == {"account": "A", "side": "buy"}
    assert [(each.indicator, each.value, each.threshold) for each in alert.values] == [
        ("large", 300, 300), ("step", 100, 100),
    ]  # fmt: skip
    assert alert.order_refs == ("R0", "R5", "R7", "R9")
    assert alert.time_ns == sell(9, 40).time_ns


def test_a_step_can_be_on_the_same_side() -> None:
    same = pull_up({"side": ThenSide.SAME})
    assert raised(same, [buy(0, 300), sell(1, 100)]) == []
    assert len(raised(same, [buy(0, 300), buy(1, 100)])) == 1


def test_a_step_within_trading_time_goes_on_after_lunch() -> None:
    before = (2 * 3600 - 5) * 1000  # 11:29:55, from 9:30
    events = [buy(before, 300), sell(before + 5_000 + 90 * 60_000 + 4_999, 100)]
    assert raised(pull_up(), events) == []
    assert len(raised(pull_up(clock=Clock.TRADING), events)) == 1
    late = [events[0], sell(before + 5_000 + 90 * 60_000 + 5_001, 100)]
    assert raised(pull_up(clock=Clock.TRADING), late) == []


def at(day_offset: int, clock: str, side: Side, quantity: int) -> Observation:
    hour, minute, second = map(int, clock.split(":"))
    day_ns = day_start_ns(MONDAY + timedelta(days=day_offset))
    moment = day_ns + (hour * 3600 + minute * 60 + second) * NS_PER_SECOND
    return fill(0, side, quantity, time_ns=moment)


UNTIL_TEN = pull_up({"within_ms": None, "until": "10:00"})
UNTIL_NEXT = pull_up({"within_ms": None, "until": "next 10:00"})


@pytest.mark.parametrize(
    ("spec", "armed", "done", "count"),
    [
        (UNTIL_TEN, (0, "09:31:00"), (0, "09:59:59"), 1),
        (UNTIL_TEN, (0, "09:31:00"), (0, "10:00:00"), 0),
        (UNTIL_TEN, (0, "10:00:00"), (0, "10:00:01"), 0),
        (UNTIL_TEN, (0, "09:31:00"), (1, "09:31:00"), 0),
        (UNTIL_NEXT, (0, "14:58:00"), (0, "14:59:00"), 1),
        (UNTIL_NEXT, (0, "14:58:00"), (1, "09:59:59"), 1),
        (UNTIL_NEXT, (0, "14:58:00"), (1, "10:00:00"), 0),
        (UNTIL_NEXT, (0, "14:58:00"), (2, "09:31:00"), 0),
        (UNTIL_NEXT, (4, "14:58:00"), (7, "09:59:59"), 1),
    ],
)
def test_a_step_can_have_until_a_point_of_the_day_or_the_next(
    spec: RuleSpec, armed: tuple[int, str], done: tuple[int, str], count: int
) -> None:
    events = [at(*armed, Side.BUY, 300), at(*done, Side.SELL, 100)]
    assert len(raised(spec, events)) == count


def test_what_waits_for_the_next_day_does_not_wait_for_the_one_after() -> None:
    """Also where nothing is heard on the next one: see the table above."""
    events = [
        at(0, "14:58:00", Side.BUY, 300), at(1, "09:31:00", Side.SELL, 1),
        at(2, "09:31:00", Side.SELL, 100),
    ]  # fmt: skip
    assert raised(UNTIL_NEXT, events) == []


def test_what_is_exempt_is_no_step_either() -> None:
    exempt = pull_up(exemptions=(ExemptionSpec(field="hedge", values=(True,)),))
    hedged = fill(1, Side.SELL, 100, is_hedge=True)
    assert raised(exempt, [buy(0, 300), hedged]) == []
    assert len(raised(exempt, [buy(0, 300), hedged, sell(2, 100)])) == 1
