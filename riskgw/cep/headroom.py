"""How far a key is from its thresholds, as things stand."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from riskgw.cep.condition import Condition, shown
from riskgw.cep.fields import FIELDS
from riskgw.cep.observation import Observation
from riskgw.cep.rule import Rule
from riskgw.cep.spec import Cmp, RuleSpec, WindowKind
from riskgw.kernel.words import OPPOSITE, EventKind, Level

Number = int | str | None


class Headroom(NamedTuple):
    """One condition of a rule; `left` until its highest level. Numbers as in an alert."""

    rule: str
    version: int
    indicator: str
    unit: str
    key: dict[str, str]
    value: Number
    warn: Number
    restrict: Number
    limit: Number
    left: Number


def probes(spec: RuleSpec, values: Mapping[str, str], at_ns: int) -> Iterator[Observation]:
    """An observation of nothing for each key of the rule that has these values."""
    known: dict[str, Any] = {name: value for name, value in values.items() if name in FIELDS}
    missing = [name for name in spec.key if not known.get(name)]
    if missing == ["side"]:
        for side in OPPOSITE:
            yield _probe(known | {"side": side}, at_ns)
    elif not missing:
        yield _probe(known, at_ns)


def headroom_of(rule: Rule, probe: Observation) -> list[Headroom]:
    """A row for each condition that has a threshold for this key."""
    return [
        _row(rule, condition, probe)
        for group in rule.groups
        for condition in group
        if condition.ladder(probe)
    ]


def _row(rule: Rule, condition: Condition, probe: Observation) -> Headroom:
    bits = {1 << number: level for number, level in enumerate(rule.levels)}
    by_level = {bits[rung.bit]: rung.threshold for rung in condition.ladder(probe)}
    value = condition.value(probe)
    highest = list(by_level.values())[-1]
    return Headroom(
        rule=rule.spec.code,
        version=rule.spec.version,
        indicator=condition.spec.indicator,
        unit=condition.spec.unit,
        key={name: str(getattr(probe, FIELDS[name].attribute)) for name in rule.spec.key},
        value=None if value is None else shown(value),
        warn=_shown(by_level.get(Level.WARN)),
        restrict=_shown(by_level.get(Level.RESTRICT)),
        limit=_shown(by_level.get(Level.LIMIT)),
        left=_shown(_left(condition, value, highest)),
    )


def _left(condition: Condition, value: Fraction | None, threshold: Fraction) -> Fraction | None:
    if condition.spec.cmp in (Cmp.EQ, Cmp.NE):
        return None
    if value is None:
        is_nothing = condition.over is None and condition.spec.cmp in (Cmp.GE, Cmp.GT)
        if not is_nothing or condition.indicator.spec.window is WindowKind.INSTANT:
            return None
        value = Fraction(0)
    is_rising = condition.spec.cmp in (Cmp.GE, Cmp.GT)
    return threshold - value if is_rising else value - threshold


def _probe(values: Mapping[str, Any], at_ns: int) -> Observation:
    attributes = {FIELDS[name].attribute: value for name, value in values.items()}
    facts = attributes | {"event": EventKind.ORDER, "time_ns": at_ns, "order_ref": ""}
    return Observation(**facts)


def _shown(value: Fraction | None) -> Number:
    return None if value is None else shown(value)
