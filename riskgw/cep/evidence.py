"""The orders behind a value: counted in full, named up to a bound."""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

REFS_MAX = 1000


class Evidence(NamedTuple):
    """`refs` holds the first of the `orders` and, as its last entry, the latest one."""

    orders: int
    refs: tuple[str, ...]


NO_EVIDENCE = Evidence(0, ())


class OrderTrail:
    """Grows with each order; keeps the first REFS_MAX - 1 and the latest.

    Most keys of a day have one order: no list is made for it.
    """

    __slots__ = ("_count", "_first", "_last")

    def __init__(self) -> None:
        self._count = 0
        self._first: list[str] | None = None
        self._last = ""

    def add(self, ref: str) -> None:
        if self._count and self._count < REFS_MAX:
            if self._first is None:
                self._first = []
            self._first.append(self._last)
        self._last = ref
        self._count += 1

    def evidence(self) -> Evidence:
        last = (self._last,) if self._count else ()
        return Evidence(self._count, (*(self._first or ()), *last))

    def unnamed(self) -> "OrderTrail":
        """A copy that knows how many they are, and only the latest by name."""
        made = OrderTrail()
        made._count, made._last = self._count, self._last
        return made


def evidence_of(refs: Iterable[str], count: int) -> Evidence:
    """The same bound for orders that are all at hand."""
    kept = list(refs)
    if count > REFS_MAX:
        kept = [*kept[: REFS_MAX - 1], *kept[-1:]]
    return Evidence(count, tuple(kept))


def joined(parts: Iterable[Evidence]) -> Evidence:
    """Several pieces of evidence in their order as one."""
    pieces = [each for each in parts if each.orders]
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return NO_EVIDENCE
    count = sum(each.orders for each in pieces)
    refs = [ref for each in pieces for ref in each.refs]
    if len(refs) >= REFS_MAX:
        refs = [*islice(refs, REFS_MAX - 1), refs[-1]]
    return Evidence(count, tuple(refs))
