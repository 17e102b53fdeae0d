"""The risk core of one shard: sequenced events in, alerts out."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from monitoring.domain.enrichment import Enricher, EnricherState
from riskgw.cep.engine import Engine, EngineState
from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import trading_day
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event


class CoreState(NamedTuple):
    """All that events have changed, apart from base data and rules."""

    day: date | None
    series: int
    enricher: EnricherState
    engine: EngineState


class RiskCore:
    """Enriches each event, then judges it. `series` numbers the events it has taken."""

    def __init__(self, base: BaseData, rules: Iterable[RuleSpec]) -> None:
        self._enricher = Enricher(base)
        self._engine = Engine(rules)
        self._day: date | None = None
        self.series = 0

    def hear(self, event: Event, *, is_late: bool) -> list[Alert]:
        """The alerts this event raises. A new trading day starts from nothing.

        An event of a day that is over has a number and raises nothing any more.
        """
        self.series += 1
        day = trading_day(event.time_ns)
        if is_late and self._day is not None and day < self._day:
            return []
        if day != self._day:
            self._day = day
            self._enricher.clear()
        return self._engine.observe(self._enricher.observe(event, is_late=is_late))

    def replace_base(self, base: BaseData) -> None:
        """Accounts and contracts as they are known from the next event on."""
        self._enricher.replace_base(base)

    def replace_rules(self, rules: Iterable[RuleSpec]) -> None:
        """Indicators and ladders that are as before go on; others start from nothing, now."""
        engine = Engine(rules)
        engine.take_over(self._engine.state())
        self._engine = engine

    def state(self) -> CoreState:
        """Not a copy: it goes on changing with the core."""
        return CoreState(self._day, self.series, self._enricher.state(), self._engine.state())

    def take_over(self, state: CoreState) -> None:
        """Go on where another core was."""
        self._day, self.series, enricher, engine = state
        self._enricher.take_over(enricher)
        self._engine.take_over(engine)
