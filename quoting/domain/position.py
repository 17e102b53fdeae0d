"""A pair's position, what it cost, and what was made of it; exact, in ticks times units."""

import msgspec


class Position(msgspec.Struct):
    """`cost` is what the open position was bought for, below zero where it was sold."""

    net: int = 0
    cost: int = 0
    realised: int = 0

    def deal(self, quantity: int, price: int) -> None:
        """A deal of ours: bought above zero, sold below.

        What is closed leaves at its average cost; a rest of the division stays in what is open.
        """
        closing = _closing(self.net, quantity)
        if closing:
            cost = self.cost if closing == -self.net else -self.cost * closing // self.net
            self.realised -= closing * price + cost
            self.cost -= cost
            self.net += closing
        self.net += quantity - closing
        self.cost += (quantity - closing) * price

    def unrealised(self, mark: int) -> int:
        """What closing at this price would bring."""
        return self.net * mark - self.cost

    def total(self, mark: int | None) -> int:
        return self.realised + (self.unrealised(mark) if mark is not None else 0)


def _closing(net: int, quantity: int) -> int:
    """The part of a deal that closes what is open."""
    if net == 0 or (net > 0) == (quantity > 0):
        return 0
    return max(quantity, -net) if quantity < 0 else min(quantity, -net)
