"""When a figure is an alert: a rung reached for long enough, once, until it is back.

A ladder has a rung for warn and one for limit. A level counts once its rung has been reached in all
readings for `for_ns`; the episode ends when a reading is back beyond `clear`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from riskgw.cep.filters import ORDERINGS
from riskgw.cep.spec import Cmp
from riskgw.kernel.words import Level

# Nobody is restricted by one.
LEVELS = (Level.WARN, Level.LIMIT)
# Between readings so far apart nobody knows what was.
GAP_NS_MAX = 120 * 10**9

Rung = Decimal | None


@dataclass(frozen=True)
class Ladder:
    """`cmp`: on which side of a rung a figure is bad."""

    cmp: Cmp
    rungs: tuple[Rung, Rung]
    clear: Rung = None
    for_ns: int = 0
    gap_ns: int = GAP_NS_MAX

    def is_over(self, value: float | Decimal) -> bool:
        """Whether an episode ends: back beyond `clear`, without it beyond the nearer rung."""
        end = self.near if self.clear is None else self.clear
        return end is None or not ORDERINGS[self.cmp](value, end)

    @property
    def near(self) -> Rung:
        """The rung that is reached first."""
        known = [rung for rung in self.rungs if rung is not None]
        return (max if self.cmp in (Cmp.LT, Cmp.LE) else min)(known, default=None)

    @property
    def may_clear(self) -> bool:
        """Whether `clear` is no further on than the rungs: each reading would end and begin it."""
        if self.clear is None or self.near is None or self.clear == self.near:
            return True
        return not ORDERINGS[self.cmp](self.clear, self.near)


@dataclass(frozen=True)
class Standing:
    """How far up its ladder a figure stands; `since_ns` by level, from when on it was reached.

    `at_ns` is the reading that was judged last.
    """

    height: int = 0
    since_ns: tuple[int | None, ...] = (None, None)
    at_ns: int = 0
    episode: int = 0

    @property
    def is_at_ease(self) -> bool:
        """Nothing to remember of it but its number of episodes."""
        return self.height == 0 and not any(self.since_ns)

    @property
    def is_waiting(self) -> bool:
        """Whether a rung above it has been reached, and not yet for long enough."""
        return any(self.since_ns[self.height :])


AT_EASE = Standing()


@dataclass(frozen=True)
class Judged:
    """The new standing, and the level that has been reached by it, if it is news."""

    standing: Standing
    risen: Level | None = None
    has_ended: bool = False


def climbed(ladder: Ladder, standing: Standing, value: float | Decimal, at_ns: int) -> Judged:
    """One more reading; judged again it says the same."""
    is_gap = standing.at_ns > 0 and at_ns - standing.at_ns > ladder.gap_ns
    before = (None, None) if is_gap else standing.since_ns
    reaches = ORDERINGS[ladder.cmp]
    since = tuple(
        (began or at_ns) if rung is not None and reaches(value, rung) else None
        for rung, began in zip(ladder.rungs, before, strict=True)
    )
    height = _height(since, at_ns, ladder.for_ns)
    if height > standing.height:
        episode = standing.episode + (standing.height == 0)
        return Judged(Standing(height, since, at_ns, episode), LEVELS[height - 1])
    if standing.height and ladder.is_over(value):
        return Judged(Standing(0, since, at_ns, standing.episode), has_ended=True)
    return Judged(Standing(standing.height, since, at_ns, standing.episode))


def _height(since: Sequence[int | None], at_ns: int, for_ns: int) -> int:
    held = [began is not None and at_ns - began >= for_ns for began in since]
    return max((place + 1 for place, holds in enumerate(held) if holds), default=0)
