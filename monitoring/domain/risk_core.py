"""The risk core of one shard: sequenced events in, alerts out."""

from collections.abc import Iterable
from datetime import date

from monitoring.domain.enrichment import Enricher
from riskgw.cep.engine import Engine
from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import trading_day
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event


class RiskCore:
    """Enriches each event, then judges it. `series` numbers the events it has taken."""

    def __init__(self, base: BaseData, rules: Iterable[RuleSpec]) -> None:
        self._enricher = Enricher(base)
        self._engine = Engine(rules)
        self._day: date | None = None
        self.series = 0

    def hear(self, event: Event, *, is_late: bool) -> list[Alert]:
        """The alerts this event raises. A new trading day starts from nothing."""
        day = trading_day(event.time_ns)
        if day != self._day:
            self._day = day
            self._enricher.clear()
        self.series += 1
        return self._engine.observe(self._enricher.observe(event, is_late=is_late))
