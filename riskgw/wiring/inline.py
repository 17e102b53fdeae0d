"""The whole main job in one process: packets, messages, events, rules, alerts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from capture.io.pcap_files import CaptureFile
from capture.queries import batches
from capture.wire.feed_settings import FeedSettings
from capture.wire.order_feed import OrderFeed
from capture.wire.tap import Numbering, Tap
from monitoring.domain.differences import counts_by_rule
from monitoring.domain.risk_core import RiskCore
from riskgw.cep.spec import RuleSpec
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from riskgw.shards.partition import Shards, shard_of
from riskgw.shards.sequencer import PATIENCE_NS, Sequencer
from riskgw.wiring.market.csv_replay import CsvReplay

_SOURCE = "captures"
_ENDLESS_NS = 1 << 62


class InlineReplay:
    """Runs captures through decoding and `shards` risk cores; counts as it goes."""

    def __init__(
        self,
        base: BaseData,
        rules: Sequence[RuleSpec],
        *,
        shards: int = 1,
        settings: FeedSettings | None = None,
    ) -> None:
        settings = settings or FeedSettings()
        self._tap = Tap(keeps_last=settings.keeps_last)
        self._feed = OrderFeed(settings.procedures, settings.tables)
        self._feed.counters.load(base)
        self._numbering = Numbering()
        self._sequencer = Sequencer()
        self._cores = [RiskCore(base, rules) for _ in range(shards)]
        self._shards = Shards(shards)
        self._shards.load(base)
        self._market = CsvReplay([])
        self.event_counts: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.snapshots = 0
        self.alerts: list[Alert] = []

    @property
    def messages(self) -> int:
        return self._numbering.count

    def run(self, files: Sequence[CaptureFile], market: CsvReplay | None = None) -> list[Alert]:
        """All alerts, sorted by time, rule, level and key; the market is heard by its time."""
        self._market = market or self._market
        for event in self.events_of(files):
            self._sequencer.add(event)
            self._sequencer.watermark(_SOURCE, event.at_ns - PATIENCE_NS)
            self._judge(self._sequencer.release())
        self._judge(self._sequencer.drain())
        self._hear_market(_ENDLESS_NS)
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
        return {
            "kind": "summary",
            "messages": self.messages,
            "events": sum(self.event_counts.values()),
            "alerts": counts_by_rule(self.alerts),
            "problems": dict(self.problems),
            "late": self._sequencer.late,
            "market": {"snapshots": self.snapshots, "refused": self._market.refused},
            "seconds": round(seconds, 3),
            "cpu_seconds": round(cpu_seconds, 3),
            "messages_per_second": round(self.messages / seconds) if seconds else 0,
        }

    def _judge(self, sequenced: Iterable[tuple[Event, bool]]) -> None:
        for event, is_late in sequenced:
            self._hear_market(event.time_ns)
            for shard, each in self._shards.routed(event):
                self.alerts += self._cores[shard].hear(each, is_late=is_late)

    def _hear_market(self, until_ns: int) -> None:
        """Every core knows the whole market, as it was when the next event happened."""
        for snapshot in self._market.until(until_ns):
            self.snapshots += 1
            speaker = shard_of(f"{snapshot.exchange}:{snapshot.symbol}", self._shards.count)
            for number, core in enumerate(self._cores):
                self.alerts += core.hear_market(snapshot, is_speaker=number == speaker)
