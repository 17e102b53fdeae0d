"""Events in the order rules need: by rule time, then connection, then number in the feed.

74 of 100 neighbours in a real feed share a millisecond: without the tie rule the same packets
would give other alerts on another run. No clock decides here, only what the sources say, so that
the same words in the same order release the same events in the same order.
"""

from collections.abc import Iterator
from heapq import heappop, heappush

from riskgw.kernel.times import NS_PER_MS
from riskgw.messages.event import Event

# How long an event may wait for earlier ones from slower sources.
PATIENCE_NS = 200 * NS_PER_MS
_NEVER_NS = -1


class Sequencer:
    """Events of several sources in any order in; released once their time has passed everywhere.

    A source's watermark says that no earlier event will come from it; one that is expected and
    has said nothing yet stands at -1.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, str, int, Event, int]] = []
        self._watermarks: dict[str, int] = {}
        self._released_ns = _NEVER_NS
        self.late = 0

    def add(self, event: Event, tolerance_ns: int = 0) -> None:
        """An event of a source that nobody waits for is late only beyond its tolerance."""
        heappush(self._waiting, (event.time_ns, event.conn, event.source_seq, event, tolerance_ns))

    def watermark(self, source: str, at_ns: int) -> None:
        """A source has come so far in rule time; it never goes back."""
        self._watermarks[source] = max(at_ns, self._watermarks.get(source, _NEVER_NS))

    def leave(self, source: str) -> None:
        """A source has nothing more to say, and nobody waits for it."""
        self._watermarks.pop(source, None)

    @property
    def settled_ns(self) -> int:
        """Where the slowest source stands, however late it is."""
        return min(self._watermarks.values(), default=_NEVER_NS)

    def release(self, patience_ns: int = PATIENCE_NS) -> Iterator[tuple[Event, bool]]:
        """Events that every source has passed, or the foremost by more than the patience.

        Each comes with whether it was too late for its place.
        """
        return self._until(self._passed_ns(patience_ns))

    def drain(self) -> Iterator[tuple[Event, bool]]:
        """Everything that is left."""
        return self._until(max((entry[0] for entry in self._waiting), default=_NEVER_NS))

    def _passed_ns(self, patience_ns: int) -> int:
        if not self._watermarks:
            return _NEVER_NS
        reached = self._watermarks.values()
        return max(min(reached), max(reached) - patience_ns)

    def _until(self, time_ns: int) -> Iterator[tuple[Event, bool]]:
        while self._waiting and self._waiting[0][0] <= time_ns:
            _, _, _, event, tolerance_ns = heappop(self._waiting)
            is_late = event.time_ns + tolerance_ns < self._released_ns
            self.late += is_late
            self._released_ns = max(self._released_ns, event.time_ns)
            yield event, is_late
