"""The levels of a pair: the best one and volume tiers, which may be added, resized and removed."""

from collections.abc import Iterable
from typing import NamedTuple

from quoting.domain.words import Reason, Side

BEST = 0
# Rows that a panel can show.
LEVELS_MAX = 12
SIZE_MAX = 1 << 50


class Level(NamedTuple):
    """A level by its number, which it keeps, and what it quotes."""

    number: int
    size: int


Levels = tuple[Level, ...]


class LadderRefused(ValueError):
    """The levels stay as they are."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def ordered(levels: Iterable[Level]) -> Levels:
    """The best level, then tiers by size: the larger, the further from the market."""
    return tuple(sorted(levels, key=lambda level: (level.number != BEST, level.size)))


def with_size(levels: Iterable[Level], number: int, size: int) -> Levels:
    """The levels with one more, or with one of another size."""
    others = [level for level in levels if level.number != number]
    if not 0 < size <= SIZE_MAX or number < BEST:
        raise LadderRefused(Reason.BAD_SIZE)
    if number != BEST and any(level.size == size for level in others if level.number != BEST):
        raise LadderRefused(Reason.SIZE_TAKEN)
    if len(others) >= LEVELS_MAX:
        raise LadderRefused(Reason.TOO_MANY_LEVELS)
    return ordered((*others, Level(number, size)))


def without(levels: Iterable[Level], number: int) -> Levels:
    """The levels without a tier."""
    levels = tuple(levels)
    if number == BEST:
        raise LadderRefused(Reason.BEST_STAYS)
    if all(level.number != number for level in levels):
        raise LadderRefused(Reason.UNKNOWN_CELL)
    return tuple(level for level in levels if level.number != number)


def followed(levels: Iterable[Level], before: Iterable[Level], now: Iterable[Level]) -> Levels:
    """The levels after a change from `before` to `now` elsewhere: where both agree, as they are."""
    was, wanted = dict(before), dict(now)
    gone = was.keys() - wanted.keys()
    changed = {number: size for number, size in wanted.items() if was.get(number) != size}
    sizes = {
        number: size for number, size in {**dict(levels), **changed}.items() if number not in gone
    }
    if BEST not in sizes:
        raise LadderRefused(Reason.BEST_STAYS)
    if not all(0 < size <= SIZE_MAX for size in sizes.values()):
        raise LadderRefused(Reason.BAD_SIZE)
    tiers = [size for number, size in sizes.items() if number != BEST]
    if len(set(tiers)) < len(tiers):
        raise LadderRefused(Reason.SIZE_TAKEN)
    if len(sizes) > LEVELS_MAX:
        raise LadderRefused(Reason.TOO_MANY_LEVELS)
    return ordered(Level(*each) for each in sizes.items())


class Rung(NamedTuple):
    """A price that stands or is to stand; `rank` is its level's place from the best on."""

    side: Side
    rank: int
    price: int


def conflict(rung: Rung, others: Iterable[Rung]) -> Reason:
    """Why a price cannot stand beside others: crossed, or a tier better than a level before it."""
    out = -1 if rung.side is Side.BID else 1
    for other in others:
        # How much worse for the counterparty our price is than the other.
        worse = (rung.price - other.price) * out
        if other.side is not rung.side:
            if worse <= 0:
                return Reason.CROSSED
        elif (worse < 0 and rung.rank > other.rank) or (worse > 0 and rung.rank < other.rank):
            return Reason.INVERTED
    return Reason.NONE
