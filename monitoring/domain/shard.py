"""One shard of the risk core: events of all feeds in the order rules need, and what they raise."""

from collections.abc import Iterable

from monitoring.domain.risk_core import RiskCore
from riskgw.cep.spec import RuleSpec
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event
from riskgw.shards.entries import Heard, Judged, Load, Opening
from riskgw.shards.sequencer import Sequencer


class RiskShard:
    """Nothing is known and nothing judged before the first load."""

    def __init__(self, base: BaseData | None = None, rules: tuple[RuleSpec, ...] = ()) -> None:
        self.base = base or BaseData()
        self.rules = rules
        self.sequencer = Sequencer()
        self.core = RiskCore(self.base, rules)
        self.running: set[str] = set()
        self.alerts = 0

    def load(self, load: Load) -> None:
        """Base data or rules from the next event on."""
        if load.base is not None and load.base != self.base:
            self.base = load.base
            self.core.replace_base(load.base)
        if load.rules is not None and load.rules != self.rules:
            self.rules = load.rules
            self.core.replace_rules(load.rules)

    def open(self, opening: Opening) -> None:
        """Nothing is judged until all of these have come past it."""
        for source in opening.sources:
            self.running.add(source)
            self.sequencer.watermark(source, -1)

    def hear(self, heard: Heard) -> list[Judged]:
        """What has its turn now that a source has come so far."""
        for event in heard.events:
            self.sequencer.add(event)
        if heard.is_end:
            return self._ended(heard.source)
        self.running.add(heard.source)
        self.sequencer.watermark(heard.source, heard.until_ns)
        return self._judged(self.sequencer.release(heard.patience_ns))

    def _ended(self, source: str) -> list[Judged]:
        """When no source has more to come, time may begin anew."""
        self.running.discard(source)
        self.sequencer.leave(source)
        if self.running:
            return []
        judged = self._judged(self.sequencer.drain())
        self.sequencer = Sequencer()
        return judged

    def _judged(self, sequenced: Iterable[tuple[Event, bool]]) -> list[Judged]:
        judged = []
        for event, is_late in sequenced:
            alerts = self.core.hear(event, is_late=is_late)
            self.alerts += len(alerts)
            judged.append(Judged(self.core.series, event, is_late, tuple(alerts)))
        return judged
