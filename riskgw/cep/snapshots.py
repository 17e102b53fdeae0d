"""What of the engine's state may stand in a snapshot; each class by the attributes that are it."""

from collections.abc import Mapping, Sequence

from riskgw.cep.accumulators import (
    Count,
    Distinct,
    Extreme,
    First,
    Last,
    Peak,
    Range,
    Seen,
    Spread,
    Sum,
)
from riskgw.cep.counting import CountWindow, Ticks
from riskgw.cep.duration import DurationWindow, Held
from riskgw.cep.engine import EngineState
from riskgw.cep.episodes import Standing
from riskgw.cep.evidence import Evidence, OrderTrail
from riskgw.cep.rule import RuleState
from riskgw.cep.sliding import Slide, SlidingWindow
from riskgw.cep.spec import (
    Action,
    ActionSpec,
    CheckPoint,
    Clock,
    Cmp,
    ConditionSpec,
    ExemptionSpec,
    FilterSpec,
    IndicatorSpec,
    Mask,
    Op,
    Release,
    RuleMode,
    RuleSpec,
    ScopeSpec,
    ThenSide,
    ThenSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.cep.then import Armed, Arming, Armings, Deadline
from riskgw.cep.windows import Day, DaysWindow, DayWindow, InstantWindow, SessionWindow
from riskgw.kernel.slots import slots_of
from riskgw.kernel.words import EventKind, Level, Side
from riskgw.messages.alert import Alert, Reading

_ACCUMULATORS = (Count, Distinct, Extreme, First, Last, Peak, Range, Seen, Spread, Sum)

OBJECTS: Mapping[type, Sequence[str]] = {
    Armed: slots_of(Armed),
    Arming: slots_of(Arming),
    Armings: ("_deadline", "_is_opposite", "_by_key", "_counted", "_day"),
    CountWindow: ("_length_ns", "_by_key"),
    DayWindow: ("_make", "_by_key"),
    DaysWindow: ("_make", "_length", "_today", "_oldest", "_by_key"),
    DurationWindow: ("_length_ns", "_by_key"),
    Held: slots_of(Held),
    InstantWindow: ("_make", "_value", "_ref"),
    OrderTrail: slots_of(OrderTrail),
    SessionWindow: ("_inner", "_began", "began_ns"),
    Slide: slots_of(Slide),
    SlidingWindow: ("_make", "_length_ns", "_by_key"),
    Standing: slots_of(Standing),
    Ticks: slots_of(Ticks),
    **{cls: slots_of(cls) for cls in _ACCUMULATORS},
}
VALUES: tuple[type, ...] = (
    Day, Deadline, EngineState, Evidence, RuleState,
    Alert, Reading,
    ActionSpec, ConditionSpec, ExemptionSpec, FilterSpec, IndicatorSpec, RuleSpec, ScopeSpec,
    ThenSpec, ThresholdSpec,
    Action, CheckPoint, Clock, Cmp, EventKind, Level, Mask, Op, Release, RuleMode, Side, ThenSide,
    Unit, WindowKind,
)  # fmt: skip
CONSTANTS: Mapping[str, object] = {cls.__name__: cls for cls in _ACCUMULATORS}
