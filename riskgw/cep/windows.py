"""Windows: which events an indicator's value is made of, by key. `sliding` has one of its own."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

from mypy_extensions import mypyc_attr

from riskgw.cep.accumulators import Accumulator
from riskgw.cep.evidence import NO_EVIDENCE, Evidence, OrderTrail, joined

# A key of one part is that part, of several a tuple.
Key = Any
Make = type[Accumulator]


class Today(NamedTuple):
    """A trading day that begins, and so many trading days before it, as ordinals of dates."""

    day: int
    before: Callable[[int], int]
    # Takes what windows held of the day before; they go on with a table of their own.
    let_go: Callable[[dict[Any, Any]], None]


@mypyc_attr(allow_interpreted_subclasses=True)
class Window(ABC):
    """Values by key. `at_ns` is the time of the event being judged, on the indicator's clock."""

    @abstractmethod
    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None: ...

    @abstractmethod
    def value(self, key: Key, at_ns: int) -> int | None: ...

    @abstractmethod
    def evidence(self, key: Key, at_ns: int) -> Evidence: ...

    @abstractmethod
    def start_day(self, today: Today) -> None:
        """A new trading day."""

    @abstractmethod
    def only(self, key: Key) -> Self:
        """A window of its own with a copy of what this key has."""

    def is_fresh(self, key: Key, at_ns: int) -> bool:
        """Whether nothing but the event being judged is in the window."""
        return False


@mypyc_attr(allow_interpreted_subclasses=True)
class InstantWindow(Window):
    """The latest event alone; `make` says what number one value is."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._value: int | None = None
        self._ref: str | None = None

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        self._value = self._make.of_one(value)
        self._ref = ref

    def value(self, key: Key, at_ns: int) -> int | None:
        return self._value

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        return NO_EVIDENCE if self._ref is None else Evidence(1, (self._ref,))

    def start_day(self, today: Today) -> None:
        self._value = self._ref = None

    def only(self, key: Key) -> "InstantWindow":
        return InstantWindow(self._make)

    def is_fresh(self, key: Key, at_ns: int) -> bool:
        return True


@mypyc_attr(allow_interpreted_subclasses=True)
class DailyWindow(Window):
    """Holds from the first event on; all of it ends with the day."""

    @abstractmethod
    def drop(self, key: Key) -> None:
        """The key starts from nothing."""


@mypyc_attr(allow_interpreted_subclasses=True)
class DayWindow(DailyWindow):
    """The trading day so far."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._by_key: dict[Key, tuple[Accumulator, OrderTrail]] = {}

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

    def start_day(self, today: Today) -> None:
        today.let_go(self._by_key)
        self._by_key = {}

    def only(self, key: Key) -> "DayWindow":
        made = DayWindow(self._make)
        if held := self._by_key.get(key):
            made._by_key[key] = held[0].copy(), held[1].unnamed()
        return made

    def drop(self, key: Key) -> None:
        self._by_key.pop(key, None)


@mypyc_attr(allow_interpreted_subclasses=True)
class SessionWindow(Window):
    """What another window holds, from nothing in each phase; `began_ns` is set for each event.

    An event of a phase that is over for its key is not counted and finds nothing.
    """

    def __init__(self, inner: DailyWindow) -> None:
        self._inner = inner
        self._began: dict[Key, int] = {}
        self.began_ns = 0

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        began_ns = self._began.get(key, -1)
        if began_ns < self.began_ns:
            self._began[key] = self.began_ns
            self._inner.drop(key)
        elif began_ns > self.began_ns:
            return
        self._inner.add(key, at_ns, value, ref)

    def value(self, key: Key, at_ns: int) -> int | None:
        return self._inner.value(key, at_ns) if self._is_now(key) else None

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        return self._inner.evidence(key, at_ns) if self._is_now(key) else NO_EVIDENCE

    def start_day(self, today: Today) -> None:
        today.let_go(self._began)
        self._began = {}
        self._inner.start_day(today)

    def only(self, key: Key) -> "SessionWindow":
        made = SessionWindow(self._inner.only(key))
        made.began_ns = self.began_ns
        if key in self._began:
            made._began[key] = self._began[key]
        return made

    def is_fresh(self, key: Key, at_ns: int) -> bool:
        return self._inner.evidence(key, at_ns).orders <= 1

    def _is_now(self, key: Key) -> bool:
        return self._began.get(key) == self.began_ns


class Day(NamedTuple):
    """What one day put in."""

    day: int
    part: Accumulator
    trail: OrderTrail


@mypyc_attr(allow_interpreted_subclasses=True)
class DaysWindow(Window):
    """The last `days` trading days, today among them; a day takes no more room than a number."""

    def __init__(self, make: Make, days: int) -> None:
        self._make = make
        self._length = days
        self._today = self._oldest = 0
        # By key what all its days make together, and its days.
        self._by_key: dict[Key, tuple[Accumulator, deque[Day]]] = {}

    def add(self, key: Key, at_ns: int, value: Any, ref: str) -> None:
        held = self._by_key.get(key)
        if held is None:
            held = self._by_key[key] = (self._make(), deque())
        whole, days = held
        if not days or days[-1].day != self._today:
            days.append(Day(self._today, self._make(), OrderTrail()))
        whole.add(value)
        days[-1].part.add(value)
        days[-1].trail.add(ref)

    def value(self, key: Key, at_ns: int) -> int | None:
        held = self._by_key.get(key)
        return held[0].value() if held else None

    def evidence(self, key: Key, at_ns: int) -> Evidence:
        held = self._by_key.get(key)
        return joined(each.trail.evidence() for each in held[1]) if held else NO_EVIDENCE

    def start_day(self, today: Today) -> None:
        """Days that are too old go; so do those that are not yet, when time begins anew."""
        self._today, self._oldest = today.day, today.before(self._length - 1)
        for key, (_, days) in list(self._by_key.items()):
            kept = [each for each in days if self._oldest <= each.day < self._today]
            if not kept:
                del self._by_key[key]
            elif len(kept) < len(days):
                self._by_key[key] = self._whole(kept)

    def only(self, key: Key) -> "DaysWindow":
        made = DaysWindow(self._make, self._length)
        made._today, made._oldest = self._today, self._oldest
        if held := self._by_key.get(key):
            made._by_key[key] = self._whole(
                Day(each.day, each.part.copy(), each.trail.unnamed()) for each in held[1]
            )
        return made

    def _whole(self, days: Iterable[Day]) -> tuple[Accumulator, deque[Day]]:
        whole, kept = self._make(), deque(days)
        for each in kept:
            whole.absorb(each.part)
        return whole, kept
