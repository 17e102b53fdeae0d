"""What must be true of a condition's thresholds: numbers, scopes, dates, and that they rise."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from riskgw.cep.faults import Fault, FaultText, decimal_faults
from riskgw.cep.fields import FIELDS
from riskgw.cep.spec import Cmp, ConditionSpec, ThresholdSpec
from riskgw.cep.thresholds import THRESHOLD_DIGITS, scope_names
from riskgw.kernel.decimals import DecimalTextError, scaled
from riskgw.kernel.words import LEVELS_RISING, Level

# Of one condition.
THRESHOLDS_MAX = 20_000


def threshold_faults(spec: ConditionSpec, place: str) -> Iterator[Fault]:
    """Faults of a condition's thresholds, each by its number."""
    if not spec.thresholds:
        yield Fault(place, FaultText("a condition needs a threshold"))
    if len(spec.thresholds) > THRESHOLDS_MAX:
        yield Fault(place, FaultText("at most %(most)s thresholds", most=THRESHOLDS_MAX))
    ladders: dict[Any, dict[Level, ThresholdSpec]] = {}
    for number, threshold in enumerate(spec.thresholds):
        yield from _single(threshold, f"{place}.{number}")
        ladder = ladders.setdefault((threshold.scope, threshold.effective_from or ""), {})
        if threshold.level in ladder:
            yield Fault(place, FaultText("two thresholds for one level"))
        ladder[threshold.level] = threshold
    for ladder in ladders.values():
        for lower, level in _steps_down(spec.cmp, ladder.values()):
            text = FaultText("%(level)s is reached before %(lower)s", level=level, lower=lower)
            yield Fault(place, text)


def _single(spec: ThresholdSpec, place: str) -> Iterator[Fault]:
    yield from decimal_faults(spec.value, THRESHOLD_DIGITS, f"{place}.value")
    if spec.effective_from is not None and not _is_date(spec.effective_from):
        text = FaultText('"%(text)s" is no date such as 2026-01-31', text=spec.effective_from)
        yield Fault(f"{place}.effective_from", text)
    if spec.scope is None:
        return
    names = scope_names(spec.scope)
    if not names:
        yield Fault(f"{place}.scope", FaultText("a scope names something"))
    for name in names:
        value, words = getattr(spec.scope, name), FIELDS[name].words
        if not value or (words and value not in words):
            text = FaultText('"%(text)s" is no %(field)s', text=value, field=name)
            yield Fault(f"{place}.scope.{name}", text)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _steps_down(cmp: Cmp, thresholds: Iterable[ThresholdSpec]) -> list[tuple[Level, Level]]:
    """Neighbours on the ladder of which the higher one is reached first."""
    try:
        values = {each.level: scaled(each.value, THRESHOLD_DIGITS) for each in thresholds}
    except DecimalTextError:
        return []  # reported where the number stands
    rising = pairwise(level for level in LEVELS_RISING if level in values)
    if cmp in (Cmp.GE, Cmp.GT):
        return [(low, high) for low, high in rising if values[low] > values[high]]
    if cmp in (Cmp.LE, Cmp.LT):
        return [(low, high) for low, high in rising if values[low] < values[high]]
    return []
