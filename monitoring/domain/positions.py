"""What accounts hold in a contract, and how much of it they may sell today."""

from collections.abc import Callable

from riskgw.kernel.words import Offset, Side

# Accounts times contracts; what lies beyond has no known position.
HOLDINGS_MAX = 2_000_000


class GroupHolding:
    """A control group in one contract: the sum of its accounts."""

    __slots__ = ("long", "short")

    def __init__(self) -> None:
        self.long = 0
        self.short = 0


class Holding:
    """One account in one contract; shorts only where contracts are opened and closed.

    `offered` lives in sell orders. `bought` is of today and, where a purchase settles the next
    day, not for sale yet; `held_back` is what counters have told of the next day already.
    Without a word on where the day began, quantities are only changes.
    """

    __slots__ = ("bought", "group", "held_back", "long", "offered", "short")

    def __init__(self) -> None:
        self.long = 0
        self.short = 0
        self.bought = 0
        self.held_back = 0
        self.offered = 0
        self.group = GroupHolding()

    def join(self, group: GroupHolding) -> None:
        """From now on part of this group's position."""
        self.group = group
        group.long += self.long
        group.short += self.short

    def tell(self, quantity: int, sellable: int | None, *, is_short: bool, is_ahead: bool) -> None:
        """The account's counter says what it holds; it may sell all, if that is not said.

        `is_ahead`: it speaks of a day that no event has begun yet.
        """
        if is_short:
            self.group.short += quantity - self.short
            self.short = quantity
            return
        self.group.long += quantity - self.long
        self.long = quantity
        # The counter has already taken off what lives in sell orders.
        held_back = 0 if sellable is None else quantity - sellable
        self.bought = max(0, held_back - self.offered)
        # Orders that live now are over by then.
        self.held_back = max(0, held_back) if is_ahead else 0

    def fill(self, side: Side, offset: Offset | None, quantity: int) -> None:
        """A trade: without an offset a purchase adds and a sale takes away."""
        change = quantity if side is Side.BUY else -quantity
        if is_short_side(side, offset):
            self.short -= change
            self.group.short -= change
            return
        self.long += change
        self.group.long += change
        if change > 0:
            self.bought += change

    def start_day(self) -> None:
        """Yesterday's purchases are settled, yesterday's orders are over."""
        self.bought, self.held_back = self.held_back, 0
        self.offered = 0

    def ahead(self) -> "Holding":
        """A copy on which the next day has begun."""
        made = Holding()
        made.long, made.short, made.group = self.long, self.short, self.group
        made.bought, made.held_back = self.bought, self.held_back
        made.start_day()
        return made

    def sellable(self, mine: int, *, is_same_day: bool) -> int:
        """What is not offered already, except by an order of so much that asks for itself, nor
        bought only today where that has to wait."""
        held = self.long if is_same_day else self.long - self.bought
        return max(0, held - self.offered + mine)


class Positions:
    """The holdings of one shard's accounts. They outlive the trading day."""

    def __init__(self) -> None:
        self._holdings: dict[tuple[str, str], Holding] = {}
        self._groups: dict[tuple[str, str], GroupHolding] = {}
        # Accounts, with their exchange, whose positions were told: what was not named is nothing.
        self._told: set[tuple[str, str]] = set()

    def of(self, account: str, contract: str, group: str) -> Holding | None:
        """The holding; None when there is no more room."""
        key = account, contract
        holding = self._holdings.get(key)
        if holding is None and len(self._holdings) < HOLDINGS_MAX:
            holding = self._holdings[key] = Holding()
            holding.join(self._group(group, contract))
        return holding

    @property
    def by_key(self) -> dict[tuple[str, str], Holding]:
        """By account and contract, in the order they came: to be read, not kept."""
        return self._holdings

    def is_known(self, exchange: str, account: str) -> bool:
        """Whether it was told what the account holds."""
        return (exchange, account) in self._told

    def told(self, exchange: str, account: str) -> None:
        """From now on it is known what the account holds."""
        if len(self._told) < HOLDINGS_MAX:
            self._told.add((exchange, account))

    def regroup(self, group_of: Callable[[str, str], str]) -> None:
        """Accounts, given as exchange and account, may have changed their groups."""
        self._groups.clear()
        for (account, contract), holding in self._holdings.items():
            exchange = contract.partition(":")[0]
            holding.join(self._group(group_of(exchange, account), contract))

    def ahead(self, account: str, contract: str) -> "Positions":
        """One holding as it would stand if a new day began now; nothing here changes."""
        made = Positions()
        made._told = self._told
        held = self._holdings.get((account, contract))
        if held is not None:
            made._holdings[account, contract] = held.ahead()
        return made

    def start_day(self) -> None:
        """What is held stays; nothing of it is of today, but what was told of today already."""
        for holding in self._holdings.values():
            holding.start_day()

    def _group(self, group: str, contract: str) -> GroupHolding:
        return self._groups.setdefault((group, contract), GroupHolding())


def is_short_side(side: Side, offset: Offset | None) -> bool:
    """Whether a trade changes the short position: it opens by selling or closes by buying."""
    return offset is not None and (side is Side.BUY) is (offset is Offset.CLOSE)
