"""Messages of the peer that are missing, and how often they were asked for.

Numbers above a gap are dropped: the request is for everything from the gap on (EndSeqNo 0), so
they come again in their order.
"""

from quoting.wire.fix.messages import ResendRequest
from riskgw.kernel.times import NS_PER_SECOND

ASKED_TIMES_MAX = 4
ANSWER_NS = 10 * NS_PER_SECOND


class NotResent(Exception):
    """The peer was asked often enough."""


class Gaps:
    """The gap that is being filled, if any: one request a gap, again only without progress."""

    __slots__ = ("_asked_ns", "_first", "_seen", "_times")

    def __init__(self) -> None:
        self._first = 0
        self._seen = 0
        self._times = 0
        self._asked_ns = 0

    @property
    def answer_by_ns(self) -> int | None:
        return self._asked_ns + ANSWER_NS if self._first else None

    def seen(
        self, number: int, expected: int, at_ns: int, *, is_resent: bool
    ) -> ResendRequest | None:
        """A number beyond the expected one came; what to ask for.

        One that is itself sent again shows a hole in the answer, not a message under way.
        """
        if self._first and not (is_resent and expected > self._first):
            self._seen = max(self._seen, number)
            return None
        self._times = 0
        return self._ask(expected, max(self._seen, number), at_ns)

    def moved_to(self, expected: int) -> None:
        """Everything before this number has come."""
        if expected >= self._seen:
            self._first = self._seen = 0

    def overdue(self, expected: int, at_ns: int) -> ResendRequest | None:
        """The same question again if the answer has not come in time."""
        if not self._first or at_ns < self._asked_ns + ANSWER_NS:
            return None
        if expected > self._first:
            self._times = 0
        if self._times >= ASKED_TIMES_MAX:
            raise NotResent(f"asked {self._times} times for {expected}")
        return self._ask(expected, self._seen, at_ns)

    def _ask(self, expected: int, seen: int, at_ns: int) -> ResendRequest:
        self._first, self._seen, self._asked_ns = expected, seen, at_ns
        self._times += 1
        return ResendRequest(expected, 0)
