"""The six ways to make one number out of the values in a window."""

from abc import ABC, abstractmethod
from collections import Counter, deque
from typing import Any

from riskgw.cep.spec import Op


class Accumulator(ABC):
    """Values go in at the new end and, in sliding windows, out at the old end."""

    __slots__ = ()

    @abstractmethod
    def add(self, value: Any) -> None: ...

    @abstractmethod
    def remove(self, value: Any) -> None:
        """The oldest value leaves."""

    @abstractmethod
    def value(self) -> int | None:
        """None when there is nothing to tell."""


class Count(Accumulator):
    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def add(self, value: Any) -> None:
        self._count += 1

    def remove(self, value: Any) -> None:
        self._count -= 1

    def value(self) -> int:
        return self._count


class Sum(Accumulator):
    __slots__ = ("_sum",)

    def __init__(self) -> None:
        self._sum = 0

    def add(self, value: Any) -> None:
        self._sum += value

    def remove(self, value: Any) -> None:
        self._sum -= value

    def value(self) -> int:
        return self._sum


class Distinct(Accumulator):
    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: Counter[Any] = Counter()

    def add(self, value: Any) -> None:
        self._seen[value] += 1

    def remove(self, value: Any) -> None:
        self._seen[value] -= 1
        if not self._seen[value]:
            del self._seen[value]

    def value(self) -> int:
        return len(self._seen)


class Last(Accumulator):
    __slots__ = ("_held", "_last")

    def __init__(self) -> None:
        self._held = 0
        self._last: int | None = None

    def add(self, value: Any) -> None:
        self._held += 1
        self._last = value

    def remove(self, value: Any) -> None:
        self._held -= 1

    def value(self) -> int | None:
        return self._last if self._held else None


class Extreme(Accumulator):
    """The largest value; of negated values, the smallest. Amortised constant time."""

    __slots__ = ("_falling", "_sign")

    def __init__(self, sign: int = 1) -> None:
        self._sign = sign
        self._falling: deque[int] = deque()

    def add(self, value: Any) -> None:
        value *= self._sign
        while self._falling and self._falling[-1] < value:
            self._falling.pop()
        self._falling.append(value)

    def remove(self, value: Any) -> None:
        if self._falling and self._falling[0] == value * self._sign:
            self._falling.popleft()

    def value(self) -> int | None:
        return self._falling[0] * self._sign if self._falling else None


class Range(Accumulator):
    """Largest minus smallest."""

    __slots__ = ("_high", "_low")

    def __init__(self) -> None:
        self._high, self._low = Extreme(), Extreme(-1)

    def add(self, value: Any) -> None:
        self._high.add(value)
        self._low.add(value)

    def remove(self, value: Any) -> None:
        self._high.remove(value)
        self._low.remove(value)

    def value(self) -> int | None:
        high, low = self._high.value(), self._low.value()
        return None if high is None or low is None else high - low


ACCUMULATORS: dict[Op, type[Accumulator]] = {
    Op.COUNT: Count,
    Op.SUM: Sum,
    Op.DISTINCT: Distinct,
    Op.LAST: Last,
    Op.MAX: Extreme,
    Op.RANGE: Range,
}
