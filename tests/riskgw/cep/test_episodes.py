"""When an episode begins and ends, and which of them are told: tables of values and alerts."""

from typing import Any

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, Op, RuleSpec, WindowKind
from riskgw.messages.alert import Alert
from tests.rules import condition, indicator, rule, seen, thresholds

DAY_MS = 24 * 3600 * 1000


def level_rule(**changes: Any) -> RuleSpec:
    """Judges the latest quantity of an account: 100 warns, 200 is the limit."""
    quantity = indicator(
        "quantity", op=Op.LAST, window=WindowKind.DAY, length_ms=None, value_field="quantity"
    )
    ladder = {"cmp": Cmp.GE, "thresholds": thresholds(warn="100", limit="200")}
    made = condition("quantity", **(ladder | changes.pop("ladder", {})))
    return rule(made, indicators=(quantity,), **changes)


def at(at_ms: int, quantity: int, **facts: Any) -> Observation:
    return seen(at_ms, quantity=quantity * 1000, **facts)


def told(spec: RuleSpec, steps: list[tuple[int, int]]) -> list[tuple[int, str, int]]:
    """Time, level and episode of the alerts that quantities at times raise."""
    engine = Engine([spec])
    return [
        (at_ms, alert.level, alert.episode)
        for at_ms, quantity in steps
        for alert in engine.observe(at(at_ms, quantity))
    ]


PLAIN = [
    ([(0, 99), (1, 100), (2, 150), (3, 100)], [(1, "warn", 1)]),
    ([(0, 100), (1, 200), (2, 300)], [(0, "warn", 1), (1, "limit", 1)]),
    ([(0, 200), (1, 100), (2, 200)], [(0, "limit", 1)]),
    ([(0, 200), (1, 99), (2, 200)], [(0, "limit", 1), (2, "limit", 2)]),
    ([(0, 100), (1, 0), (2, 100), (3, 0), (4, 200)],
     [(0, "warn", 1), (2, "warn", 2), (4, "limit", 3)]),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "alerts"), PLAIN)
def test_an_episode_lasts_until_the_key_stands_at_nothing(
    steps: list[tuple[int, int]], alerts: list[tuple[int, str, int]]
) -> None:
    assert told(level_rule(), steps) == alerts


@pytest.mark.parametrize(
    ("steps", "alerts"),
    [
        ([(0, 100), (1, 80), (2, 100)], [(0, "warn", 1)]),
        ([(0, 100), (1, 79), (2, 100)], [(0, "warn", 1), (2, "warn", 2)]),
        ([(0, 90)], []),
        ([(0, 200), (1, 90), (2, 200)], [(0, "limit", 1)]),
        ([(0, 100), (1, 90), (2, 200)], [(0, "warn", 1), (2, "limit", 1)]),
    ],
)
def test_a_key_falls_only_below_its_share_of_the_threshold(
    steps: list[tuple[int, int]], alerts: list[tuple[int, str, int]]
) -> None:
    assert told(level_rule(clear_percent="80"), steps) == alerts


def test_a_falling_comparison_is_left_upwards() -> None:
    ladder = {"cmp": Cmp.LE, "thresholds": thresholds(warn="100", limit="50")}
    spec = level_rule(ladder=ladder, clear_percent="125")
    assert told(spec, [(0, 100), (1, 125), (2, 100)]) == [(0, "warn", 1)]
    assert told(spec, [(0, 100), (1, 126), (2, 50)]) == [(0, "warn", 1), (2, "limit", 2)]


@pytest.mark.parametrize(
    ("steps", "alerts"),
    [
        ([(0, 100), (50, 0), (99, 100)], [(0, "warn", 1)]),
        ([(0, 100), (50, 0), (100, 100)], [(0, "warn", 1), (100, "warn", 2)]),
        ([(0, 100), (50, 0), (99, 200)], [(0, "warn", 1), (99, "limit", 1)]),
        ([(0, 100), (99, 200), (150, 0), (198, 200), (250, 0), (260, 200)],
         [(0, "warn", 1), (99, "limit", 1), (260, "limit", 2)]),
        ([(0, 100), (50, 0), (99, 100), (200, 100)], [(0, "warn", 1)]),
    ],
)  # fmt: skip
def test_within_the_cooldown_a_key_goes_on_with_the_episode_it_had(
    steps: list[tuple[int, int]], alerts: list[tuple[int, str, int]]
) -> None:
    assert told(level_rule(cooldown_ms=100), steps) == alerts


