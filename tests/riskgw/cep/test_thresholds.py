"""Whose threshold is in force, from which day on, and what ten thousand of them cost."""

import time
from datetime import timedelta
from typing import Any

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import ConditionSpec, RuleSpec, ScopeSpec, ThresholdSpec
from riskgw.kernel.words import Level
from tests.days import MONDAY
from tests.rules import condition, day_indicator, rule, seen

DAY_MS = 24 * 3600 * 1000


def limit(value: str, since: str | None = None, /, **scope: str) -> ThresholdSpec:
    where = ScopeSpec(**scope) if scope else None
    return ThresholdSpec(level=Level.LIMIT, value=value, scope=where, effective_from=since)


def counted(*thresholds: ThresholdSpec) -> RuleSpec:
    made: ConditionSpec = condition("day", thresholds=thresholds)
    return rule(made, key=("account", "contract"), indicators=(
        day_indicator("day", key=("account", "contract")),
    ))  # fmt: skip


def reached(spec: RuleSpec, event: Observation) -> int:
    """How many such events it takes to an alert."""
    engine = Engine([spec])
    for number in range(1, 30):
        if engine.observe(event):
            return number
    return 0


HERE: dict[str, Any] = {"exchange": "SSE", "product": "stock", "segment": "st"}


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([], 9),
        ([{"exchange": "SSE"}], 8),
        ([{"exchange": "SSE"}, {"segment": "st"}], 7),
        ([{"segment": "st"}, {"exchange": "SSE"}, {"product": "stock"}], 6),
        ([{"product": "stock"}, {"contract": "SSE:600000"}, {"segment": "st"}], 5),
        ([{"group": "G"}, {"contract": "SSE:600000"}], 4),
        ([{"group": "G"}, {"account": "A"}, {"contract": "SSE:600000"}], 3),
        ([{"account": "B"}, {"exchange": "SZSE"}, {"segment": "other"}], 9),
        ([{"product": "stock", "segment": "st"}, {"product": "stock"}], 2),
        ([{"product": "stock", "segment": "other"}, {"product": "stock"}], 6),
    ],
)
def test_the_narrowest_scope_that_fits_wins(scopes: list[dict[str, str]], expected: int) -> None:
    values = {
        "exchange": "8", "segment": "7", "product": "6", "contract": "5", "group": "4",
        "account": "3",
    }  # fmt: skip
    thresholds = [limit("9")]
    for scope in scopes:
        value = values[next(iter(scope))] if len(scope) == 1 else "2"
        thresholds.append(limit(value, **scope))
    assert reached(counted(*thresholds), seen(**HERE)) == expected


def test_what_a_narrower_scope_does_not_name_it_inherits() -> None:
    warn = ThresholdSpec(level=Level.WARN, value="4")
    spec = counted(warn, limit("8"), limit("2", account="A"), limit("6", account="B"))
    first = Engine([spec])
    alerts = [alert for _ in range(3) for alert in first.observe(seen())]
    assert [(alert.level, alert.values[0].threshold) for alert in alerts] == [("limit", 2)]
    other = Engine([spec])
    alerts = [alert for _ in range(9) for alert in other.observe(seen(account="B"))]
    assert [(alert.level, alert.values[0].threshold) for alert in alerts] == [
        ("warn", 4), ("limit", 6),
    ]  # fmt: skip


def test_a_threshold_is_in_force_from_its_day_on() -> None:
    tuesday, wednesday = (MONDAY + timedelta(days=days) for days in (1, 2))
    spec = counted(
        limit("5"), limit("3", tuesday.isoformat()), limit("4", wednesday.isoformat()),
        limit("2", wednesday.isoformat(), account="A"),
    )  # fmt: skip
    engine = Engine([spec])
    found = [
        (day, number)
        for day in range(3)
        for number in range(1, 7)
        if engine.observe(seen(day * DAY_MS + number))
    ]
    assert found == [(0, 5), (1, 3), (2, 2)]


def test_where_no_threshold_is_in_force_nothing_is_reached() -> None:
    assert reached(counted(limit("1", account="B")), seen()) == 0
    assert reached(counted(limit("1", "2099-01-01")), seen()) == 0


def test_ten_thousand_thresholds_do_not_slow_down_other_keys() -> None:
    many = [limit("5000", account=f"S{number}", contract="SSE:600000") for number in range(10_000)]
    started = time.process_time()
    narrow, plain = Engine([counted(limit("9999"), *many)]), Engine([counted(limit("9999"))])
    assert time.process_time() - started < 5

    def spent(engine: Engine) -> float:
        events = [seen(number, account=f"A{number % 100}") for number in range(2_000)]
        begun = time.process_time()
        for event in events:
            engine.observe(event)
        return time.process_time() - begun

    slow = min(spent(narrow) for _ in range(3))
    fast = min(spent(plain) for _ in range(3))
    assert slow < 3 * fast
    assert reached(counted(limit("9"), *many, limit("3", account="A")), seen()) == 3
