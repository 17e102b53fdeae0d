"""Windows: which events an indicator's value is made of, by key."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from riskgw.cep.accumulators import Accumulator
from riskgw.cep.evidence import NO_EVIDENCE, Evidence, OrderTrail, evidence_of
from riskgw.kernel.times import NS_PER_MS

Key = tuple[Any, ...]


class Window(ABC):
    """Values by key. `at_ns` is the rule time of the event being judged."""

    @abstractmethod
    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None: ...

    @abstractmethod
    def value(self, key: Key, at_ns: int) -> int | None: ...

    @abstractmethod
    def evidence(self, key: Key, at_ns: int) -> Evidence: ...

    @abstractmethod
    def clear(self) -> None:
        """A new trading day."""


class InstantWindow(Window):
    """The latest event alone."""

    def __init__(self, make: Callable[[], Accumulator]) -> None:
        self._make = make
        self.clear()

    def clear(self) -> None:
        self._value: int | None = None
        self._evidence = NO_EVIDENCE

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        accumulator = self._make()
        accumulator.add(value)
        self._value = accumulator.value()
        self._evidence = Evidence(1, (ref,))

    def value(self, key: Key, at_ns: int) -> int | None:
        return self._value

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        return self._evidence


class DayWindow(Window):
    """The trading day so far."""

    def __init__(self, make: Callable[[], Accumulator]) -> None:
        self._make = make
        self._by_key: dict[Key, tuple[Accumulator, OrderTrail]] = {}

    def clear(self) -> None:
        self._by_key.clear()

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = (self._make(), OrderTrail())
        held[0].add(value)
        held[1].add(ref)

    def value(self, key: Key, at_ns: int) -> int | None:
        held = self._by_key.get(key)
        return held[0].value() if held else None

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        held = self._by_key.get(key)
        return held[1].evidence() if held else NO_EVIDENCE


class SlidingWindow(Window):
    """The last `length_ms`: an event exactly that old has left the window.

    Time goes forward by key: what comes late is counted at the time of the key's newest event.
    """

    def __init__(self, make: Callable[[], Accumulator], length_ms: int) -> None:
        self._make = make
        self._length_ns = length_ms * NS_PER_MS
        self._by_key: dict[Key, tuple[Accumulator, deque[tuple[int, Any, str]]]] = {}

    def clear(self) -> None:
        self._by_key.clear()

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = (self._make(), deque())
        accumulator, entries = held
        if entries and at_ns < entries[-1][0]:
            self._insert(key, (at_ns, value, ref))
            return
        entries.append((at_ns, value, ref))
        accumulator.add(value)

    def value(self, key: Key, at_ns: int) -> int | None:
        held = self._by_key.get(key)
        if held is None:
            return None
        accumulator, entries = held
        if entries and entries[-1][0] > at_ns:
            at_ns = entries[-1][0]
        oldest_ns = at_ns - self._length_ns
        while entries and entries[0][0] <= oldest_ns:
            accumulator.remove(entries.popleft()[1])
        return accumulator.value()

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        held = self._by_key.get(key)
        if held is None:
            return NO_EVIDENCE
        return evidence_of((entry[2] for entry in held[1]), len(held[1]))

    def _insert(self, key: Key, entry: tuple[int, Any, str]) -> None:
        """An event that comes after a later one of its key; accumulators know only one order."""
        accumulator, entries = self._make(), self._by_key[key][1]
        entries.insert(bisect_right(entries, entry[0], key=itemgetter(0)), entry)
        for _, value, _ in entries:
            accumulator.add(value)
        self._by_key[key] = accumulator, entries
