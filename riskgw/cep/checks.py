"""What must be true of a rule before the engine takes it; every fault names its place."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple, Self

from riskgw.cep.fields import FIELDS, KEYS, FieldDef, FieldType
from riskgw.cep.spec import (
    THRESHOLD_CMPS,
    Cmp,
    ConditionSpec,
    FilterSpec,
    IndicatorSpec,
    Op,
    RuleSpec,
    WindowKind,
)
from riskgw.kernel.decimals import DecimalTextError, scaled
from riskgw.kernel.words import LEVELS_RISING, Level

THRESHOLD_DIGITS = 8
SLIDING_MS_MAX = 3_600_000
_NUMBER_OPS = (Op.SUM, Op.LAST, Op.MAX, Op.RANGE)
_LIST_CMPS = (Cmp.IN, Cmp.NOT_IN)
_EQUALITY_CMPS = (Cmp.EQ, Cmp.NE, *_LIST_CMPS)


class FaultText(str):
    """Plain English, with the pattern and values it is made of: a page may say it otherwise."""

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        message = super().__new__(cls, pattern % values)
        message.pattern, message.values = pattern, values
        return message


class Fault(NamedTuple):
    """`place` is a dotted path: conditions.0.over; `text` says what is wrong."""

    place: str
    text: FaultText


def faults(rule: RuleSpec) -> list[Fault]:
    """All faults of a rule; an empty list means the engine takes it."""
    found = [*_keys(rule.key, "key")]
    if not rule.key:
        found.append(Fault("key", FaultText("a rule needs a key")))
    indicators = {indicator.code: indicator for indicator in rule.indicators}
    for place, indicator in enumerate(rule.indicators):
        found += [_within(f"indicators.{place}", fault) for fault in indicator_faults(indicator)]
        for name in indicator.key:
            if name in KEYS and name not in rule.key:
                text = FaultText("kept by %(field)s, which is not in the rule's key", field=name)
                found.append(Fault(f"indicators.{place}.key", text))
    if not rule.conditions:
        found.append(Fault("conditions", FaultText("a rule needs a condition")))
    for place, condition in enumerate(rule.conditions):
        found += _condition(condition, indicators, f"conditions.{place}")
    return found + list(_levels(rule))


def filter_faults(spec: FilterSpec) -> list[Fault]:
    """Faults of one filter: unknown field, comparison or value that does not fit it."""
    field = FIELDS.get(spec.field)
    if field is None:
        return [_unknown_field("field", spec.field)]
    found = []
    if field.type is not FieldType.NUMBER and spec.cmp not in _EQUALITY_CMPS:
        text = FaultText(
            "%(cmp)s compares numbers, %(field)s is %(type)s",
            cmp=spec.cmp,
            field=field.code,
            type=field.type,
        )
        found.append(Fault("cmp", text))
    if isinstance(spec.value, tuple) and spec.cmp not in _LIST_CMPS:
        return [*found, Fault("value", FaultText("%(cmp)s needs one value", cmp=spec.cmp))]
    if not isinstance(spec.value, tuple) and spec.cmp in _LIST_CMPS:
        return [*found, Fault("value", FaultText("%(cmp)s needs a list", cmp=spec.cmp))]
    for value in spec.value if isinstance(spec.value, tuple) else (spec.value,):
        found += _filter_value(field, value)
    return found


def _filter_value(field: FieldDef, value: str | bool) -> list[Fault]:
    if isinstance(value, bool) != (field.type is FieldType.BOOLEAN):
        text = FaultText(
            '%(field)s is %(type)s, not "%(text)s"', field=field.code, type=field.type, text=value
        )
        return [Fault("value", text)]
    if isinstance(value, str) and field.type is FieldType.NUMBER:
        return _decimal(value, field.digits, "value")
    if isinstance(value, str) and field.words and value not in field.words:
        words = ", ".join(field.words)
        return [
            Fault("value", FaultText('"%(text)s" is none of %(words)s', text=value, words=words))
        ]
    return []


def indicator_faults(spec: IndicatorSpec) -> list[Fault]:
    """Faults of one indicator and its filters."""
    return [*_keys(spec.key, "key"), *_values(spec), *_window(spec), *_filters(spec)]


def _values(spec: IndicatorSpec) -> Iterator[Fault]:
    if not spec.events:
        yield Fault("events", FaultText("an indicator needs an event"))
    field = FIELDS.get(spec.value_field or "")
    if spec.op is Op.COUNT:
        if spec.value_field:
            yield Fault("value_field", FaultText("count needs no field"))
    elif field is None:
        if spec.value_field:
            yield _unknown_field("value_field", spec.value_field)
        else:
            yield Fault("value_field", FaultText("%(op)s needs a field", op=spec.op))
    elif spec.op in _NUMBER_OPS and field.type is not FieldType.NUMBER:
        text = FaultText("%(op)s needs a number, %(field)s is none", op=spec.op, field=field.code)
        yield Fault("value_field", text)


def _window(spec: IndicatorSpec) -> Iterator[Fault]:
    if (spec.window is WindowKind.SLIDING) != (spec.length_ms is not None):
        yield Fault("length_ms", FaultText("a sliding window, and only that, has a length"))
    elif spec.length_ms is not None and not 0 < spec.length_ms <= SLIDING_MS_MAX:
        yield Fault("length_ms", FaultText("1 to %(most)s ms", most=SLIDING_MS_MAX))


def _filters(spec: IndicatorSpec) -> Iterator[Fault]:
    for number, each in enumerate(spec.filters):
        yield from (_within(f"filters.{number}", fault) for fault in filter_faults(each))


def _within(place: str, fault: Fault) -> Fault:
    return Fault(f"{place}.{fault.place}", fault.text)


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
    if not spec.thresholds:
        yield Fault(f"{place}.thresholds", FaultText("a condition needs a threshold"))
    yield from _decimal(spec.minus, THRESHOLD_DIGITS, f"{place}.minus")
    if spec.floor is not None:
        below = indicators.get(spec.over or "")
        if below is None:
            yield Fault(f"{place}.floor", FaultText("a divisor is needed for this"))
        else:
            yield from _decimal(spec.floor, value_digits(below), f"{place}.floor")
    for number, threshold in enumerate(spec.thresholds):
        yield from _decimal(threshold.value, THRESHOLD_DIGITS, f"{place}.thresholds.{number}.value")
    levels = [threshold.level for threshold in spec.thresholds]
    if len(set(levels)) != len(levels):
        yield Fault(f"{place}.thresholds", FaultText("two thresholds for one level"))


def value_digits(spec: IndicatorSpec) -> int:
    """Decimals of an indicator's scaled value: those of its field, none for counts."""
    field = FIELDS.get(spec.value_field or "")
    return field.digits if field is not None and spec.op is not Op.DISTINCT else 0


