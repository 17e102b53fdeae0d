"""Business events for tests."""

from itertools import count
from typing import Any

from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.event import Event
from tests.rules import OPEN_NS

_NUMBERS = count(1)


def event(kind: EventKind = EventKind.ORDER, **changes: Any) -> Event:
    """A buy of 100 at 10.00 by account A of 600000 in Shanghai, at the opening."""
    values: dict[str, Any] = {
        "exchange": "SSE",
        "origin": "db",
        "account": "A",
        "symbol": "600000",
        "side": Side.BUY,
        "price": 1_000_000,
        "quantity": 100_000,
        "order_ref": "R1",
        "at_ns": OPEN_NS,
        "time_ns": OPEN_NS,
        "time_source": "message",
        "conn": "1>2",
        "dir": "up",
        "message": 1,
        "source_seq": next(_NUMBERS),
        "fields": {},
    }
    return Event(event=kind, **(values | changes))


def fill(**changes: Any) -> Event:
    second = {"exchange_second": OPEN_NS // NS_PER_SECOND, "exec_ref": "E1"}
    return event(EventKind.FILL, **(second | changes))
