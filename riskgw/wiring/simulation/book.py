"""A matching engine for one contract: price, then time."""

from bisect import insort
from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from riskgw.kernel.words import OPPOSITE, Side
from riskgw.wiring.simulation.population import Account, Contract


class OrderState(Enum):
    """Where an order stands at the exchange."""

    SENT = auto()
    LIVE = auto()
    DONE = auto()


class SimOrder:
    """One order of the simulated day. `owner` is None for the rest of the market.

    The `*_ns` fields are the rule times under which a listener will see what happened to it.
    """

    __slots__ = (
        "cancelled", "cancelled_ns", "contract", "filled", "filled_ns", "ordered_ns", "owner",
        "price", "quantity", "record", "reference", "side", "state",
    )  # fmt: skip

    def __init__(
        self, owner: Account | None, contract: Contract, side: Side, price: int, quantity: int
    ) -> None:
        self.owner = owner
        self.contract = contract
        self.side = side
        self.price = price
        self.quantity = quantity
        self.filled = 0
        self.cancelled = 0
        self.state = OrderState.SENT
        self.reference = ""
        self.record = 0
        self.ordered_ns = 0
        self.cancelled_ns = 0
        self.filled_ns = 0

    @property
    def leaves(self) -> int:
        return self.quantity - self.filled - self.cancelled


class SimCancel:
    """A request to cancel one order; `requested_ns` as for orders."""

    __slots__ = ("order", "record", "reference", "requested_ns")

    def __init__(self, order: SimOrder) -> None:
        self.order = order
        self.reference = ""
        self.record = 0
        self.requested_ns = 0


class Trade(NamedTuple):
    """`quantity` shares at the resting order's price; `filled` is an order's total after it."""

    number: int
    order: SimOrder
    price: int
    quantity: int
    filled: int


class Book:
    """Live orders of one contract by side and price."""

    def __init__(self) -> None:
        self._levels: dict[tuple[Side, int], deque[SimOrder]] = {}
        self._quantities: dict[tuple[Side, int], int] = {}
        # Best price last on both sides; bids as they are, asks negated.
        self._prices: dict[Side, list[int]] = {Side.BUY: [], Side.SELL: []}

    def submit(self, order: SimOrder, first_number: int) -> list[tuple[Trade, Trade]]:
        """Match an incoming limit order; what is left of it rests. Trades as their two sides."""
        trades: list[tuple[Trade, Trade]] = []
        opposite = OPPOSITE[order.side]
        while order.leaves and (price := self.best(opposite)) is not None:
            if price > order.price if order.side is Side.BUY else price < order.price:
                break
            resting = self._front(opposite, price)
            quantity = min(order.leaves, resting.leaves)
            number = first_number + len(trades)
            sides = [
                _filled(each, Trade(number, each, price, quantity, each.filled + quantity))
                for each in (resting, order)
            ]
            trades.append((sides[0], sides[1]))
            self._reduce((opposite, price), quantity)
        if order.leaves:
            self._rest(order)
        return trades

    def cancel(self, order: SimOrder) -> bool:
        """Take a live order out; False when it is live no more."""
        if order.state is not OrderState.LIVE:
            return False
        left = order.leaves
        order.cancelled = left
        order.state = OrderState.DONE
        self._reduce((order.side, order.price), left)
        return True

    def best(self, side: Side) -> int | None:
        prices = self._prices[side]
        if not prices:
            return None
        return prices[-1] if side is Side.BUY else -prices[-1]

    def depth(self, side: Side, levels: int) -> list[tuple[int, int]]:
        """(price, quantity) of the best levels."""
        prices = self._prices[side][-levels:]
        sign = 1 if side is Side.BUY else -1
        return [(sign * each, self._quantities[side, sign * each]) for each in reversed(prices)]

    def live_orders(self) -> Iterator[SimOrder]:
        for level in self._levels.values():
            yield from (order for order in level if order.state is OrderState.LIVE)

    def _rest(self, order: SimOrder) -> None:
        order.state = OrderState.LIVE
        key = order.side, order.price
        if key not in self._levels:
            self._levels[key] = deque()
            self._quantities[key] = 0
            insort(
                self._prices[order.side], order.price if order.side is Side.BUY else -order.price
            )
        self._levels[key].append(order)
        self._quantities[key] += order.leaves

    def _front(self, side: Side, price: int) -> SimOrder:
        level = self._levels[side, price]
        while level[0].state is not OrderState.LIVE:
            level.popleft()  # cancelled since
        return level[0]

    def _reduce(self, key: tuple[Side, int], quantity: int) -> None:
        self._quantities[key] -= quantity
        if not self._quantities[key]:
            side, price = key
            del self._levels[key], self._quantities[key]
            self._prices[side].remove(price if side is Side.BUY else -price)


def _filled(order: SimOrder, trade: Trade) -> Trade:
    order.filled = trade.filled
    if not order.leaves:
        order.state = OrderState.DONE
    return trade
