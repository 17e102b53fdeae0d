"""A rule as data: what the admin edits, a version freezes, a file exports, the engine compiles."""

from enum import StrEnum

import msgspec

from riskgw.kernel.words import EventKind, Level


class Op(StrEnum):
    """What an indicator does with the values in its window."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"
    LAST = "last"
    MAX = "max"
    RANGE = "range"


class WindowKind(StrEnum):
    """How far back an indicator looks."""

    INSTANT = "instant"
    SLIDING = "sliding"
    DAY = "day"


class Cmp(StrEnum):
    """Comparison of a value with a threshold or a filter's constant."""

    EQ = "eq"
    NE = "ne"
    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"
    IN = "in"
    NOT_IN = "nin"


THRESHOLD_CMPS = (Cmp.GE, Cmp.GT, Cmp.LE, Cmp.LT, Cmp.EQ, Cmp.NE)


class Unit(StrEnum):
    """What a threshold's number counts."""

    COUNT = "count"
    SHARES = "shares"
    CNY = "CNY"
    MS = "ms"
    RATIO = "ratio"
    PERCENT = "percent"


class _Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, and strict about what it does not know."""


class FilterSpec(_Spec, frozen=True, kw_only=True):
    """`field cmp value`; a list for in and nin. Numbers are decimal text, flags true or false."""

    field: str
    cmp: Cmp
    value: str | bool | tuple[str, ...]


class IndicatorSpec(_Spec, frozen=True, kw_only=True):
    """A number kept by key: `op` over the events in the window that pass all filters."""

    code: str
    op: Op
    events: tuple[EventKind, ...]
    window: WindowKind
    key: tuple[str, ...]
    value_field: str | None = None
    length_ms: int | None = None
    filters: tuple[FilterSpec, ...] = ()


class ThresholdSpec(_Spec, frozen=True, kw_only=True):
    """Decimal text, in the condition's unit."""

    level: Level
    value: str


class ConditionSpec(_Spec, frozen=True, kw_only=True):
    """`indicator` [over `over`, at least `floor`] [minus `minus`] `cmp` threshold."""

    group: int
    indicator: str
    cmp: Cmp
    unit: Unit
    thresholds: tuple[ThresholdSpec, ...]
    over: str | None = None
    minus: str = "0"
    floor: str | None = None


class RuleSpec(_Spec, frozen=True, kw_only=True):
    """Groups of conditions are ANDed, the members of a group ORed."""

    code: str
    version: int = 1
    name_zh: str = ""
    name_en: str = ""
    category: str = ""
    advice_zh: str = ""
    advice_en: str = ""
    key: tuple[str, ...]
    indicators: tuple[IndicatorSpec, ...]
    conditions: tuple[ConditionSpec, ...]
    source_note: str = ""
    confidence: str = ""


class RulesFile(msgspec.Struct, frozen=True):
    """The exported JSON: a list of whole rules."""

    rules: tuple[RuleSpec, ...]


class RulesFileError(ValueError):
    """The JSON is no list of rules; says where."""


def rules_from_json(data: bytes) -> tuple[RuleSpec, ...]:
    """The rules of an exported file."""
    try:
        return msgspec.json.decode(data, type=RulesFile).rules
    except msgspec.DecodeError as error:
        raise RulesFileError(str(error)) from None


def rule_from_builtins(data: object) -> RuleSpec:
    """A rule from its stored JSON."""
    return msgspec.convert(data, RuleSpec)
