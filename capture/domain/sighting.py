"""Where a message was seen, and whose time an event carries."""

from typing import NamedTuple

from riskgw.kernel.times import NS_PER_SECOND

# A message's own time further from the capture than this is not believed.
CLOCK_SKEW_NS_MAX = 5 * NS_PER_SECOND


class Sighting(NamedTuple):
    """One message: connection, direction, capture time, number."""

    conn: str
    direction: str
    at_ns: int
    message: int


def rule_time(stated_ns: int | None, at_ns: int) -> tuple[int, str]:
    """The time rules go by, and its source: the message, if it states a near time, or capture."""
    if stated_ns is not None and -CLOCK_SKEW_NS_MAX <= stated_ns - at_ns <= CLOCK_SKEW_NS_MAX:
        return stated_ns, "message"
    return at_ns, "capture"
