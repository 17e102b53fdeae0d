"""Alerts as engines raise them, for tests."""

from typing import Any

from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert, Reading
from tests.rules import OPEN_NS


def alert_message(**changes: Any) -> Alert:
    """An account at its 16,000th order of the day."""
    values: dict[str, Any] = {
        "rule": "P01",
        "version": 1,
        "level": Level.WARN,
        "key": {"account": "A000000007"},
        "time_ns": OPEN_NS + 5 * NS_PER_MS,
        "values": (
            Reading("submissions_1s", 5, "ge", 240, "count"),
            Reading("submissions_day", 16000, "ge", 16000, "count"),
        ),
        "order_count": 16000,
        "order_refs": ("R1", "R2", "R16000"),
    }
    return Alert(**(values | changes))
