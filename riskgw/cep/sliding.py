"""Sliding windows: what happened in the last so many milliseconds."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from operator import itemgetter
from typing import Any

from mypy_extensions import mypyc_attr

from riskgw.cep.accumulators import Sliding
from riskgw.cep.evidence import NO_EVIDENCE, Evidence, evidence_of
from riskgw.cep.windows import Key, Today, Window
from riskgw.kernel.times import NS_PER_MS

# So long after its window is empty a key is let go: what comes later than this has no company.
EMPTY_NS_MIN = 60_000 * NS_PER_MS
# Entries that have left are cut off when there are so many, and they are half of all.
_LEFT_MAX = 16


@mypyc_attr(allow_interpreted_subclasses=True)
class Slide:
    """One key's events, oldest first; those before `head` have left."""

    __slots__ = ("accumulator", "entries", "head")

    def __init__(self, accumulator: Sliding) -> None:
        self.accumulator = accumulator
        self.entries: list[tuple[int, Any, str]] = []
        self.head = 0


@mypyc_attr(allow_interpreted_subclasses=True)
class SlidingWindow(Window):
    """The last `length_ms`: an event exactly that old has left the window.

    Time goes forward by key: what comes late is counted at the time of the key's newest event.
    """

    def __init__(self, make: Callable[[], Sliding], length_ms: int) -> None:
        self._make = make
        self._length_ns = length_ms * NS_PER_MS
        self._by_key: dict[Key, Slide] = {}

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = Slide(self._make())
        entries = held.entries
        if held.head < len(entries) and at_ns < entries[-1][0]:
            self._insert(held, (at_ns, value, ref))
            return
        entries.append((at_ns, value, ref))
        held.accumulator.add(value)
        # Where nobody asks for the value, as of rules before an order, nothing would ever leave.
        if entries[held.head][0] <= at_ns - self._length_ns:
            _leave(held, at_ns - self._length_ns)

    def value(self, key: Key, at_ns: int) -> int | None:
        held = self._by_key.get(key)
        if held is None:
            return None
        entries, head = held.entries, held.head
        if head == len(entries):
            return None
        newest_ns = entries[-1][0]
        oldest_ns = (at_ns if at_ns > newest_ns else newest_ns) - self._length_ns
        if entries[head][0] > oldest_ns or _leave(held, oldest_ns):
            return held.accumulator.value()
        return None

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        if self.value(key, at_ns) is None:
            return NO_EVIDENCE
        held = self._by_key[key]
        refs = (entry[2] for entry in islice(held.entries, held.head, None))
        return evidence_of(refs, len(held.entries) - held.head)

    def start_day(self, today: Today) -> None:
        today.let_go(self._by_key)
        self._by_key = {}

    def only(self, key: Key) -> "SlidingWindow":
        made = SlidingWindow(self._make, 0)
        made._length_ns = self._length_ns
        if held := self._by_key.get(key):
            copied = made._by_key[key] = Slide(self._make())
            copied.entries = held.entries[held.head :]
            copied.accumulator = held.accumulator.copy()
        return made

    def held_keys(self) -> Collection[Key]:
        return self._by_key.keys()

    def forget_empty(self, keys: Iterable[Key], at_ns: int) -> None:
        """Lets those go of which nothing is in the window, and has not been for a while."""
        oldest_ns = at_ns - self._length_ns - EMPTY_NS_MIN
        for key in keys:
            held = self._by_key.get(key)
            if held is not None and held.entries[-1][0] <= oldest_ns:
                del self._by_key[key]

    def is_fresh(self, key: Key, at_ns: int) -> bool:
        if self.value(key, at_ns) is None:
            return True
        held = self._by_key[key]
        return len(held.entries) - held.head == 1

    def _insert(self, held: Slide, entry: tuple[int, Any, str]) -> None:
        """An event that comes after a later one of its key; accumulators know only one order."""
        live = held.entries[held.head :]
        live.insert(bisect_right(live, entry[0], key=itemgetter(0)), entry)
        held.entries, held.head, held.accumulator = live, 0, self._make()
        for _, value, _ in live:
            held.accumulator.add(value)


def _leave(held: Slide, oldest_ns: int) -> bool:
    """What is that old leaves; whether anything is left."""
    entries, head, accumulator = held.entries, held.head, held.accumulator
    while head < len(entries) and entries[head][0] <= oldest_ns:
        accumulator.remove(entries[head][1])
        head += 1
    is_empty = head == len(entries)
    if is_empty or (head > _LEFT_MAX and 2 * head > len(entries)):
        # The newest stays, though it has left: it says how old the key is.
        cut = head - is_empty
        del entries[:cut]
        head -= cut
    held.head = head
    return not is_empty
