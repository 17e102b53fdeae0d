"""A control group's own live orders in one contract, by side and price."""

from bisect import bisect_left, bisect_right, insort

from riskgw.kernel.words import OPPOSITE, Side


class OwnSide:
    """Live quantity by price; `prices` rise.

    An order's coming and going costs a lookup, a new price also a search among the prices at
    which the group stands.
    """

    __slots__ = ("is_filled", "prices", "quantities")

    def __init__(self) -> None:
        self.prices: list[int] = []
        self.quantities: dict[int, int] = {}
        # Whether the group has traded on this side today.
        self.is_filled = False

    def add(self, price: int, quantity: int) -> None:
        before = self.quantities.get(price)
        if before is None:
            insort(self.prices, price)
            self.quantities[price] = quantity
        else:
            self.quantities[price] = before + quantity

    def remove(self, price: int, quantity: int) -> None:
        left = self.quantities[price] - quantity
        assert left >= 0
        if left:
            self.quantities[price] = left
        else:
            del self.quantities[price]
            del self.prices[bisect_left(self.prices, price)]


class OwnBook:
    """Both sides of one group in one contract. Orders without a price stand at none."""

    __slots__ = ("buys", "sells")

    def __init__(self) -> None:
        self.buys = OwnSide()
        self.sells = OwnSide()

    def side(self, side: Side) -> OwnSide:
        return self.buys if side is Side.BUY else self.sells

    def live_at(self, side: Side, price: int) -> int:
        """Live quantity at one price."""
        return self.side(side).quantities.get(price, 0)

    def live_from(self, side: Side, worst: int | None) -> tuple[int, int]:
        """Live quantity and amount at a price and all better ones; at every price for None."""
        own = self.side(side)
        prices = own.prices
        if worst is not None:
            if side is Side.BUY:
                prices = prices[bisect_left(prices, worst) :]
            else:
                prices = prices[: bisect_right(prices, worst)]
        quantities = own.quantities
        quantity = sum(quantities[price] for price in prices)
        return quantity, sum(price * quantities[price] for price in prices)

    def is_crossed_by(self, side: Side, price: int | None) -> bool:
        """Whether an order of this side would meet a live one of the group; None is any price."""
        opposite = self.side(OPPOSITE[side]).prices
        if not opposite:
            return False
        if price is None:
            return True
        return price >= opposite[0] if side is Side.BUY else price <= opposite[-1]

    def has_reverse_fill(self, side: Side) -> bool:
        """Whether the group has traded on the other side today."""
        return self.side(OPPOSITE[side]).is_filled
