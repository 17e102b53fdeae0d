"""What a scenario promises: at which value of which rule an alert must or must not come."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from riskgw.cep.evidence import evidence_of
from riskgw.cep.spec import Cmp, ConditionSpec
from riskgw.kernel.words import LEVELS_RISING, Level


class Claim(NamedTuple):
    """Where a key ends up: its rule, the level meant, and the value minus that threshold."""

    rule: str
    level: Level
    key: dict[str, str]
    offset: int


class Label:
    """Times and references are read when the day is over: `events` gives (time, reference) of
    everything the value counts, in order; an alert comes with the `reached`-th, or never.
    """

    def __init__(
        self, claim: Claim, reached: int | None, events: Callable[[], Sequence[tuple[int, str]]]
    ) -> None:
        self._claim = claim
        self._reached = reached
        self._events = events

    def line(self) -> dict[str, Any]:
        """The JSON of one label."""
        claim, events = self._claim, self._events()
        counted = events if self._reached is None else events[: self._reached]
        refs = evidence_of((reference for _, reference in counted), len(counted)).refs
        return {
            "rule": claim.rule,
            "level": claim.level,
            "key": claim.key,
            "offset": max(-1, min(1, claim.offset)),
            "expect": self._reached is not None,
            "at_ns": counted[-1][0] if counted else 0,
            "order_refs": list(refs),
        }


class Ladder:
    """The thresholds of one counting condition that hold for every contract."""

    def __init__(self, condition: ConditionSpec) -> None:
        self._first_beyond = 1 if condition.cmp is Cmp.GT else 0
        values = {
            each.level: int(each.value) for each in condition.thresholds if each.scope is None
        }
        self.thresholds = {level: values[level] for level in LEVELS_RISING if level in values}

    def values(self) -> list[int]:
        """Every value at most one unit away from a threshold."""
        near = {value + offset for value in self.thresholds.values() for offset in (-1, 0, 1)}
        return sorted(near)

    def reached(self, level: Level) -> int:
        """The count at which the level first holds."""
        return self.thresholds[level] + self._first_beyond

    def offsets(self, value: int) -> list[tuple[Level, int, bool]]:
        """(level, offset, whether it is reached) for levels near the value or below it."""
        found = []
        for level, threshold in self.thresholds.items():
            is_reached = value >= self.reached(level)
            if is_reached or abs(value - threshold) <= 1:
                found.append((level, value - threshold, is_reached))
        return found