def _levels(rule: RuleSpec) -> Iterator[Fault]:
    """Each group must be able to hold at each level, and a higher level must not come first."""
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
    for number, condition in enumerate(rule.conditions):
        for lower, level in _steps_down(condition):
            text = FaultText("%(level)s is reached before %(lower)s", level=level, lower=lower)
            yield Fault(f"conditions.{number}.thresholds", text)


def _steps_down(condition: ConditionSpec) -> list[tuple[Level, Level]]:
    """Neighbours on the ladder of which the higher one is reached first."""
    try:
        values = {each.level: scaled(each.value, THRESHOLD_DIGITS) for each in condition.thresholds}
    except DecimalTextError:
        return []  # reported where the number stands
    rising = pairwise(level for level in LEVELS_RISING if level in values)
    if condition.cmp in (Cmp.GE, Cmp.GT):
        return [(low, high) for low, high in rising if values[low] > values[high]]
    if condition.cmp in (Cmp.LE, Cmp.LT):
        return [(low, high) for low, high in rising if values[low] < values[high]]
    return []


def _keys(names: tuple[str, ...], place: str) -> Iterator[Fault]:
    for name in names:
        if name not in KEYS:
            yield Fault(place, FaultText('unknown key "%(text)s"', text=name))


def _unknown_field(place: str, name: str) -> Fault:
    return Fault(place, FaultText('unknown field "%(text)s"', text=name))


def _decimal(text: str, digits: int, place: str) -> list[Fault]:
    try:
        scaled(text, digits)
    except DecimalTextError:
        message = FaultText(
            '"%(text)s" is no number of at most %(digits)s decimals', text=text, digits=digits
        )
        return [Fault(place, message)]
    return []
