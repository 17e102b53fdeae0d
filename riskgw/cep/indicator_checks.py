"""What must be true of an indicator and its filters."""

from collections.abc import Iterator

from riskgw.cep.faults import (
    Fault,
    FaultText,
    decimal_faults,
    key_faults,
    unknown_field,
    within,
)
from riskgw.cep.fields import FIELDS, FieldDef, FieldType
from riskgw.cep.spec import Clock, Cmp, FilterSpec, IndicatorSpec, Op, WindowKind

SLIDING_MS_MAX = 3_600_000
# What survives the day costs memory for each of its days.
DAYS_MAX = 60
_NUMBER_OPS = (Op.SUM, Op.FIRST, Op.LAST, Op.MAX, Op.RANGE)
_LIST_CMPS = (Cmp.IN, Cmp.NOT_IN)
_EQUALITY_CMPS = (Cmp.EQ, Cmp.NE, *_LIST_CMPS)
_DURATION_WINDOWS = (WindowKind.SLIDING, WindowKind.SESSION, WindowKind.DAY)


def filter_faults(spec: FilterSpec) -> list[Fault]:
    """Faults of one filter: unknown field, comparison or value that does not fit it."""
    field = FIELDS.get(spec.field)
    if field is None:
        return [unknown_field("field", spec.field)]
    found = []
    if field.type is not FieldType.NUMBER and spec.cmp not in _EQUALITY_CMPS:
        text = FaultText(
            "%(cmp)s compares numbers, %(field)s is %(type)s",
            cmp=spec.cmp,
            field=field.code,
            type=field.type,
        )
        found.append(Fault("cmp", text))
    if spec.any_of < 0:
        found.append(Fault("any_of", FaultText("not below 0")))
    if isinstance(spec.value, tuple) and spec.cmp not in _LIST_CMPS:
        return [*found, Fault("value", FaultText("%(cmp)s needs one value", cmp=spec.cmp))]
    if not isinstance(spec.value, tuple) and spec.cmp in _LIST_CMPS:
        return [*found, Fault("value", FaultText("%(cmp)s needs a list", cmp=spec.cmp))]
    for value in spec.value if isinstance(spec.value, tuple) else (spec.value,):
        found += value_faults(field, value, "value")
    return found


def value_faults(field: FieldDef, value: str | bool, place: str) -> list[Fault]:
    """Whether the field can have the value."""
    if isinstance(value, bool) != (field.type is FieldType.BOOLEAN):
        text = FaultText(
            '%(field)s is %(type)s, not "%(text)s"', field=field.code, type=field.type, text=value
        )
        return [Fault(place, text)]
    if isinstance(value, str) and field.type is FieldType.NUMBER:
        return decimal_faults(value, field.digits, place)
    if isinstance(value, str) and field.words and value not in field.words:
        words = ", ".join(field.words)
        text = FaultText('"%(text)s" is none of %(words)s', text=value, words=words)
        return [Fault(place, text)]
    return []


def indicator_faults(spec: IndicatorSpec) -> list[Fault]:
    """Faults of one indicator and its filters."""
    return [*key_faults(spec.key, "key"), *_values(spec), *_window(spec), *_filters(spec)]


def _values(spec: IndicatorSpec) -> Iterator[Fault]:
    if not spec.events:
        yield Fault("events", FaultText("an indicator needs an event"))
    field = FIELDS.get(spec.value_field or "")
    if spec.op is Op.COUNT:
        if spec.value_field:
            yield Fault("value_field", FaultText("count needs no field"))
    elif field is None:
        if spec.value_field:
            yield unknown_field("value_field", spec.value_field)
        else:
            yield Fault("value_field", FaultText("%(op)s needs a field", op=spec.op))
    elif spec.op in _NUMBER_OPS and field.type is not FieldType.NUMBER:
        text = FaultText("%(op)s needs a number, %(field)s is none", op=spec.op, field=field.code)
        yield Fault("value_field", text)
    elif spec.op is Op.DURATION and field.type is not FieldType.BOOLEAN:
        text = FaultText("%(op)s needs a flag, %(field)s is none", op=spec.op, field=field.code)
        yield Fault("value_field", text)


def _window(spec: IndicatorSpec) -> Iterator[Fault]:
    if (spec.window is WindowKind.SLIDING) != (spec.length_ms is not None):
        yield Fault("length_ms", FaultText("a sliding window, and only that, has a length"))
    elif spec.length_ms is not None and not 0 < spec.length_ms <= SLIDING_MS_MAX:
        yield Fault("length_ms", FaultText("1 to %(most)s ms", most=SLIDING_MS_MAX))
    if (spec.window is WindowKind.DAYS) != (spec.days is not None):
        yield Fault("days", FaultText("a window of days, and only that, has a number of days"))
    elif spec.days is not None and not 0 < spec.days <= DAYS_MAX:
        yield Fault("days", FaultText("1 to %(most)s days", most=DAYS_MAX))
    if spec.op is Op.FIRST and spec.window is WindowKind.SLIDING:
        yield Fault("window", FaultText("the first value of a sliding window leaves it at once"))
    if spec.op is Op.DURATION and spec.window not in _DURATION_WINDOWS:
        text = FaultText("a duration is kept by sliding window, trading phase or day")
        yield Fault("window", text)
    elif spec.clock is Clock.TRADING and not _has_clock(spec):
        text = FaultText("trading time passes in sliding windows and durations only")
        yield Fault("clock", text)


def _has_clock(spec: IndicatorSpec) -> bool:
    return spec.window is WindowKind.SLIDING or spec.op is Op.DURATION


def _filters(spec: IndicatorSpec) -> Iterator[Fault]:
    for number, each in enumerate(spec.filters):
        yield from (within(f"filters.{number}", fault) for fault in filter_faults(each))
