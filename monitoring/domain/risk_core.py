"""The risk core of one shard: sequenced events in, alerts out."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from monitoring.domain.enrichment import Enricher, EnricherState
from monitoring.domain.needs import judges_market, needed_fields
from riskgw.cep.engine import Engine, EngineState
from riskgw.cep.fields import FIELDS, KEYS, MARKET_KEYS
from riskgw.cep.observation import Observation
from riskgw.cep.spec import SCOPE_FIELDS, RuleSpec
from riskgw.kernel.remains import Remains
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import COPY, Event
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import SYMBOLS_MAX, Snapshot

# Entries of the day before; orders and all that is counted of them have about three an event.
FREED_AN_EVENT = 16

# The newest snapshot of each contract, and whether this core speaks for the contract.
Early = dict[tuple[str, str], tuple[Snapshot, bool]]


class CoreState(NamedTuple):
    """All that events have changed, apart from base data and rules."""

    day: date | None
    series: int
    early: Early
    enricher: EnricherState
    engine: EngineState


class RiskCore:
    """Enriches each event, then judges it. `series` numbers the events it has taken."""

    def __init__(self, base: BaseData, rules: Iterable[RuleSpec]) -> None:
        rules = tuple(rules)
        self._enricher = Enricher(base, needed_fields(rules))
        # When what is traded, and on which trading day.
        self.sessions = self._enricher.sessions
        self._over = Remains()
        self._engine = Engine(rules, self.sessions, self._over.add)
        self._judges_market = judges_market(rules)
        self._day: date | None = None
        # The newest snapshots of a day whose first event is still to come.
        self._early: Early = {}
        self.series = 0

    def settle(self, at_ns: int) -> None:
        """No source has anything from before this to say; what has run empty since may go."""
        self._engine.settled_ns = at_ns

    def hear(self, event: Event, *, is_late: bool) -> list[Alert]:
        """The alerts this event raises. A new trading day starts from nothing.

        An event of a day that is over has a number and raises nothing any more; nor does one of an
        order that another way tells of.
        """
        self._over.free(FREED_AN_EVENT)
        is_copy = event.by_source == COPY
        self.series += not is_copy
        day = self.sessions.trading_day(event.time_ns)
        if is_late and self._day is not None and day < self._day:
            return []
        alerts = [] if day == self._day else self._start_day(day)
        if is_copy:
            raised = self._engine.observe_source(self._enricher.heard_elsewhere(event))
            self.series += bool(raised)
            return alerts + raised
        if self._enricher.is_doubled(event):
            return alerts
        observation = self._enricher.observe(event, is_late=is_late)
        raised = self._engine.observe(observation)
        return alerts + raised if alerts else raised

    def hear_market(self, snapshot: Snapshot, *, is_speaker: bool = True) -> list[Alert]:
        """The alerts a market snapshot raises; those have one number together.

        The day is what orders say it is: a snapshot of another one waits for them. Each core hears
        the whole market; what that raises, one of them says.
        """
        day = self.sessions.trading_day(snapshot.ns)
        if day != self._day:
            key = snapshot.exchange, snapshot.symbol
            if key in self._early or len(self._early) < SYMBOLS_MAX:
                self._early[key] = snapshot, is_speaker
            return []
        alerts = self._seen(snapshot, is_speaker=is_speaker)
        self.series += bool(alerts)
        return alerts

    def forget_market(self) -> None:
        """What comes next may be of an earlier time: another capture, or the same once more."""
        self._early.clear()
        self._enricher.forget_market()

    def take_positions(self, positions: Iterable[Position], at_ns: int = 0) -> None:
        """What counters say that their accounts hold, at this time if it is known.

        What is said before the day's first event is of that day.
        """
        self._enricher.take_positions(positions, is_ahead=self._is_ahead(at_ns))

    def take_funds(self, funds: Iterable[Funds]) -> None:
        """What counters say of their accounts' money."""
        self._enricher.take_funds(funds)

    def preview(self, event: Event) -> Observation:
        """What rules would see if this request came now, perhaps as the first of its day; nothing
        of it stays."""
        day = self.sessions.trading_day(event.time_ns)
        if self._day is None or day <= self._day:
            return self._enricher.preview(event)
        early, _ = self._early.get((event.exchange or "", event.symbol or ""), (None, False))
        if early is not None and self.sessions.trading_day(early.ns) != day:
            early = None
        return self._enricher.preview_ahead(event, early)

    def check(self, observation: Observation) -> list[Alert]:
        """What would hold if this came now; nothing of it stays."""
        return self._engine.check(observation)

    def headroom(self, event: Event) -> list[dict[str, Any]]:
        """What is left before each rule's levels, under the keys that an order would have."""
        observation = self._enricher.preview(event)
        names = (*KEYS, *SCOPE_FIELDS)
        values = {name: getattr(observation, FIELDS[name].attribute) for name in names}
        known = {name: str(value) for name, value in values.items() if value is not None}
        known.pop("side", None)
        return [row._asdict() for row in self._engine.headroom(known, event.time_ns)]

    def market_of(self, contract: str) -> Snapshot | None:
        """The newest snapshot of a contract, by its name."""
        return self._enricher.state().market.of(contract)

    def is_stale(self, contract: str, at_ns: int) -> bool:
        """Whether the market has nothing to say of a contract any more."""
        return self._enricher.is_stale(contract, at_ns)

    def is_same_day(self, exchange: str, symbol: str) -> bool:
        """Whether what is bought of a contract may be sold on the same day."""
        return self._enricher.contract(exchange, symbol).is_same_day

    def replace_base(self, base: BaseData, at_ns: int = 0) -> None:
        """Accounts, contracts and sessions as they are known from the next event on; positions as
        they were told at this time, if it is known."""
        self._enricher.replace_base(base)
        self.sessions = self._enricher.sessions
        self._enricher.replace_positions(base.positions, self._day, is_ahead=self._is_ahead(at_ns))
        self._engine.replace_sessions(self.sessions)

    def replace_rules(self, rules: Iterable[RuleSpec]) -> None:
        """Indicators and ladders that are as before go on; others start from nothing, now."""
        rules = tuple(rules)
        engine = Engine(rules, self.sessions, self._over.add)
        engine.take_over(self._engine.state())
        self._engine = engine
        self._enricher.need(needed_fields(rules))
        self._judges_market = judges_market(rules)

    @property
    def day(self) -> date | None:
        """The trading day of the newest event in time; None before the first."""
        return self._day

    def state(self) -> CoreState:
        """Not a copy: it goes on changing with the core."""
        enricher, engine = self._enricher.state(), self._engine.state()
        return CoreState(self._day, self.series, self._early, enricher, engine)

    def take_over(self, state: CoreState) -> None:
        """Go on where another core was."""
        self._day, self.series, self._early, enricher, engine = state
        self._enricher.take_over(enricher)
        self._engine.take_over(engine)

    def _is_ahead(self, at_ns: int) -> bool:
        """Whether what is told now is of a day that no event has begun yet."""
        return self._day is None or self.sessions.trading_day(at_ns) > self._day

    def _start_day(self, day: date) -> list[Alert]:
        """Orders of a new day; what the market has said of it by now."""
        self._day = day
        self._enricher.start_day(self._over)
        early, self._early = self._early, {}
        alerts: list[Alert] = []
        for key, (snapshot, is_speaker) in sorted(early.items(), key=lambda each: each[1][0].ns):
            its_day = self.sessions.trading_day(snapshot.ns)
            if its_day == day:
                alerts += self._seen(snapshot, is_speaker=is_speaker)
            elif its_day > day:
                self._early[key] = snapshot, is_speaker
        return alerts

    def _seen(self, snapshot: Snapshot, *, is_speaker: bool) -> list[Alert]:
        observation = self._enricher.hear_market(snapshot)
        if observation is None or not self._judges_market:
            return []
        alerts = self._engine.observe(observation)
        # What is by somebody's key was raised only where their orders are known.
        return [each for each in alerts if is_speaker or not MARKET_KEYS.issuperset(each.key)]
