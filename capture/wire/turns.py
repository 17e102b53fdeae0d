"""Segments that a mirror showed before what they acknowledge: each waits until that has come.

Who acknowledges bytes had them before it wrote; where the two directions of a link are copied by
different queues, an answer may still be captured a few packets ahead of its request.
"""

from bisect import insort
from operator import attrgetter
from typing import NamedTuple

from capture.wire.layers import Segment
from riskgw.kernel.times import NS_PER_MS

# How long what is acknowledged may come behind: longer than any mirror reorders.
ACKED_HOLE_NS = 20 * NS_PER_MS
# Segments of one connection that wait for their turn, and their bytes.
POSTPONED_MAX = 1024
POSTPONED_BYTES_MAX = 1 << 20
# What keeping a segment costs beside its payload, about.
SEGMENT_BYTES = 256
NEVER_NS = 1 << 63


class Postponed(NamedTuple):
    """A segment of `sender`; the other end's stream must have come to `needs` before it."""

    needs: int
    at_ns: int
    sender: int
    segment: Segment


_needs = attrgetter("needs")


class Turns:
    """The segments of one connection that wait, by end, in the order of what they need.

    `bytes` is about the memory they take.
    """

    __slots__ = ("_waiting", "bytes", "since_ns")

    def __init__(self) -> None:
        self._waiting: tuple[list[Postponed], list[Postponed]] = ([], [])
        self.bytes = 0
        # When the one that waits longest was captured.
        self.since_ns = NEVER_NS

    def __len__(self) -> int:
        return len(self._waiting[0]) + len(self._waiting[1])

    @property
    def is_overfull(self) -> bool:
        return len(self) > POSTPONED_MAX or self.bytes > POSTPONED_BYTES_MAX

    def postpone(self, new: Postponed) -> None:
        insort(self._waiting[new.sender], new, key=_needs)
        self.bytes += len(new.segment[4]) + SEGMENT_BYTES
        self.since_ns = min(self.since_ns, new.at_ns)

    def ready(self, positions: tuple[int, int]) -> Postponed | None:
        """One that needs no more than the two streams have come to; it waits no longer."""
        for sender in (0, 1):
            waiting = self._waiting[sender]
            if waiting and waiting[0].needs <= positions[1 - sender]:
                return self._taken(sender)
        return None

    def overdue(self, before_ns: int) -> Postponed | None:
        """The next one, if any has waited since `before_ns`."""
        if self.since_ns > before_ns or not len(self):
            return None
        heads = [waiting[0] for waiting in self._waiting if waiting]
        return self._taken(min(heads, key=attrgetter("at_ns")).sender)

    def _taken(self, sender: int) -> Postponed:
        taken = self._waiting[sender].pop(0)
        self.bytes -= len(taken.segment[4]) + SEGMENT_BYTES
        if taken.at_ns <= self.since_ns:
            left = (each.at_ns for waiting in self._waiting for each in waiting)
            self.since_ns = min(left, default=NEVER_NS)
        return taken
