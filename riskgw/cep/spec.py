"""A rule as data: what the admin edits, a version freezes, a file exports, the engine compiles."""

from enum import StrEnum

import msgspec

from riskgw.kernel.words import EventKind, Level


class Op(StrEnum):
    """What an indicator does with the values in its window."""

    COUNT = "count"
    SUM = "sum"
    DISTINCT = "distinct"
    FIRST = "first"
    LAST = "last"
    MAX = "max"
    RANGE = "range"
    DURATION = "duration"


class WindowKind(StrEnum):
    """How far back an indicator looks."""

    INSTANT = "instant"
    SLIDING = "sliding"
    DAY = "day"
    SESSION = "session"
    DAYS = "days"


class Clock(StrEnum):
    """Which time passes in a window: all of it, or only that of trading."""

    WALL = "wall"
    TRADING = "trading"


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


class RuleMode(StrEnum):
    """A shadow rule judges like a live one; its alerts neither notify nor restrict."""

    LIVE = "live"
    SHADOW = "shadow"


class CheckPoint(StrEnum):
    """When a rule judges: before an order leaves, as it is seen, or when it has been traded."""

    PRE = "pre"
    LIVE = "live"
    POST = "post"


class Action(StrEnum):
    """What an alert of a level asks for, rising."""

    WARN = "warn"
    REPORT = "report"
    THROTTLE = "throttle"
    REJECT = "reject"
    RESTRICT_OPEN = "restrict_open"
    RESTRICT_ORDERS = "restrict_orders"
    KILL = "kill"


class Mask(StrEnum):
    """What a restriction holds back."""

    OPEN = "open"
    CLOSE = "close"
    CANCEL = "cancel"


class Release(StrEnum):
    """Who or what ends a restriction."""

    AUTO_DAY = "auto_day"
    TRADER = "trader"
    RISK_OFFICER = "risk_officer"
    FOUR_EYES = "four_eyes"


class ThenSide(StrEnum):
    """On which side, seen from the one that armed it, a step counts."""

    SAME = "same"
    OPPOSITE = "opposite"


class _Spec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen, and strict about what it does not know."""


class FilterSpec(_Spec, frozen=True, kw_only=True):
    """`field cmp value`; a list for in and nin. Numbers are decimal text, flags true or false.

    Filters with one number `any_of` above 0 are ORed among themselves, all else is ANDed.
    """

    field: str
    cmp: Cmp
    value: str | bool | tuple[str, ...]
    any_of: int = 0


class IndicatorSpec(_Spec, frozen=True, kw_only=True):
    """A number kept by key: `op` over the events in the window that pass all filters.

    `duration`: how long, by event times, the flag `value_field` held. `days` counts today.
    """

    code: str
    op: Op
    events: tuple[EventKind, ...]
    window: WindowKind
    key: tuple[str, ...]
    value_field: str | None = None
    length_ms: int | None = None
    filters: tuple[FilterSpec, ...] = ()
    days: int | None = None
    clock: Clock = Clock.WALL


class ScopeSpec(_Spec, frozen=True, kw_only=True):
    """Whom a threshold is for: all that is named must fit. `segment` is st or other."""

    exchange: str | None = None
    product: str | None = None
    contract: str | None = None
    segment: str | None = None
    group: str | None = None
    account: str | None = None


# The narrower scope wins: account before group before contract, and so on.
SCOPE_FIELDS = ("account", "group", "contract", "product", "segment", "exchange")


class ThresholdSpec(_Spec, frozen=True, kw_only=True):
    """Decimal text, in the condition's unit; from a trading day (ISO date) on."""

    level: Level
    value: str
    scope: ScopeSpec | None = None
    effective_from: str | None = None
    source_note: str = ""


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


class ExemptionSpec(_Spec, frozen=True, kw_only=True):
    """An event whose `field` has one of the values is counted by none of the rule's indicators."""

    field: str
    values: tuple[str | bool, ...]


class ThenSpec(_Spec, frozen=True, kw_only=True):
    """The conditions arm a key and side; the alert comes when this holds in time after that.

    The step's indicator is counted from the arming, on `side`. In time is `within_ms`, or `until`:
    "10:00" of the same trading day, "next 10:00" of the next one.
    """

    indicator: str
    cmp: Cmp
    value: str
    within_ms: int | None = None
    until: str | None = None
    side: ThenSide = ThenSide.OPPOSITE


class ActionSpec(_Spec, frozen=True, kw_only=True):
    """What an alert of a level does, what it holds back, and what ends that."""

    level: Level
    action: Action
    mask: tuple[Mask, ...] = ()
    release: Release = Release.AUTO_DAY


class RuleSpec(_Spec, frozen=True, kw_only=True):
    """Groups of conditions are ANDed, the members of a group ORed.

    `sessions`: the phases in which it judges, none for all. `repeat`: from which episode of the
    day on it counts. `for_ms`: how long it must hold. `clear_percent`: a key falls to nothing only
    below this share of the lowest threshold. `inhibits`: rules that it holds back while it stands.
    `follows_market`: keys that it has seen today are judged again at snapshots of their contract.
    """

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
    mode: RuleMode = RuleMode.LIVE
    check_point: CheckPoint = CheckPoint.LIVE
    sessions: tuple[str, ...] = ()
    repeat: int = 1
    cooldown_ms: int = 0
    for_ms: int = 0
    clear_percent: str = ""
    exemptions: tuple[ExemptionSpec, ...] = ()
    then: ThenSpec | None = None
    actions: tuple[ActionSpec, ...] = ()
    inhibits: tuple[str, ...] = ()
    follows_market: bool = False


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
