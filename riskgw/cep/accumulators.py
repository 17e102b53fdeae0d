"""The ways to make one number out of the values in a window; for `duration` see that module."""

from abc import ABC, abstractmethod
from collections import Counter, deque
from typing import Any, Self

from riskgw.cep.spec import Op


class Accumulator(ABC):
    """Values go in at the new end."""

    __slots__ = ()

    @abstractmethod
    def add(self, value: Any) -> None: ...

    @abstractmethod
    def value(self) -> int | None:
        """None when there is nothing to tell."""

    @abstractmethod
    def absorb(self, later: Self) -> None:
        """Take in what another one holds, all of which came later."""

    @classmethod
    def of_one(cls, value: Any) -> int | None:
        """What there is to tell when this is all."""
        made = cls()
        made.add(value)
        return made.value()

    def copy(self) -> Self:
        made = type(self)()
        made.absorb(self)
        return made


class Sliding(Accumulator):
    """Values also go out, at the old end."""

    __slots__ = ()

    @abstractmethod
    def remove(self, value: Any) -> None:
        """The oldest value leaves."""


class Count(Sliding):
    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def add(self, value: Any) -> None:
        self._count += 1

    def remove(self, value: Any) -> None:
        self._count -= 1

    def value(self) -> int:
        return self._count

    def absorb(self, later: Self) -> None:
        self._count += later._count


class Sum(Sliding):
    __slots__ = ("_sum",)

    def __init__(self) -> None:
        self._sum = 0

    @classmethod
    def of_one(cls, value: Any) -> int | None:
        return +value  # type: ignore[no-any-return]  # a whole number, scaled

    def add(self, value: Any) -> None:
        self._sum += value

    def remove(self, value: Any) -> None:
        self._sum -= value

    def value(self) -> int:
        return self._sum

    def absorb(self, later: Self) -> None:
        self._sum += later._sum


class Distinct(Sliding):
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

    def absorb(self, later: Self) -> None:
        self._seen.update(later._seen)


class Last(Sliding):
    __slots__ = ("_held", "_last")

    def __init__(self) -> None:
        self._held = 0
        self._last: int | None = None

    @classmethod
    def of_one(cls, value: Any) -> int | None:
        return value  # type: ignore[no-any-return]  # a whole number, scaled

    def add(self, value: Any) -> None:
        self._held += 1
        self._last = value

    def remove(self, value: Any) -> None:
        self._held -= 1

    def value(self) -> int | None:
        return self._last if self._held else None

    def absorb(self, later: Self) -> None:
        if later._held:
            self._held += later._held
            self._last = later._last


class Extreme(Sliding):
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

    def absorb(self, later: Self) -> None:
        self._sign = later._sign
        for value in later._falling:
            self.add(value * self._sign)


class Range(Sliding):
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

    def absorb(self, later: Self) -> None:
        self._high.absorb(later._high)
        self._low.absorb(later._low)


class Seen(Accumulator):
    """Distinct values of which none leaves."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: set[Any] = set()

    def add(self, value: Any) -> None:
        self._seen.add(value)

    def value(self) -> int:
        return len(self._seen)

    def absorb(self, later: Self) -> None:
        self._seen |= later._seen


class Spread(Accumulator):
    """Largest minus smallest value of which none leaves."""

    __slots__ = ("_high", "_low")

    def __init__(self) -> None:
        self._high: int | None = None
        self._low: int | None = None

    def add(self, value: Any) -> None:
        if self._high is None or value > self._high:
            self._high = value
        if self._low is None or value < self._low:
            self._low = value

    def value(self) -> int | None:
        return None if self._high is None or self._low is None else self._high - self._low

    def absorb(self, later: Self) -> None:
        if later._high is not None:
            self.add(later._high)
            self.add(later._low)


class Peak(Accumulator):
    """The largest value of which none leaves."""

    __slots__ = ("_high",)

    def __init__(self) -> None:
        self._high: int | None = None

    @classmethod
    def of_one(cls, value: Any) -> int | None:
        return value  # type: ignore[no-any-return]  # a whole number, scaled

    def add(self, value: Any) -> None:
        if self._high is None or value > self._high:
            self._high = value

    def value(self) -> int | None:
        return self._high

    def absorb(self, later: Self) -> None:
        if later._high is not None:
            self.add(later._high)


class First(Accumulator):
    """The earliest value."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        self._first: int | None = None

    @classmethod
    def of_one(cls, value: Any) -> int | None:
        return value  # type: ignore[no-any-return]  # a whole number, scaled

    def add(self, value: Any) -> None:
        if self._first is None:
            self._first = value

    def value(self) -> int | None:
        return self._first

    def absorb(self, later: Self) -> None:
        if later._first is not None:
            self.add(later._first)


SLIDING: dict[Op, type[Sliding]] = {
    Op.COUNT: Count,
    Op.SUM: Sum,
    Op.DISTINCT: Distinct,
    Op.LAST: Last,
    Op.MAX: Extreme,
    Op.RANGE: Range,
}
# Where nothing leaves before all does, less has to be kept.
GROWING: dict[Op, type[Accumulator]] = {
    **SLIDING,
    Op.FIRST: First,
    Op.DISTINCT: Seen,
    Op.MAX: Peak,
    Op.RANGE: Spread,
}
