"""What headroom rows say: whether a cause persists, and when figures begin anew."""

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from typing import Any

from riskgw.kernel.times import day_start_ns, trading_day, utc_datetime

# 21:00 of the evening before: the night session belongs to the next trading day.
_NIGHT_NS = 3 * 3_600 * 10**9

Row = dict[str, Any]


def still_at(rows: Iterable[Row], rule: str, level: str) -> list[Row]:
    """The rows of a rule whose value stands at or above a level."""
    return [row for row in rows if row["rule"] == rule and _is_at(row["value"], row.get(level))]


def _is_at(value: object, threshold: object) -> bool:
    if value is None or threshold is None:
        return False
    return Fraction(str(value)) >= Fraction(str(threshold))


def with_reset(row: Row, as_of_ns: int) -> Row:
    """With the moment from which the figure begins anew: 21:00, Friday's for Monday."""
    if not as_of_ns:
        return {**row, "resets_at": None}
    start = utc_datetime(day_start_ns(trading_day(as_of_ns) + timedelta(days=1)) - _NIGHT_NS)
    return {**row, "resets_at": start.isoformat().replace("+00:00", "Z")}
