"""Continuous trading of both stock exchanges: 09:30 to 11:30 and 13:00 to 14:57."""

from datetime import date
from typing import NamedTuple

from riskgw.kernel.times import NS_PER_SECOND, day_start_ns

_MORNING = (9 * 3600 + 30 * 60, 11 * 3600 + 30 * 60)
_AFTERNOON = (13 * 3600, 14 * 3600 + 57 * 60)


class Session(NamedTuple):
    """One continuous session, in nanoseconds since 1970."""

    start_ns: int
    end_ns: int

    def holds(self, at_ns: int) -> bool:
        return self.start_ns <= at_ns < self.end_ns


def sessions_of(day: date) -> tuple[Session, Session]:
    midnight = day_start_ns(day)
    morning, afternoon = (
        Session(midnight + start * NS_PER_SECOND, midnight + end * NS_PER_SECOND)
        for start, end in (_MORNING, _AFTERNOON)
    )
    return morning, afternoon
