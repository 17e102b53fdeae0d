"""Simulated time: things happen in order, one after the other, seldom at the same nanosecond."""

from collections.abc import Callable
from heapq import heappop, heappush


class Clock:
    """A queue of things to do, each at its time; equal times keep the order of scheduling."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._scheduled = 0

    def at(self, at_ns: int, action: Callable[[], None]) -> None:
        self._scheduled += 1
        heappush(self._queue, (max(at_ns, self.now_ns), self._scheduled, action))

    def after(self, delay_ns: int, action: Callable[[], None]) -> None:
        self.at(self.now_ns + delay_ns, action)

    def run(self) -> None:
        while self._queue:
            self.now_ns, _, action = heappop(self._queue)
            action()
