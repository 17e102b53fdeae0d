"""The market's time: that of the newest event, and the clock's before the first."""

import time

from monitoring.replica import replica


def market_ns() -> int:
    """By which trading days end and begin."""
    return replica().as_of_ns or time.time_ns()
