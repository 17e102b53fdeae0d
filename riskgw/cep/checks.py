"""What must be true of a rule before the engine takes it; every fault names its place."""

from collections.abc import Iterator

from riskgw.cep.behaviour_checks import behaviour_faults
from riskgw.cep.faults import Fault, FaultText, decimal_faults, key_faults, within
from riskgw.cep.fields import KEYS
from riskgw.cep.indicator import value_digits
from riskgw.cep.indicator_checks import filter_faults, indicator_faults
from riskgw.cep.spec import THRESHOLD_CMPS, ConditionSpec, IndicatorSpec, RuleSpec
from riskgw.cep.threshold_checks import threshold_faults
from riskgw.cep.thresholds import THRESHOLD_DIGITS
from riskgw.kernel.words import LEVELS_RISING

__all__ = [
    "THRESHOLD_DIGITS",
    "Fault",
    "FaultText",
    "faults",
    "filter_faults",
    "indicator_faults",
]


def faults(rule: RuleSpec) -> list[Fault]:
    """All faults of a rule; an empty list means the engine takes it."""
    found = [*key_faults(rule.key, "key")]
    if not rule.key:
        found.append(Fault("key", FaultText("a rule needs a key")))
    indicators = {indicator.code: indicator for indicator in rule.indicators}
    for place, indicator in enumerate(rule.indicators):
        found += [within(f"indicators.{place}", fault) for fault in indicator_faults(indicator)]
        for name in indicator.key:
            if name in KEYS and name not in rule.key:
                text = FaultText("kept by %(field)s, which is not in the rule's key", field=name)
                found.append(Fault(f"indicators.{place}.key", text))
    if not rule.conditions:
        found.append(Fault("conditions", FaultText("a rule needs a condition")))
    for place, condition in enumerate(rule.conditions):
        found += _condition(condition, indicators, f"conditions.{place}")
    return [*found, *_levels(rule), *behaviour_faults(rule)]


def _condition(
    spec: ConditionSpec, indicators: dict[str, IndicatorSpec], place: str
) -> Iterator[Fault]:
    for name in ("indicator", "over"):
        code = getattr(spec, name)
        if code is not None and code not in indicators:
            yield Fault(f"{place}.{name}", FaultText('unknown indicator "%(text)s"', text=code))
    if spec.cmp not in THRESHOLD_CMPS:
        text = FaultText("%(cmp)s does not compare with a threshold", cmp=spec.cmp)
        yield Fault(f"{place}.cmp", text)
    yield from threshold_faults(spec, f"{place}.thresholds")
    yield from decimal_faults(spec.minus, THRESHOLD_DIGITS, f"{place}.minus")
    if spec.floor is not None:
        below = indicators.get(spec.over or "")
        if below is None:
            yield Fault(f"{place}.floor", FaultText("a divisor is needed for this"))
        else:
            yield from decimal_faults(spec.floor, value_digits(below), f"{place}.floor")


def _levels(rule: RuleSpec) -> Iterator[Fault]:
    """Each group must be able to hold at each level."""
    used = {threshold.level for each in rule.conditions for threshold in each.thresholds}
    groups = [condition.group for condition in rule.conditions]
    for group in sorted(set(groups)):
        members = [condition for condition in rule.conditions if condition.group == group]
        covered = {threshold.level for each in members for threshold in each.thresholds}
        for level in LEVELS_RISING:
            if level in used and level not in covered:
                place = f"conditions.{groups.index(group)}.thresholds"
                text = FaultText(
                    "group %(group)s has no threshold for %(level)s", group=group, level=level
                )
                yield Fault(place, text)
