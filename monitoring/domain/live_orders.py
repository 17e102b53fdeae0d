"""Which orders are still live, told from the events of a day."""

from collections.abc import Iterable
from typing import NamedTuple

from riskgw.kernel.words import EventKind

# Events looked at for one scope; orders whose first event lies before them are not seen.
EVENTS_MAX = 50_000
LIVE_MAX = 1_000


class OrderStep(NamedTuple):
    """What is stored of a business event."""

    event: str
    time_ns: int
    exchange: str
    origin: str
    account: str
    symbol: str
    side: str
    price: int | None
    quantity: int | None
    order_ref: str
    cancel_of: str
    counter: str


class LiveOrder(NamedTuple):
    """An order of which some may still be traded; `live` in 10**-3 units."""

    time_ns: int
    exchange: str
    origin: str
    account: str
    symbol: str
    side: str
    price: int | None
    quantity: int | None
    live: int | None
    order_ref: str
    counter: str


_ENDINGS = (EventKind.CANCELLED, EventKind.REJECT)


def live_orders(steps: Iterable[OrderStep]) -> list[LiveOrder]:
    """In the order they came, the last LIVE_MAX of them; steps come in the order of time."""
    found: dict[tuple[str, str], LiveOrder] = {}
    for step in steps:
        key = step.origin, step.cancel_of or step.order_ref
        if step.event == EventKind.ORDER:
            found[key] = _begun(step)
        elif step.event in _ENDINGS:
            found.pop(key, None)
        elif step.event == EventKind.FILL and key in found:
            left = _after_fill(found[key], step)
            if left is None:
                del found[key]
            else:
                found[key] = left
    return list(found.values())[-LIVE_MAX:]


def _begun(step: OrderStep) -> LiveOrder:
    return LiveOrder(
        step.time_ns, step.exchange, step.origin, step.account, step.symbol, step.side,
        step.price, step.quantity, step.quantity, step.order_ref, step.counter,
    )  # fmt: skip


def _after_fill(order: LiveOrder, step: OrderStep) -> LiveOrder | None:
    """None when nothing is left; where a quantity is unknown the order counts as live."""
    if order.live is None or step.quantity is None:
        return order
    live = order.live - step.quantity
    return order._replace(live=live) if live > 0 else None
