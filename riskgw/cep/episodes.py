"""How far up its ladder each key stands, since when, how often, and what of it was told.

An episode begins with the first level that is reached and ends when the key stands at nothing.
"""

from typing import NamedTuple

from mypy_extensions import mypyc_attr

from riskgw.cep.spec import RuleSpec
from riskgw.cep.windows import Key, Today
from riskgw.kernel.times import NS_PER_MS


@mypyc_attr(allow_interpreted_subclasses=True)
class Standing:
    """One key. `reached` counts by level how many of the day's episodes came so high."""

    __slots__ = ("before", "climbed_ns", "height", "reached", "since_ns", "told")

    def __init__(self, levels: int) -> None:
        self.height = self.told = 0
        self.reached = [0] * levels
        # By level, since when it holds, in trading time; only where it has to hold for some time.
        self.since_ns: list[int] = []
        self.climbed_ns: int | None = None
        # What it stood at and had been told when its last episode ended.
        self.before = (0, 0)

    def copy(self) -> "Standing":
        made = Standing(0)
        made.height, made.told, made.before = self.height, self.told, self.before
        made.reached, made.since_ns = self.reached.copy(), self.since_ns.copy()
        made.climbed_ns = self.climbed_ns
        return made


class Told(NamedTuple):
    """What is to be told of a key: a height, in which of the day's episodes."""

    height: int
    episode: int


Standings = dict[Key, Standing]


class Episodes:
    """The ladder of a rule at work."""

    def __init__(self, spec: RuleSpec, levels: int) -> None:
        self._levels = levels
        self._repeat = spec.repeat
        self._for_ns = spec.for_ms * NS_PER_MS
        self._cooldown_ns = spec.cooldown_ms * NS_PER_MS
        self.standings: Standings = {}

    def falls(self, key: Key) -> None:
        """The key stands at nothing."""
        standing = self.standings.get(key)
        if standing is None:
            return
        standing.since_ns.clear()
        if standing.height:
            standing.before = (standing.height, standing.told)
            standing.height = standing.told = 0
        if not standing.reached[0]:
            del self.standings[key]

    def holds(self, key: Key, height: int, at_ns: int, traded_ns: int) -> Told | None:
        """So many levels hold; how many of them count, if any does.

        How long they have held is trading time: in a break nobody can do otherwise.
        """
        standing = self.standings.get(key)
        if standing is None:
            standing = self.standings[key] = Standing(self._levels)
        if self._for_ns:
            height = self._held_long(standing, height, traded_ns)
        if not height:
            return None
        if not standing.height and self._is_cooling(standing, at_ns):
            standing.height, standing.told = standing.before
        if height > standing.height:
            for level in range(standing.height, height):
                standing.reached[level] += 1
            standing.height, standing.climbed_ns = height, at_ns
        counting = sum(times >= self._repeat for times in standing.reached[:height])
        return Told(counting, standing.reached[0]) if counting else None

    def is_told(self, key: Key, told: Told) -> bool:
        """Whether the key's episode was told so high before."""
        return told.height <= self.standings[key].told

    def tell(self, key: Key, told: Told) -> None:
        self.standings[key].told = told.height

    def stands(self, key: Key) -> bool:
        standing = self.standings.get(key)
        return standing is not None and standing.height > 0

    def start_day(self, today: Today, *, goes_on: bool) -> None:
        """Episodes end with the day; where all that counts goes on, so do they, as the first."""
        standing = {key: each for key, each in self.standings.items() if goes_on and each.height}
        for each in standing.values():
            each.reached = [int(level < each.height) for level in range(self._levels)]
        today.let_go(self.standings)
        self.standings = standing

    def trial(self, key: Key) -> Standings:
        """The key as if nothing of it had been told, and no time had to pass since then."""
        standing = self.standings.get(key)
        if standing is None:
            return {}
        trial = standing.copy()
        trial.told, trial.climbed_ns = 0, None
        return {key: trial}

    def _held_long(self, standing: Standing, height: int, traded_ns: int) -> int:
        """How many levels have held for long enough, as far as events have shown."""
        since_ns = standing.since_ns
        del since_ns[height:]
        since_ns.extend([traded_ns] * (height - len(since_ns)))
        return sum(traded_ns - since >= self._for_ns for since in since_ns)

    def _is_cooling(self, standing: Standing, at_ns: int) -> bool:
        climbed_ns = standing.climbed_ns
        return climbed_ns is not None and at_ns - climbed_ns < self._cooldown_ns
