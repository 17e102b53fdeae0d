"""Market snapshots for tests."""

from typing import Any

from riskgw.messages.market import COLUMNS, Snapshot
from tests.rules import OPEN_NS

HEADER = ",".join(COLUMNS) + "\n"


def snapshot(**changes: Any) -> Snapshot:
    """600000 in Shanghai at 10.00, as yesterday; five levels of 1,000 to 5,000 a side."""
    values: dict[str, Any] = {
        "ns": OPEN_NS,
        "exchange": "SSE",
        "symbol": "600000",
        "last": 1_000_000,
        "volume": 1_000_000,
        "turnover": 1_000_000_000,
        "high_limit": 1_100_000,
        "low_limit": 900_000,
        "previous_close": 1_000_000,
        "bids": tuple((1_000_000 - at * 1_000, (at + 1) * 1_000_000) for at in range(5)),
        "asks": tuple((1_001_000 + at * 1_000, (at + 1) * 1_000_000) for at in range(5)),
    }
    return Snapshot(**(values | changes))


def line(**changes: str) -> str:
    """A line of a market CSV: 600000 at 10.00 with one bid and one ask."""
    values = dict.fromkeys(COLUMNS, "") | {
        "ns": str(OPEN_NS), "exchange": "SSE", "symbol": "600000", "last": "10.00",
        "volume": "1000", "turnover": "10000.00", "high_limit": "11.00", "low_limit": "9.00",
        "previous_close": "10.00", "bid1": "9.99", "bid_qty1": "100", "ask1": "10.01",
        "ask_qty1": "200", "halted": "0",
    }  # fmt: skip
    return ",".join((values | changes).values()) + "\n"
