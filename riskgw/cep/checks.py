"""What must be true of a rule before the engine takes it; every fault names its place."""

from collections.abc import Iterator

from riskgw.cep.behaviour_checks import behaviour_faults
from riskgw.cep.faults import Fault, FaultText, decimal_faults, key_faults, within
from riskgw.cep.fields import KEYS, MARKET_KEYS
from riskgw.cep.indicator import value_digits
from riskgw.cep.indicator_checks import filter_faults, indicator_faults
from riskgw.cep.spec import THRESHOLD_CMPS, CheckPoint, ConditionSpec, IndicatorSpec, RuleSpec
from riskgw.cep.threshold_checks import threshold_faults
from riskgw.cep.thresholds import THRESHOLD_DIGITS
from riskgw.kernel.words import LEVELS_RISING, EventKind

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
    found += _market(rule)
    if not rule.conditions:
        found.append(Fault("conditions", FaultText("a rule needs a condition")))
    for place, condition in enumerate(rule.conditions):
        found += _condition(condition, indicators, f"conditions.{place}")
    return [*found, *_levels(rule), *behaviour_faults(rule)]


def _market(rule: RuleSpec) -> Iterator[Fault]:
    """A snapshot has nobody's keys; it is put beside those of a rule that follows it."""
    if not rule.follows_market:
        return
    if not {"contract", "index"}.intersection(rule.key):
        text = FaultText("only a rule by contract or index follows its market")
        yield Fault("follows_market", text)
    if rule.check_point is CheckPoint.PRE:
        text = FaultText("a rule that only orders are asked about follows no market")
        yield Fault("follows_market", text)
    for place, each in enumerate(rule.indicators):
        names = set(each.key)
        is_beside = names <= MARKET_KEYS or names == set(rule.key)
        if EventKind.MARKET in each.events and not is_beside:
            text = FaultText("market snapshots count by contract, or by all of the rule's key")
            yield Fault(f"indicators.{place}.key", text)


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
