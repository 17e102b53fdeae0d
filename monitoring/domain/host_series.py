"""Samples thinned: a minute's or an hour's as one row of means and highs."""

from collections.abc import Sequence

RAW, MINUTE, HOUR = 0, 60, 3600
NS = 10**9
_DIGITS = 2

Values = Sequence[float | None]


def bucket_ns(at_ns: int, step_seconds: int) -> int:
    """When the step that holds a time begins."""
    return at_ns - at_ns % (step_seconds * NS)


def thinned(rows: Sequence[Values]) -> tuple[list[float | None], list[float | None]]:
    """Column by column the mean and the highest of what is known."""
    columns = [
        [value for value in column if value is not None] for column in zip(*rows, strict=True)
    ]
    means = [round(sum(known) / len(known), _DIGITS) if known else None for known in columns]
    return means, [max(known, default=None) for known in columns]


def step_for(seconds: float) -> int:
    """So fine that a plot of so long a time has at most some 1,500 points."""
    if seconds <= 2 * 3600:
        return RAW
    return MINUTE if seconds <= 25 * 3600 else HOUR
