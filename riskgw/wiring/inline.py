"""The whole main job in one process: packets, messages, events, rules, alerts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from capture.io.pcap_files import CaptureFile
from capture.queries import batches
from capture.wire.order_feed import OrderFeed
from capture.wire.tap import Numbering, Tap
from monitoring.domain.risk_core import RiskCore
from riskgw.cep.spec import RuleSpec
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from riskgw.shards.partition import Shards
from riskgw.shards.sequencer import PATIENCE_NS, Sequencer

_SOURCE = "captures"


class InlineReplay:
    """Runs captures through decoding and `shards` risk cores; counts as it goes."""

    def __init__(
        self,
        base: BaseData,
        rules: Sequence[RuleSpec],
        *,
        shards: int = 1,
        procedures: Mapping[str, Sequence[str]] | None = None,
        tables: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._tap = Tap()
        self._feed = OrderFeed(procedures, tables)
        self._feed.counters.load(base)
        self._numbering = Numbering()
        self._sequencer = Sequencer()
        self._cores = [RiskCore(base, rules) for _ in range(shards)]
        self._shards = Shards(shards)
        self._shards.load(base)
        self.event_counts: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.alerts: list[Alert] = []

    @property
    def messages(self) -> int:
        return self._numbering.count

    def run(self, files: Sequence[CaptureFile]) -> list[Alert]:
        """All alerts, sorted by time, rule, level and key."""
        for event in self.events_of(files):
            self._sequencer.add(event)
            self._sequencer.watermark(_SOURCE, event.at_ns - PATIENCE_NS)
            self._judge(self._sequencer.release())
        self._judge(self._sequencer.drain())
        self.alerts.sort(key=lambda alert: alert.sort_key)
        return self.alerts

    def events_of(self, files: Sequence[CaptureFile]) -> Iterator[Event]:
        """The business events of captures, in the order they are heard."""
        for batch in batches(files, self._tap):
            for item in batch.items:
                if isinstance(item, Problem):
                    self.problems[item.kind] += item.count
            for outcome in self._feed.hear(batch, self._numbering.first_of(batch)):
                if isinstance(outcome, Event):
                    self.event_counts[outcome.event] += 1
                    yield outcome
                else:
                    self.problems[outcome.kind] += outcome.count
        self.problems.update("truncated" for file in files if file.damage)

    def summary(self, seconds: float, cpu_seconds: float) -> dict[str, Any]:
        """The JSON summary line of `replay`."""
        counts: dict[str, Counter[str]] = {}
        for alert in self.alerts:
            counts.setdefault(alert.rule, Counter())[alert.level] += 1
        return {
            "kind": "summary",
            "messages": self.messages,
            "events": sum(self.event_counts.values()),
            "alerts": {rule: dict(levels) for rule, levels in sorted(counts.items())},
            "problems": dict(self.problems),
            "late": self._sequencer.late,
            "seconds": round(seconds, 3),
            "cpu_seconds": round(cpu_seconds, 3),
            "messages_per_second": round(self.messages / seconds) if seconds else 0,
        }

    def _judge(self, sequenced: Iterable[tuple[Event, bool]]) -> None:
        for event, is_late in sequenced:
            core = self._cores[self._shards.of(event)]
            self.alerts += core.hear(event, is_late=is_late)
