"""Phases of a stock exchange's trading day, in Beijing time (SSE and SZSE trading rules, ch. 3)."""

from bisect import bisect_right

from riskgw.kernel.times import local_datetime

# Minute of the day from which a phase lasts.
PHASES = (
    (0, "closed"),
    (9 * 60 + 15, "opening_auction"),
    (9 * 60 + 25, "pause"),
    (9 * 60 + 30, "morning"),
    (11 * 60 + 30, "lunch"),
    (13 * 60, "afternoon"),
    (14 * 60 + 57, "closing_auction"),
    (15 * 60, "closed"),
)
_STARTS = [minute for minute, _ in PHASES]
_WEEKEND = (5, 6)


def phase_of(at_ns: int) -> str:
    """The phase an instant lies in; holidays are not known here."""
    local = local_datetime(at_ns)
    if local.weekday() in _WEEKEND:
        return "closed"
    return PHASES[bisect_right(_STARTS, local.hour * 60 + local.minute) - 1][1]
