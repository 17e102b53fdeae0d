"""How long a flag held, by event times: from each event that says so to the key's next one."""

from collections.abc import Collection, Iterable

from riskgw.cep.evidence import NO_EVIDENCE, Evidence, OrderTrail
from riskgw.cep.sliding import EMPTY_NS_MIN
from riskgw.cep.windows import DailyWindow, Key, Today
from riskgw.kernel.times import NS_PER_MS

# Spans of one key in a sliding window; beyond them the oldest is given up.
SPANS_MAX = 10_000


class Held:
    """One key: `spans` that are over, oldest first, and since when the flag holds, if it does."""

    __slots__ = ("newest_ns", "since_ns", "spans", "total_ns", "trail")

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []
        self.total_ns = 0
        self.since_ns: int | None = None
        self.newest_ns = 0
        self.trail = OrderTrail()

    def copy(self) -> "Held":
        made = Held()
        made.spans, made.total_ns = self.spans.copy(), self.total_ns
        made.since_ns, made.newest_ns = self.since_ns, self.newest_ns
        made.trail = self.trail.unnamed()
        return made


class DurationWindow(DailyWindow):
    """Nanoseconds during which the flag held, since the day began or in the last `length_ms`.

    Time goes forward by key: what comes late counts from the time of the key's newest event.
    """

    def __init__(self, length_ms: int | None = None) -> None:
        self._length_ns = None if length_ms is None else length_ms * NS_PER_MS
        self._by_key: dict[Key, Held] = {}

    def add(self, key: Key, at_ns: int, value: bool, ref: str) -> None:
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = Held()
        held.newest_ns = at_ns = max(at_ns, held.newest_ns)
        held.trail.add(ref)
        if value and held.since_ns is None:
            held.since_ns = at_ns
        elif not value and held.since_ns is not None:
            self._end(held, held.since_ns, at_ns)

    def value(self, key: Key, at_ns: int) -> int | None:
        held = self._by_key.get(key)
        if held is None:
            return None
        at_ns = max(at_ns, held.newest_ns)
        running_ns = 0 if held.since_ns is None else at_ns - held.since_ns
        if self._length_ns is None:
            return held.total_ns + running_ns
        return min(running_ns, self._length_ns) + self._within(held, at_ns - self._length_ns)

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        held = self._by_key.get(key)
        return held.trail.evidence() if held else NO_EVIDENCE

    def start_day(self, today: Today) -> None:
        today.let_go(self._by_key)
        self._by_key = {}

    def only(self, key: Key) -> "DurationWindow":
        made = DurationWindow()
        made._length_ns = self._length_ns
        if held := self._by_key.get(key):
            made._by_key[key] = held.copy()
        return made

    def drop(self, key: Key) -> None:
        self._by_key.pop(key, None)

    def held_keys(self) -> Collection[Key]:
        return self._by_key.keys()

    def forget_empty(self, keys: Iterable[Key], at_ns: int) -> None:
        """Lets those go of which nothing is in the window, and has not been for a while."""
        assert self._length_ns is not None
        oldest_ns = at_ns - self._length_ns - EMPTY_NS_MIN
        for key in keys:
            held = self._by_key.get(key)
            if held is not None and held.since_ns is None and held.newest_ns <= oldest_ns:
                del self._by_key[key]

    def _end(self, held: Held, since_ns: int, at_ns: int) -> None:
        held.since_ns = None
        held.total_ns += at_ns - since_ns
        if self._length_ns is not None:
            held.spans.append((since_ns, at_ns))
            self._within(held, at_ns - self._length_ns)
            if len(held.spans) > SPANS_MAX:
                self._forget_oldest(held)

    def _within(self, held: Held, oldest_ns: int) -> int:
        """Of the spans that are over, what lies after `oldest_ns`."""
        while held.spans and held.spans[0][1] <= oldest_ns:
            self._forget_oldest(held)
        if not held.spans:
            return 0
        return held.total_ns - max(0, oldest_ns - held.spans[0][0])

    def _forget_oldest(self, held: Held) -> None:
        since_ns, until_ns = held.spans.pop(0)
        held.total_ns -= until_ns - since_ns