@pytest.mark.parametrize(
    ("steps", "alerts"),
    [
        ([(0, 100), (99, 100)], []),
        ([(0, 100), (100, 100)], [(100, "warn", 1)]),
        ([(0, 100), (60, 99), (120, 100), (219, 100)], []),
        ([(0, 100), (60, 200), (100, 200), (159, 200), (160, 200)],
         [(100, "warn", 1), (160, "limit", 1)]),
        ([(0, 200), (60, 100), (120, 200)], [(120, "warn", 1)]),
    ],
)  # fmt: skip
def test_a_level_counts_when_it_has_held_for_long_enough(
    steps: list[tuple[int, int]], alerts: list[tuple[int, str, int]]
) -> None:
    assert told(level_rule(for_ms=100), steps) == alerts


def test_how_long_a_level_has_held_does_not_grow_over_lunch() -> None:
    """Ten minutes from 11:25 on are over at 13:05."""
    minute = 60_000
    spec = level_rule(for_ms=10 * minute)
    before, lunch = (115 * minute, 100), 90 * minute
    assert told(spec, [before, (125 * minute + lunch - 1, 100)]) == []
    after = 125 * minute + lunch
    assert told(spec, [before, (after, 100)]) == [(after, "warn", 1)]


@pytest.mark.parametrize(
    ("steps", "alerts"),
    [
        ([(0, 100), (1, 0), (2, 100)], []),
        ([(0, 100), (1, 0), (2, 100), (3, 0), (4, 100), (5, 0), (6, 100)],
         [(4, "warn", 3), (6, "warn", 4)]),
        ([(0, 200), (1, 0), (2, 100), (3, 0), (4, 200), (5, 0), (6, 200)],
         [(4, "warn", 3), (6, "limit", 4)]),
    ],
)  # fmt: skip
def test_a_level_is_told_from_so_many_episodes_a_day_that_reached_it(
    steps: list[tuple[int, int]], alerts: list[tuple[int, str, int]]
) -> None:
    assert told(level_rule(repeat=3), steps) == alerts


def test_episodes_are_counted_by_day() -> None:
    steps = [(0, 100), (1, 0), (2, 100), (DAY_MS, 100), (DAY_MS + 1, 0), (DAY_MS + 2, 100)]
    assert [each[2] for each in told(level_rule(), steps)] == [1, 2, 1, 2]
    assert told(level_rule(repeat=3), steps) == []


def raised(spec: RuleSpec, observations: list[Observation]) -> list[Alert]:
    engine = Engine([spec])
    return [alert for each in observations for alert in engine.observe(each)]


def test_an_episode_is_over_when_its_sliding_windows_have_run_empty() -> None:
    single = rule(condition(thresholds=thresholds(warn="1")))
    alerts = raised(single, [seen(0), seen(999), seen(1999), seen(2998)])
    assert [(alert.order_refs, alert.episode) for alert in alerts] == [
        (("R0",), 1), (("R1999",), 2),
    ]  # fmt: skip


def test_instant_rules_tell_single_events_an_episode_each() -> None:
    instant = indicator(
        "quantity", op=Op.LAST, window=WindowKind.INSTANT, length_ms=None, value_field="quantity"
    )
    over = condition("quantity", thresholds=thresholds(limit="100"))
    single = rule(over, indicators=(instant,))
    events = [at(0, 100), at(1, 200), at(2, 99), at(3, 100)]
    assert [alert.episode for alert in raised(single, events)] == [1, 2, 3]
    third = rule(over, indicators=(instant,), repeat=3)
    assert [alert.order_refs for alert in raised(third, events)] == [("R3",)]
    calm = rule(over, indicators=(instant,), cooldown_ms=3)
    assert [alert.order_refs for alert in raised(calm, events)] == [("R0",), ("R3",)]
    lasting = rule(over, indicators=(instant,), for_ms=2)
    assert raised(lasting, events) == []
    assert len(raised(lasting, [at(0, 100), at(2, 100)])) == 1


def test_what_goes_on_over_the_night_is_told_once() -> None:
    days = indicator("days", op=Op.COUNT, window=WindowKind.DAYS, length_ms=None, days=3)
    spec = rule(condition("days", thresholds=thresholds(warn="2", limit="4")), indicators=(days,))
    events = [seen(0), seen(1), seen(DAY_MS), seen(DAY_MS + 1), seen(2 * DAY_MS), seen(3 * DAY_MS)]
    alerts = raised(spec, events)
    assert [(alert.level, alert.order_count, alert.episode) for alert in alerts] == [
        ("warn", 2, 1), ("limit", 4, 1),
    ]  # fmt: skip
