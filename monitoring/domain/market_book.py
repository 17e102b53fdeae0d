"""The newest market snapshot of every contract, and what it says about a price."""

from riskgw.cep.sessions import Sessions
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import Side
from riskgw.messages.market import LEVELS, SYMBOLS_MAX, Levels, Snapshot

# A snapshot comes every three seconds; quiet contracts have none, so all are asked together.
STALE_NS = 30 * NS_PER_SECOND


class MarketBook:
    """Snapshots come by contract name. `market_ns` is the newest time of any contract."""

    def __init__(self) -> None:
        self._newest: dict[str, Snapshot] = {}
        self.market_ns = 0

    def clear(self) -> None:
        """A new trading day, or one that is played again."""
        self._newest.clear()
        self.market_ns = 0

    def hear(self, contract: str, snapshot: Snapshot) -> bool:
        """Whether it is newer than what was known; a second source repeats the first."""
        before = self._newest.get(contract)
        if snapshot.ns <= before.ns if before else len(self._newest) >= SYMBOLS_MAX:
            return False
        self._newest[contract] = snapshot
        self.market_ns = max(self.market_ns, snapshot.ns)
        return True

    def of(self, contract: str) -> Snapshot | None:
        return self._newest.get(contract)

    def is_stale(self, contract: str, at_ns: int, sessions: Sessions) -> bool:
        """Whether the contract has no snapshot, or the market has been silent for too long.

        In the first moments of a phase the market may still speak of the one before.
        """
        if contract not in self._newest:
            return True
        if at_ns - self.market_ns <= STALE_NS:
            return False
        return sessions.phase(contract, at_ns) == sessions.phase(contract, at_ns - STALE_NS)


def levels(snapshot: Snapshot, side: Side) -> Levels:
    return snapshot.bids if side is Side.BUY else snapshot.asks


def worst_of_best5(snapshot: Snapshot, side: Side) -> int | None:
    """The last of the best five prices; None where any price would be among them."""
    shown = levels(snapshot, side)
    return shown[-1][0] if len(shown) == LEVELS else None


def is_in_best5(snapshot: Snapshot, side: Side, price: int) -> bool:
    worst = worst_of_best5(snapshot, side)
    if worst is None:
        return True
    return price >= worst if side is Side.BUY else price <= worst


def best5_quantity(snapshot: Snapshot, side: Side) -> int:
    return sum(quantity for _, quantity in levels(snapshot, side))


def quantity_at(snapshot: Snapshot, side: Side, price: int) -> int | None:
    """What stands at a price; None beyond the best five, where nothing is shown."""
    for shown, quantity in levels(snapshot, side):
        if shown == price:
            return quantity
    return 0 if is_in_best5(snapshot, side, price) else None


def limit_of(snapshot: Snapshot, side: Side) -> int | None:
    """The price at which a side is locked: buyers at the upper limit, sellers at the lower."""
    return snapshot.high_limit if side is Side.BUY else snapshot.low_limit


def quantity_at_limit(snapshot: Snapshot, side: Side) -> int | None:
    limit = limit_of(snapshot, side)
    return None if not limit else quantity_at(snapshot, side, limit)


def virtual_price(snapshot: Snapshot) -> int | None:
    """In an auction, the price at which most would be traded: both sides show it as their best."""
    if not snapshot.bids or not snapshot.asks:
        return None
    bid, ask = snapshot.bids[0][0], snapshot.asks[0][0]
    return bid if bid >= ask else None
