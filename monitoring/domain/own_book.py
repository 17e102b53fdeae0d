"""A control group's own live orders in one contract, by side and price."""

from bisect import bisect_left, bisect_right, insort

from riskgw.kernel.words import OPPOSITE, Side


class OwnSide:
    """Live quantity by price; `prices` rise.

    An order's coming and going costs a lookup, a new price also a search among the prices at
    which the group stands.
    """

    __slots__ = ("highest", "is_filled", "lowest", "prices", "quantities")

    def __init__(self) -> None:
        self.prices: list[int] = []
        self.quantities: dict[int, int] = {}
        # Whether the group has traded on this side today.
        self.is_filled = False
        # The prices of all its orders today, alive or not, lie between these.
        self.lowest: int | None = None
        self.highest: int | None = None

    def note(self, price: int) -> None:
        """An order at this price has come."""
        if self.lowest is None or price < self.lowest:
            self.lowest = price
        if self.highest is None or price > self.highest:
            self.highest = price

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


_NOTHING = OwnSide()


class OwnBook:
    """Both sides of one group in one contract. Orders without a price stand at none."""

    __slots__ = ("_buys", "_sells")

    def __init__(self) -> None:
        # Most groups stand on one side only: the other one is not made for nothing.
        self._buys: OwnSide | None = None
        self._sells: OwnSide | None = None

    def side(self, side: Side) -> OwnSide:
        """To be looked at."""
        return (self._buys if side is Side.BUY else self._sells) or _NOTHING

    def opened(self, side: Side) -> OwnSide:
        """To be written to."""
        own = self.side(side)
        if own is _NOTHING:
            own = OwnSide()
            if side is Side.BUY:
                self._buys = own
            else:
                self._sells = own
        return own

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

    def is_reversing(self, side: Side, price: int | None) -> bool:
        """Whether it would have met an order that the group sent today; None is any price."""
        opposite = self.side(OPPOSITE[side])
        best = opposite.lowest if side is Side.BUY else opposite.highest
        if best is None or price is None:
            return best is not None
        return price >= best if side is Side.BUY else price <= best

    def has_reverse_fill(self, side: Side) -> bool:
        """Whether the group has traded on the other side today."""
        return self.side(OPPOSITE[side]).is_filled
