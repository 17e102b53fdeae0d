"""What must be true of how a rule behaves: phases, times, exemptions, its step, its actions."""

import re
from collections.abc import Iterator

from riskgw.cep.faults import Fault, FaultText, bound_faults, decimal_faults, unknown_field
from riskgw.cep.fields import FIELDS, FieldType
from riskgw.cep.indicator_checks import value_faults
from riskgw.cep.spec import Cmp, Op, RuleSpec, ThenSpec
from riskgw.cep.thresholds import THRESHOLD_DIGITS
from riskgw.kernel.decimals import DecimalTextError, scaled

REPEAT_MAX = 1_000
COOLDOWN_MS_MAX = FOR_MS_MAX = 86_400_000
WITHIN_MS_MAX = 14_400_000
_STEP_OPS = (Op.COUNT, Op.SUM)
_UNTIL = re.compile(r"(?:next )?(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_RISING, _FALLING = {Cmp.GE, Cmp.GT}, {Cmp.LE, Cmp.LT}


def behaviour_faults(rule: RuleSpec) -> Iterator[Fault]:
    """Faults of all parts of a rule that are neither indicators nor conditions."""
    yield from bound_faults(rule.repeat, 1, REPEAT_MAX, "repeat")
    yield from bound_faults(rule.cooldown_ms, 0, COOLDOWN_MS_MAX, "cooldown_ms")
    yield from bound_faults(rule.for_ms, 0, FOR_MS_MAX, "for_ms")
    for number, phase in enumerate(rule.sessions):
        if not phase or phase in rule.sessions[:number]:
            text = FaultText('"%(text)s" is empty or named twice', text=phase)
            yield Fault(f"sessions.{number}", text)
    yield from _clear(rule)
    yield from _exemptions(rule)
    if rule.then is not None:
        yield from _then(rule.then, rule)
    yield from _actions(rule)
    if rule.code in rule.inhibits:
        yield Fault("inhibits", FaultText("a rule does not hold back itself"))


def _clear(rule: RuleSpec) -> Iterator[Fault]:
    """A key falls later than it climbs: below less than the whole of what it has to reach."""
    if not rule.clear_percent:
        return
    if found := decimal_faults(rule.clear_percent, THRESHOLD_DIGITS, "clear_percent"):
        yield from found
        return
    percent = scaled(rule.clear_percent, THRESHOLD_DIGITS)
    whole = 100 * 10**THRESHOLD_DIGITS
    cmps = {condition.cmp for condition in rule.conditions}
    if not cmps <= _RISING and not cmps <= _FALLING:
        text = FaultText("only where all conditions compare upwards, or all downwards")
        yield Fault("clear_percent", text)
    elif cmps <= _RISING and not 0 < percent < whole:
        yield Fault("clear_percent", FaultText("above 0 and below 100"))
    elif cmps <= _FALLING and not whole < percent <= 10 * whole:
        yield Fault("clear_percent", FaultText("above 100, at most 1000"))
    if any(_is_negative(each.value) for part in rule.conditions for each in part.thresholds):
        yield Fault("clear_percent", FaultText("a percentage of a threshold below 0"))


def _is_negative(text: str) -> bool:
    try:
        return scaled(text, THRESHOLD_DIGITS) < 0
    except DecimalTextError:
        return False  # reported where the number stands


def _exemptions(rule: RuleSpec) -> Iterator[Fault]:
    for number, spec in enumerate(rule.exemptions):
        place = f"exemptions.{number}"
        field = FIELDS.get(spec.field)
        if field is None:
            yield unknown_field(f"{place}.field", spec.field)
            continue
        if not spec.values:
            yield Fault(f"{place}.values", FaultText("an exemption needs a value"))
        if field.type is FieldType.BOOLEAN and len(spec.values) > 1:
            text = FaultText("true and false together exempt everything")
            yield Fault(f"{place}.values", text)
        for value in spec.values:
            yield from value_faults(field, value, f"{place}.values")


def _then(spec: ThenSpec, rule: RuleSpec) -> Iterator[Fault]:
    counted = {each.code: each for each in rule.indicators}.get(spec.indicator)
    if counted is None:
        text = FaultText('unknown indicator "%(text)s"', text=spec.indicator)
        yield Fault("then.indicator", text)
    elif counted.op not in _STEP_OPS:
        yield Fault("then.indicator", FaultText("a step is a count or a sum"))
    if spec.cmp not in (Cmp.GE, Cmp.GT):
        yield Fault("then.cmp", FaultText("a step is done when enough has happened"))
    digits = THRESHOLD_DIGITS
    yield from decimal_faults(spec.value, digits, "then.value")
    if (spec.within_ms is None) == (spec.until is None):
        yield Fault("then.within_ms", FaultText("a step has either a length or an end"))
    if spec.within_ms is not None:
        yield from bound_faults(spec.within_ms, 1, WITHIN_MS_MAX, "then.within_ms")
    if spec.until is not None and not _UNTIL.fullmatch(spec.until):
        text = FaultText('"%(text)s" is no time such as 10:00 or next 10:00', text=spec.until)
        yield Fault("then.until", text)


def _actions(rule: RuleSpec) -> Iterator[Fault]:
    levels = {threshold.level for each in rule.conditions for threshold in each.thresholds}
    seen = set()
    for number, spec in enumerate(rule.actions):
        place = f"actions.{number}"
        if spec.level in seen:
            yield Fault(f"{place}.level", FaultText("two actions for one level"))
        elif spec.level not in levels:
            text = FaultText("%(level)s has no threshold", level=spec.level)
            yield Fault(f"{place}.level", text)
        seen.add(spec.level)
        if len(set(spec.mask)) < len(spec.mask):
            yield Fault(f"{place}.mask", FaultText("named twice"))
