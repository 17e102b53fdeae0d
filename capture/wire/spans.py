"""Pieces of a stream or packet, sorted and apart from each other, and what a new one adds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import compress, count
from operator import itemgetter, ne
from typing import NamedTuple

# Where a piece starts, and its bytes; kept ones may carry more behind these two.
Piece = tuple[int, bytes]
_start = itemgetter(0)


class Difference(NamedTuple):
    """How many bytes differ, and where the first of them stands."""

    size: int
    position: int


def touching(pieces: Sequence[tuple[int, bytes, *tuple[object, ...]]], new: Piece) -> slice:
    """Those that overlap a new one; an empty piece counts as one byte."""
    start, end = new[0], new[0] + max(1, len(new[1]))
    low = bisect_right(pieces, start, key=_start)
    if low and pieces[low - 1][0] + max(1, len(pieces[low - 1][1])) > start:
        low -= 1
    return slice(low, bisect_left(pieces, end, lo=low, key=_start))


def uncovered(known: Iterable[Piece], new: Piece) -> list[Piece]:
    """What of `new` none of the pieces has that it touches."""
    start, data = new
    at, parts = start, []
    for known_start, known_data in known:
        if at < known_start:
            parts.append((at, data[at - start : known_start - start]))
        at = max(at, known_start + len(known_data))
    if at < start + len(data) or not data:
        parts.append((at, data[at - start :]))
    return parts


def difference(known: Iterable[Piece], new: Piece) -> Difference | None:
    """Where `new` says something else than the pieces that it may touch."""
    found = [differing for piece in known if (differing := _differing(*piece, *new))]
    if not found:
        return None
    return Difference(sum(each.size for each in found), min(each.position for each in found))


def _differing(known_start: int, known: bytes, start: int, again: bytes) -> Difference | None:
    """Counted one by one: of long segments that differ all over a list would be large."""
    low = max(start, known_start)
    high = min(start + len(again), known_start + len(known))
    ours, theirs = known[low - known_start : high - known_start], again[low - start : high - start]
    if low >= high or ours == theirs:
        return None
    first = next(compress(count(low), map(ne, ours, theirs)))
    return Difference(sum(map(ne, ours, theirs)), first)
