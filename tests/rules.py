"""Specifications and observations for tests of rules."""

from typing import Any

from riskgw.cep.observation import Observation
from riskgw.cep.spec import (
    Cmp,
    ConditionSpec,
    IndicatorSpec,
    Op,
    RuleSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.times import NS_PER_MS, day_start_ns
from riskgw.kernel.words import EventKind, Level
from tests.days import MONDAY

OPEN_NS = day_start_ns(MONDAY) + 34_200_000 * NS_PER_MS  # 09:30


def seen(at_ms: int = 0, **facts: Any) -> Observation:
    """An order of account A in contract SSE:600000, so many milliseconds after the opening."""
    values: dict[str, Any] = {
        "event": EventKind.ORDER,
        "time_ns": OPEN_NS + at_ms * NS_PER_MS,
        "order_ref": f"R{at_ms}",
        "account": "A",
        "group": "G",
        "contract": "SSE:600000",
    }
    return Observation(**(values | facts))


def indicator(code: str = "orders", **changes: Any) -> IndicatorSpec:
    """Orders of an account in the last second."""
    values: dict[str, Any] = {
        "code": code,
        "op": Op.COUNT,
        "events": (EventKind.ORDER,),
        "window": WindowKind.SLIDING,
        "length_ms": 1000,
        "key": ("account",),
    }
    return IndicatorSpec(**(values | changes))


def day_indicator(code: str = "orders", **changes: Any) -> IndicatorSpec:
    return indicator(code, window=WindowKind.DAY, length_ms=None, **changes)


def condition(code: str = "orders", *, group: int = 1, **changes: Any) -> ConditionSpec:
    """At least 2 to warn, at least 3 at the limit."""
    values: dict[str, Any] = {
        "group": group,
        "indicator": code,
        "cmp": Cmp.GE,
        "unit": Unit.COUNT,
        "thresholds": thresholds(warn="2", limit="3"),
    }
    return ConditionSpec(**(values | changes))


def thresholds(**values: str) -> tuple[ThresholdSpec, ...]:
    return tuple(ThresholdSpec(level=Level(level), value=value) for level, value in values.items())


def rule(*conditions: ConditionSpec, **changes: Any) -> RuleSpec:
    values: dict[str, Any] = {
        "code": "X01",
        "key": ("account",),
        "indicators": (indicator(),),
        "conditions": conditions or (condition(),),
    }
    return RuleSpec(**(values | changes))
