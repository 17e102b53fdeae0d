"""What a risk shard has to remember to go on exactly where it was."""

from collections.abc import Sequence
from typing import NamedTuple

from monitoring.domain.enrichment import EnricherState, OrderState
from monitoring.domain.risk_core import CoreState
from monitoring.domain.self_trade import Fill, SelfTrades
from monitoring.domain.shard import RiskShard
from riskgw.cep.accumulators import Count, Distinct, Extreme, Last, Range, Sum
from riskgw.cep.engine import EngineState
from riskgw.cep.evidence import Evidence, OrderTrail
from riskgw.cep.spec import (
    Cmp,
    ConditionSpec,
    FilterSpec,
    IndicatorSpec,
    Op,
    RuleSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.cep.windows import DayWindow, InstantWindow, SlidingWindow
from riskgw.kernel.words import EventKind, Level, Offset, OrderType, Side, TimeInForce
from riskgw.messages.base_data import (
    AccessSystemData,
    AccountData,
    BaseData,
    ContractData,
    CounterData,
)
from riskgw.messages.event import Event
from riskgw.shards.sequencer import Sequencer
from riskgw.shards.snapshot import Schema


class ShardState(NamedTuple):
    """A shard's state; rules are compiled anew from what they say."""

    base: BaseData
    rules: tuple[RuleSpec, ...]
    sequencer: Sequencer
    running: set[str]
    alerts: int
    core: CoreState


_ACCUMULATORS = (Count, Distinct, Extreme, Last, Range, Sum)
_OBJECTS: dict[type, Sequence[str]] = {
    Sequencer: ("_waiting", "_watermarks", "_released_ns", "late"),
    SelfTrades: ("_open", "_order"),
    Fill: Fill.__slots__,
    DayWindow: ("_make", "_by_key"),
    SlidingWindow: ("_make", "_length_ns", "_by_key"),
    InstantWindow: ("_make", "_value", "_evidence"),
    OrderTrail: OrderTrail.__slots__,
    **{cls: cls.__slots__ for cls in _ACCUMULATORS},
}
_STATES = (CoreState, EngineState, EnricherState, Evidence, OrderState, ShardState)
_SPECS = (ConditionSpec, FilterSpec, IndicatorSpec, RuleSpec, ThresholdSpec)
_MESSAGES = (AccessSystemData, AccountData, BaseData, ContractData, CounterData, Event)
_WORDS = (
    Cmp, EventKind, Level, Offset, Op, OrderType, Side, TimeInForce, Unit, WindowKind,
)  # fmt: skip

_SCHEMA = Schema(
    "risk shard",
    _OBJECTS,
    (*_STATES, *_SPECS, *_MESSAGES, *_WORDS),
    constants={cls.__name__: cls for cls in _ACCUMULATORS},
)


class ShardSnapshots:
    """A risk shard as bytes and back."""

    def dump(self, shard: RiskShard) -> bytes:
        state = ShardState(
            base=shard.base,
            rules=shard.rules,
            sequencer=shard.sequencer,
            running=shard.running,
            alerts=shard.alerts,
            core=shard.core.state(),
        )
        return _SCHEMA.dump(state)

    def load(self, data: bytes) -> RiskShard:
        state: ShardState = _SCHEMA.load(data)
        shard = RiskShard(state.base, state.rules)
        shard.sequencer, shard.running = state.sequencer, state.running
        shard.alerts = state.alerts
        shard.core.take_over(state.core)
        return shard


SHARD = ShardSnapshots()
