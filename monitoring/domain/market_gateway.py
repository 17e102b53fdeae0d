"""The market gateway (mscffex): several sources of the same market, the newest of each contract.

1. Each source keeps its own newest snapshots, so that the next one can step in at once.
2. The first in rank that speaks is in use. When it is silent or gone the next one takes over;
   when it speaks again it takes back after a while, so that a source that comes and goes does not
   switch to and fro.
3. What is given on goes forward in time for every contract, whatever the source.
"""

from collections.abc import Sequence
from typing import Any

from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.market import SYMBOLS_MAX, Snapshot

# A source sends a heartbeat a second.
SILENT_NS = 3 * NS_PER_SECOND
STEADY_NS = 5 * NS_PER_SECOND
BATCH_MAX = 1_000

Symbol = tuple[str, str]


class Source:
    """One source as it stands; times are those of our clock, `market_ns` that of the market."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_connected = False
        self.heard_ns = 0
        # Since when it has not been silent.
        self.steady_ns = 0
        self.market_ns = 0
        self.snapshots = 0
        self.refused = 0
        self.lost = 0
        self.reason = ""
        # What was wrong with the newest snapshot that was refused.
        self.fault = ""
        self.newest: dict[Symbol, Snapshot] = {}
        self.changed: dict[Symbol, None] = {}

    def is_alive(self, now_ns: int) -> bool:
        return self.is_connected and now_ns - self.heard_ns <= SILENT_NS


class MarketGateway:
    """Sources by rank, the primary first."""

    def __init__(self, names: Sequence[str]) -> None:
        self._sources = {name: Source(name) for name in names}
        self._used = self._sources[names[0]]
        self._given: dict[Symbol, int] = {}
        self.switches = 0

    def source(self, name: str) -> Source:
        return self._sources[name]

    @property
    def in_use(self) -> str:
        return self._used.name

    def alive(self, name: str, now_ns: int, market_ns: int = 0) -> None:
        """A source is connected and says something, if only that it is there."""
        source = self._sources[name]
        if not source.is_alive(now_ns):
            source.steady_ns = now_ns
        source.is_connected = True
        source.heard_ns = now_ns
        source.reason = ""
        source.market_ns = max(source.market_ns, market_ns)

    def hear(self, name: str, snapshot: Snapshot, now_ns: int) -> None:
        self.alive(name, now_ns, snapshot.ns)
        source = self._sources[name]
        source.snapshots += 1
        key = snapshot.exchange, snapshot.symbol
        before = source.newest.get(key)
        if snapshot.ns <= before.ns if before else len(source.newest) >= SYMBOLS_MAX:
            source.refused += 1
            return
        source.newest[key] = snapshot
        source.changed[key] = None

    def gone(self, name: str, reason: str) -> None:
        """A source's connection has ended."""
        source = self._sources[name]
        source.is_connected = False
        source.reason = reason

    def begin_anew(self, name: str) -> None:
        """What the source says from now on may be of any time: another capture is played."""
        source = self._sources[name]
        source.newest.clear()
        source.changed.clear()
        source.market_ns = 0
        self._given.clear()

    def batch(self, now_ns: int) -> list[Snapshot]:
        """What is to be given on: of each contract only the newest, the earliest first."""
        self._choose(now_ns)
        used = self._used
        chosen = []
        for key in list(used.changed)[:BATCH_MAX]:
            del used.changed[key]
            snapshot = used.newest[key]
            if snapshot.ns > self._given.get(key, -1):
                self._given[key] = snapshot.ns
                chosen.append(snapshot)
        chosen.sort(key=lambda each: (each.ns, each.exchange, each.symbol))
        return chosen

    def figures(self, now_ns: int, market_ns: int) -> dict[str, Any]:
        """For the health page; `market_ns` is the market's time by now."""
        used = self._used
        age_ms = max(0, market_ns - used.market_ns) // NS_PER_MS if used.market_ns else None
        return {
            "source": used.name,
            "is_stale": not used.is_alive(now_ns),
            "symbols": len(used.newest),
            "newest_ns": used.market_ns or None,
            "age_ms": age_ms,
            "switches": self.switches,
            "sources": [_shown(each, now_ns) for each in self._sources.values()],
        }

    def _choose(self, now_ns: int) -> None:
        for source in self._sources.values():
            if source is self._used:
                if source.is_alive(now_ns):
                    return
            elif source.is_alive(now_ns) and self._may_take_over(source, now_ns):
                self._switch(source)
                return

    def _may_take_over(self, source: Source, now_ns: int) -> bool:
        """At once from one that is silent, else when it has been steady."""
        return not self._used.is_alive(now_ns) or now_ns - source.steady_ns >= STEADY_NS

    def _switch(self, source: Source) -> None:
        """Everything that the new source knows better is given on."""
        self._used = source
        self.switches += 1
        source.changed = dict.fromkeys(source.newest)


def _shown(source: Source, now_ns: int) -> dict[str, Any]:
    state = "ok" if source.is_alive(now_ns) else "silent" if source.is_connected else "down"
    return {
        "name": source.name,
        "state": state,
        "snapshots": source.snapshots,
        "symbols": len(source.newest),
        "newest_ns": source.market_ns or None,
        "refused": source.refused,
        "lost": source.lost,
        "reason": source.reason,
        "fault": source.fault,
    }
