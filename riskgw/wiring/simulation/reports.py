"""What the exchange tells a counter about one of its orders."""

from typing import NamedTuple

from riskgw.kernel.words import EventKind
from riskgw.wiring.simulation.book import SimCancel, SimOrder, Trade


class Report(NamedTuple):
    """`price` and `quantity` of a fill; `filled` is the order's total after it.

    `cancel` is the request that is answered, if one is.
    """

    kind: EventKind
    order: SimOrder
    at_ns: int
    price: int = 0
    quantity: int = 0
    filled: int = 0
    trade: int = 0
    reason: int = 0
    cancel: SimCancel | None = None

    @classmethod
    def of_trade(cls, trade: Trade, at_ns: int) -> "Report":
        return cls(
            EventKind.FILL,
            trade.order,
            at_ns,
            price=trade.price,
            quantity=trade.quantity,
            filled=trade.filled,
            trade=trade.number,
        )
