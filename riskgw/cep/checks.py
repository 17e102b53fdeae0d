"""What must be true of a rule before the engine takes it; every fault names its place."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from riskgw.cep.fields import FIELDS, KEYS, FieldType
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
from riskgw.kernel.words import LEVELS_RISING

THRESHOLD_DIGITS = 8
SLIDING_MS_MAX = 3_600_000
_NUMBER_OPS = (Op.SUM, Op.LAST, Op.MAX, Op.RANGE)
_LIST_CMPS = (Cmp.IN, Cmp.NOT_IN)
_EQUALITY_CMPS = (Cmp.EQ, Cmp.NE, *_LIST_CMPS)


class Fault(NamedTuple):
    """`place` is a dotted path: conditions.0.over; `text` says what is wrong."""

    place: str
    text: str


def faults(rule: RuleSpec) -> list[Fault]:
    """All faults of a rule; an empty list means the engine takes it."""
    found = [*_keys(rule.key, "key")]
    if not rule.key:
        found.append(Fault("key", "a rule needs a key"))
    indicators = {indicator.code: indicator for indicator in rule.indicators}
    for place, indicator in enumerate(rule.indicators):
        found += [_within(f"indicators.{place}", fault) for fault in indicator_faults(indicator)]
        missing = [name for name in indicator.key if name not in rule.key]
        if missing:
            text = f"kept by {', '.join(missing)}, which is not in the rule's key"
            found.append(Fault(f"indicators.{place}.key", text))
    if not rule.conditions:
        found.append(Fault("conditions", "a rule needs a condition"))
    for place, condition in enumerate(rule.conditions):
        found += _condition(condition, indicators, f"conditions.{place}")
    return found + list(_levels(rule))


def filter_faults(spec: FilterSpec) -> list[Fault]:
    """Faults of one filter: unknown field, comparison or value that does not fit it."""
    field = FIELDS.get(spec.field)
    if field is None:
        return [Fault("field", f"unknown field {spec.field!r}")]
    found = []
    if field.type is not FieldType.NUMBER and spec.cmp not in _EQUALITY_CMPS:
        found.append(Fault("cmp", f"{spec.cmp} compares numbers, {field.code} is {field.type}"))
    values = spec.value if isinstance(spec.value, tuple) else (spec.value,)
    if isinstance(spec.value, tuple) != (spec.cmp in _LIST_CMPS):
        wanted = "a list" if spec.cmp in _LIST_CMPS else "one value"
        return [*found, Fault("value", f"{spec.cmp} needs {wanted}")]
    for value in values:
        if isinstance(value, bool) != (field.type is FieldType.BOOLEAN):
            found.append(Fault("value", f"{field.code} is {field.type}, not {value!r}"))
        elif isinstance(value, str) and field.type is FieldType.NUMBER:
            found += _decimal(value, field.digits, "value")
        elif isinstance(value, str) and field.words and value not in field.words:
            found.append(Fault("value", f"{value!r} is none of {', '.join(field.words)}"))
    return found


def indicator_faults(spec: IndicatorSpec) -> list[Fault]:
    """Faults of one indicator and its filters."""
    return [*_keys(spec.key, "key"), *_values(spec), *_window(spec), *_filters(spec)]


def _values(spec: IndicatorSpec) -> Iterator[Fault]:
    if not spec.events:
        yield Fault("events", "an indicator needs an event")
    field = FIELDS.get(spec.value_field or "")
    if spec.op is Op.COUNT:
        if spec.value_field:
            yield Fault("value_field", "count needs no field")
    elif field is None:
        unknown = f"unknown field {spec.value_field!r}" if spec.value_field else "a field is needed"
        yield Fault("value_field", f"{spec.op}: {unknown}")
    elif spec.op in _NUMBER_OPS and field.type is not FieldType.NUMBER:
        yield Fault("value_field", f"{spec.op} needs a number, {field.code} is none")


def _window(spec: IndicatorSpec) -> Iterator[Fault]:
    if (spec.window is WindowKind.SLIDING) != (spec.length_ms is not None):
        yield Fault("length_ms", "a sliding window, and only that, has a length")
    elif spec.length_ms is not None and not 0 < spec.length_ms <= SLIDING_MS_MAX:
        yield Fault("length_ms", f"1 to {SLIDING_MS_MAX} ms")


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
            yield Fault(f"{place}.{name}", f"unknown indicator {code!r}")
    if spec.cmp not in THRESHOLD_CMPS:
        yield Fault(f"{place}.cmp", f"{spec.cmp} does not compare with a threshold")
    if not spec.thresholds:
        yield Fault(f"{place}.thresholds", "a condition needs a threshold")
    yield from _decimal(spec.minus, THRESHOLD_DIGITS, f"{place}.minus")
    if spec.floor is not None:
        below = indicators.get(spec.over or "")
        if below is None:
            yield Fault(f"{place}.floor", "only a ratio has a floor")
        else:
            yield from _decimal(spec.floor, value_digits(below), f"{place}.floor")
    for number, threshold in enumerate(spec.thresholds):
        yield from _decimal(threshold.value, THRESHOLD_DIGITS, f"{place}.thresholds.{number}.value")
    levels = [threshold.level for threshold in spec.thresholds]
    if len(set(levels)) != len(levels):
        yield Fault(f"{place}.thresholds", "two thresholds for one level")


def value_digits(spec: IndicatorSpec) -> int:
    """Decimals of an indicator's scaled value: those of its field, none for counts."""
    field = FIELDS.get(spec.value_field or "")
    return field.digits if field is not None and spec.op is not Op.DISTINCT else 0


def _levels(rule: RuleSpec) -> Iterator[Fault]:
    """Each group must be able to hold at each level, and a higher level must not come first."""
    used = {threshold.level for each in rule.conditions for threshold in each.thresholds}
    for group in sorted({condition.group for condition in rule.conditions}):
        members = [condition for condition in rule.conditions if condition.group == group]
        covered = {threshold.level for each in members for threshold in each.thresholds}
        for level in LEVELS_RISING:
            if level in used and level not in covered:
                yield Fault("conditions", f"group {group} has no threshold for {level}")
    for place, condition in enumerate(rule.conditions):
        if not _is_ladder(condition):
            yield Fault(f"conditions.{place}.thresholds", "a higher level is reached first")


def _is_ladder(condition: ConditionSpec) -> bool:
    try:
        values = {each.level: scaled(each.value, THRESHOLD_DIGITS) for each in condition.thresholds}
    except DecimalTextError:
        return True  # reported where the number stands
    rising = [values[level] for level in LEVELS_RISING if level in values]
    if condition.cmp in (Cmp.GE, Cmp.GT):
        return all(low <= high for low, high in pairwise(rising))
    if condition.cmp in (Cmp.LE, Cmp.LT):
        return all(low >= high for low, high in pairwise(rising))
    return True


def _keys(names: tuple[str, ...], place: str) -> Iterator[Fault]:
    for name in names:
        if name not in KEYS:
            yield Fault(place, f"unknown key {name!r}")


def _decimal(text: str, digits: int, place: str) -> list[Fault]:
    try:
        scaled(text, digits)
    except DecimalTextError as error:
        return [Fault(place, str(error))]
    return []
