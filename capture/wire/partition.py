"""One decode partition: mirrored packets in, events for the shards and problems out."""

from collections import Counter
from collections.abc import Iterable

from capture.domain.lag import Lag
from capture.wire.excerpts import hex_shown
from capture.wire.feed_settings import FeedSettings
from capture.wire.order_feed import OrderFeed
from capture.wire.tap import Batch, Numbering, Tap
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from riskgw.shards.entries import Frames, Trouble
from riskgw.shards.partition import Shards


class DecodePartition:
    """`source` names it among all partitions; `shards` is over how many the core is spread."""

    def __init__(self, source: str, shards: int, settings: FeedSettings | None = None) -> None:
        settings = settings or FeedSettings()
        self.source = source
        self.tap = Tap(keeps_last=settings.keeps_last)
        self.feed = OrderFeed(settings.procedures, settings.tables)
        self.numbering = Numbering()
        self.messages: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.last_packet_ns = 0
        self.lag = Lag()
        self.shards = Shards(shards)

    def load(self, base: BaseData) -> None:
        """Control groups decide about shards; marks on the wire about counters."""
        self.shards.load(base)
        self.feed.counters.load(base)

    def passed_ns(self, until_ns: int) -> int:
        """The time before which no event will come any more, once packets have come so far."""
        return min(until_ns, self.tap.postponed_ns()) - self.lag.ns

    def hear(self, frames: Frames) -> tuple[list[list[Event]], list[Trouble]]:
        """The events of a blob by shard, and its problems."""
        by_shard: list[list[Event]] = [[] for _ in range(self.shards.count)]
        troubles: list[Trouble] = []
        self._batches(self.tap.heard([frames.packets]), by_shard, troubles)
        if frames.packets:
            self.last_packet_ns = frames.packets[-1][0]
        self._batches(self.tap.passed(frames.until_ns), by_shard, troubles)
        if frames.is_end:
            self._batches(self.tap.close(), by_shard, troubles)
        return by_shard, troubles

    def _batches(
        self, batches: Iterable[Batch], by_shard: list[list[Event]], troubles: list[Trouble]
    ) -> None:
        for batch in batches:
            first = self.numbering.first_of(batch)
            counts, problems = batch.counts, 0
            for item in batch.items:
                if isinstance(item, Problem):
                    problems += 1
                    troubles.append(self._trouble(item, batch))
            messages = len(batch.items) - problems
            if messages:
                self.messages[batch.protocol] += messages
                counts.messages += messages
            counts.last_ns = batch.at_ns
            for outcome in self.feed.hear(batch, first):
                if isinstance(outcome, Event):
                    self.events[outcome.event] += 1
                    counts.events += 1
                    counts.origin = outcome.origin
                    self.lag.seen(batch.at_ns, outcome.time_ns)
                    for shard, event in self.shards.routed(outcome):
                        by_shard[shard].append(event)
                else:
                    troubles.append(self._trouble(outcome, batch))

    def _trouble(self, problem: Problem, batch: Batch) -> Trouble:
        self.problems[problem.kind] += problem.count
        batch.counts.met(problem)
        position = max(0, batch.end - problem.behind)
        return Trouble(
            f"{self.numbering.count}.{self.problems.total()}",
            problem.kind,
            batch.conn,
            batch.at_ns,
            problem.detail,
            problem.size,
            batch.protocol,
            batch.direction,
            position,
            hex_shown(problem.data, position),
        )
