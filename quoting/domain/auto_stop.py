"""Automatic stop: what goes wrong too often ends quoting of a pair until a person releases it."""

from collections import deque

import msgspec

from quoting.domain.words import Reason, Side
from riskgw.kernel.times import NS_PER_SECOND

# More deals or rejects in a window than any sensible bound.
MARKS_MAX = 1_000


class StopRules(msgspec.Struct, frozen=True):
    """When to stop; 0 leaves a reason out. Loss is in ticks times units."""

    loss_max: int = 0
    fills: int = 0
    fills_ns: int = NS_PER_SECOND
    one_sided: int = 0
    one_sided_ns: int = 60 * NS_PER_SECOND
    rejects: int = 0
    rejects_ns: int = 10 * NS_PER_SECOND
    feed_loss_ns: int = 0
    clock_back_ns: int = NS_PER_SECOND


class Latch(msgspec.Struct, frozen=True):
    """Why quoting stopped, and since when."""

    reason: Reason
    at_ns: int
    value: int = 0
    limit: int = 0
    by: str = ""


class AutoStop:
    """The latch of one pair, and what it remembers to judge by."""

    __slots__ = ("_fills", "_lost_since", "_rejects", "_run", "latch")

    def __init__(self) -> None:
        self.latch: Latch | None = None
        self._fills: deque[int] = deque(maxlen=MARKS_MAX)
        self._rejects: deque[int] = deque(maxlen=MARKS_MAX)
        # Deals on one side since the other was last dealt on.
        self._run: tuple[Side | None, deque[int]] = None, deque(maxlen=MARKS_MAX)
        self._lost_since: int | None = None

    def close(self, latch: Latch) -> None:
        """The first reason stays until it is released."""
        self.latch = self.latch or latch

    def release(self) -> None:
        """What was counted so far has been judged by a person."""
        self.latch = None
        self._fills.clear()
        self._rejects.clear()
        self._run = None, deque(maxlen=MARKS_MAX)
        self._lost_since = None

    def filled(self, rules: StopRules, side: Side, total: int, at_ns: int) -> Latch | None:
        """After a deal on a side of ours; `total` is what was made so far."""
        if self._run[0] is not side:
            self._run = side, deque(maxlen=MARKS_MAX)
        self._fills.append(at_ns)
        self._run[1].append(at_ns)
        return (
            self.lost(rules, total, at_ns)
            or _counted(self._fills, (rules.fills, rules.fills_ns), Reason.FILL_BURST, at_ns)
            or _counted(
                self._run[1], (rules.one_sided, rules.one_sided_ns), Reason.ONE_SIDED, at_ns
            )
        )

    def lost(self, rules: StopRules, total: int, at_ns: int) -> Latch | None:
        """By what was lost, deals and the open position together."""
        if rules.loss_max and total < -rules.loss_max:
            return Latch(Reason.LOSS, at_ns, -total, rules.loss_max)
        return None

    def rejected(self, rules: StopRules, at_ns: int) -> Latch | None:
        self._rejects.append(at_ns)
        return _counted(
            self._rejects, (rules.rejects, rules.rejects_ns), Reason.REJECT_BURST, at_ns
        )

    def fed(self, rules: StopRules, has_price: bool, at_ns: int) -> Latch | None:
        """Whether prices came in at all; no price for too long is a loss of the feed."""
        if has_price or not rules.feed_loss_ns:
            self._lost_since = None
            return None
        if self._lost_since is None:
            self._lost_since = at_ns
        lost_ns = at_ns - self._lost_since
        if lost_ns < rules.feed_loss_ns:
            return None
        return Latch(Reason.FEED_LOSS, at_ns, lost_ns, rules.feed_loss_ns)

    def next_ns(self, rules: StopRules) -> int | None:
        """When a loss of the feed that began will have been too long."""
        if self._lost_since is None or self.latch is not None:
            return None
        return self._lost_since + rules.feed_loss_ns


def _counted(marks: deque[int], bound: tuple[int, int], reason: Reason, at_ns: int) -> Latch | None:
    limit, window_ns = bound
    while marks and at_ns - marks[0] >= window_ns:
        marks.popleft()
    if not limit or len(marks) < limit:
        return None
    return Latch(reason, at_ns, len(marks), limit)
