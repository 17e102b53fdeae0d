"""What a risk shard has to remember to go on exactly where it was."""

from collections.abc import Sequence
from typing import NamedTuple

from monitoring.domain.enrichment import EnricherState
from monitoring.domain.funds import FundsBook
from monitoring.domain.market_book import MarketBook
from monitoring.domain.order_states import LiveCount, OrderState, OrderStates
from monitoring.domain.own_book import OwnBook, OwnSide
from monitoring.domain.positions import GroupHolding, Holding, Positions
from monitoring.domain.restrictions import Restrictions
from monitoring.domain.risk_core import CoreState
from monitoring.domain.self_trade import Fill, SelfTrades
from monitoring.domain.shard import RiskShard
from monitoring.domain.tracking import Tracker
from riskgw.cep import snapshots as cep
from riskgw.cep.spec import RuleSpec
from riskgw.kernel.slots import slots_of
from riskgw.kernel.words import Offset, OrderType, TimeInForce
from riskgw.messages.base_data import (
    AccessSystemData,
    AccountData,
    BaseData,
    CalendarData,
    CalendarDayData,
    ContractData,
    CounterData,
    PositionData,
    SessionTableData,
)
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds
from riskgw.messages.market import Snapshot
from riskgw.messages.restriction import Act, Restriction
from riskgw.shards.sequencer import Sequencer
from riskgw.shards.snapshot import Schema


class ShardState(NamedTuple):
    """A shard's state; rules are compiled anew from what they say."""

    base: BaseData
    rules: tuple[RuleSpec, ...]
    sequencer: Sequencer
    running: set[str]
    alerts: int
    newest_ns: int
    core: CoreState
    restrictions: Restrictions


_OBJECTS: dict[type, Sequence[str]] = {
    Sequencer: ("_waiting", "_watermarks", "_released_ns", "late"),
    Restrictions: ("_active", "_day"),
    SelfTrades: ("_open", "_order"),
    Fill: slots_of(Fill),
    FundsBook: ("_told",),
    GroupHolding: slots_of(GroupHolding),
    Holding: slots_of(Holding),
    MarketBook: ("_newest", "market_ns"),
    LiveCount: slots_of(LiveCount),
    OrderState: slots_of(OrderState),
    OrderStates: ("_states",),
    OwnBook: slots_of(OwnBook),
    OwnSide: slots_of(OwnSide),
    Positions: ("_holdings", "_groups", "_told"),
    Tracker: ("orders", "positions", "_books", "_counts", "_is_fed"),
    **cep.OBJECTS,
}
_STATES = (CoreState, EnricherState, ShardState)
_MESSAGES = (
    AccessSystemData, AccountData, BaseData, CalendarData, CalendarDayData, ContractData,
    CounterData, Event, Funds, PositionData, Restriction, SessionTableData, Snapshot,
)  # fmt: skip
_WORDS = (Act, Offset, OrderType, TimeInForce)

_SCHEMA = Schema(
    "risk shard",
    _OBJECTS,
    (*cep.VALUES, *_STATES, *_MESSAGES, *_WORDS),
    constants=cep.CONSTANTS,
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
            newest_ns=shard.newest_ns,
            core=shard.core.state(),
            restrictions=shard.restrictions,
        )
        return _SCHEMA.dump(state)

    def load(self, data: bytes) -> RiskShard:
        state: ShardState = _SCHEMA.load(data)
        shard = RiskShard(state.base, state.rules)
        shard.sequencer, shard.running = state.sequencer, state.running
        shard.alerts, shard.newest_ns = state.alerts, state.newest_ns
        shard.restrictions = state.restrictions
        shard.core.take_over(state.core)
        return shard


SHARD = ShardSnapshots()
