"""One shard of the risk core: events of all feeds in the order rules need, and what they raise."""

from collections.abc import Iterable

import msgspec

from monitoring.domain.restrictions import Restrictions, Servers
from monitoring.domain.risk_core import RiskCore
from riskgw.cep.spec import RuleSpec
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import COPY, Event, market_event
from riskgw.shards.entries import (
    Asked,
    Entry,
    Fed,
    Heard,
    Holdings,
    Judged,
    Lifted,
    Load,
    Market,
    Opening,
    Told,
)
from riskgw.shards.partition import shard_of
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
        self.newest_ns = 0
        self.restrictions = Restrictions()
        self.servers = Servers(self.base)

    def take(self, entry: Entry) -> list[Judged]:
        """Whatever stands in the shard's stream, apart from questions; what that has judged."""
        match entry:
            case Heard():
                return self.hear(entry)
            case Load():
                self.load(entry)
            case Opening():
                self.open(entry)
            case Market():
                return self.hear_market(entry)
            case Fed():
                return self.feed(entry)
            case Holdings():
                self.core.take_positions(entry.positions, entry.at_ns)
                self.core.take_funds(entry.funds)
            case Lifted():
                self.restrictions.lift(entry.ids)
            case _:
                raise AssertionError(f"no entry for a shard: {type(entry).__name__}")
        return []

    def load(self, load: Load) -> None:
        """Base data or rules from the next event on."""
        if load.base is not None and load.base != self.base:
            self.base = load.base
            self.core.replace_base(load.base, load.at_ns)
            self.servers = Servers(load.base)
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
        judged = self._judged(self.sequencer.release(heard.patience_ns))
        # Only now: what was just judged may lie far behind how far its source has come.
        self.core.settle(self.sequencer.settled_ns)
        return judged

    def hear_market(self, market: Market) -> list[Judged]:
        """Snapshots for the events that follow, and what they raise by themselves."""
        judged = []
        for snapshot in market.snapshots:
            contract = f"{snapshot.exchange}:{snapshot.symbol}"
            is_speaker = shard_of(contract, market.shards) == market.shard
            alerts = self.core.hear_market(snapshot, is_speaker=is_speaker)
            if alerts:
                self.alerts += len(alerts)
                event = market_event(snapshot)
                judged.append(Judged(self.core.series, event, is_late=False, alerts=tuple(alerts)))
        return judged

    def feed(self, fed: Fed) -> list[Judged]:
        """What a counter tells has its turn by its time; at once where no other source speaks."""
        for event in fed.events:
            self.sequencer.add(event, fed.patience_ns)
        if self.running:
            return []
        judged = self._judged(self.sequencer.drain())
        # As when all sources have ended: what they play next may be of any time.
        self.sequencer = Sequencer()
        return judged

    def answered(self, asked: Asked) -> Told:
        """What is left before each rule's levels, for the keys of an order; changes nothing."""
        rows = self.core.headroom(asked.event)
        return Told(asked.number, self.newest_ns, msgspec.json.encode(rows))

    def _ended(self, source: str) -> list[Judged]:
        """When no source has more to come, time may begin anew."""
        self.running.discard(source)
        self.sequencer.leave(source)
        if self.running:
            return []
        judged = self._judged(self.sequencer.drain())
        self.sequencer = Sequencer()
        self.core.forget_market()
        return judged

    def _judged(self, sequenced: Iterable[tuple[Event, bool]]) -> list[Judged]:
        judged = []
        for event, is_late in sequenced:
            alerts = self.core.hear(event, is_late=is_late)
            self.alerts += len(alerts)
            self.newest_ns = event.time_ns
            if event.by_source == COPY and not alerts:
                continue  # it has its number where its group is
            judged.append(Judged(self.core.series, event, is_late, tuple(alerts)))
        return judged
