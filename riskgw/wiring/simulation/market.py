"""Both exchanges: accept or refuse, match, report; and market snapshots of what came of it."""

from collections.abc import Callable
from random import Random
from typing import TextIO

from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Side
from riskgw.wiring.simulation.book import Book, OrderState, SimCancel, SimOrder
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.population import Contract
from riskgw.wiring.simulation.reports import Report

SNAPSHOT_EVERY_NS = 3 * NS_PER_SECOND
LEVELS = 5
OPENING_VOLUME = 1_000_000
_LADDER_LEVELS = 8
_SCENARIO_HALF_SPREAD = 5
_REASON_PRICE, _REASON_QUANTITY, _REASON_TOO_LATE = 20009, 20010, 20007
_REPORT_AFTER_NS = 150_000

HEADER = (
    "ns,exchange,symbol,last,volume,turnover,high_limit,low_limit,previous_close,"
    + ",".join(f"bid{level}" for level in range(1, LEVELS + 1)) + ","
    + ",".join(f"bid_qty{level}" for level in range(1, LEVELS + 1)) + ","
    + ",".join(f"ask{level}" for level in range(1, LEVELS + 1)) + ","
    + ",".join(f"ask_qty{level}" for level in range(1, LEVELS + 1)) + ",halted\n"
)  # fmt: skip


class _Listing:
    """One contract: its book and the day's figures; money in cents."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.book = Book()
        self.middle = contract.previous_close
        self.last = contract.previous_close
        # As if the opening auction had traded: shares of the day's volume mean something.
        self.volume = OPENING_VOLUME
        self.turnover = OPENING_VOLUME * contract.previous_close
        self.has_changed = True

    def row(self, at_ns: int) -> str:
        contract = self.contract
        sides = []
        for side in (Side.BUY, Side.SELL):
            levels = self.book.depth(side, LEVELS)
            levels += [(0, 0)] * (LEVELS - len(levels))
            sides += [_cents(price) if price else "" for price, _ in levels]
            sides += [str(quantity) for _, quantity in levels]
        figures = [_cents(self.last), str(self.volume), _cents(self.turnover)]
        limits = [contract.high_limit, contract.low_limit, contract.previous_close]
        head = [str(at_ns), contract.exchange, contract.symbol]
        return ",".join([*head, *figures, *map(_cents, limits), *sides, "0"]) + "\n"


class Market:
    """`tell` passes a report to the counter of the order's owner."""

    def __init__(
        self,
        clock: Clock,
        random: Random,
        contracts: list[Contract],
        tell: Callable[[Report], None],
    ) -> None:
        self._clock = clock
        self._random = random
        self._tell = tell
        self._listings = {(each.exchange, each.symbol): _Listing(each) for each in contracts}
        self._trades = 0
        self.fills = 0

    def open(self) -> None:
        for listing in self._listings.values():
            self._requote(listing)

    def order(self, order: SimOrder) -> None:
        """An order of ours arrives."""
        listing = self._listing(order.contract)
        contract = order.contract
        reason = 0
        if order.quantity > contract.order_quantity_max:
            reason = _REASON_QUANTITY
        elif not contract.low_limit <= order.price <= contract.high_limit:
            reason = _REASON_PRICE
        if reason:
            order.state = OrderState.DONE
            self._report(Report(EventKind.REJECT, order, self._clock.now_ns, reason=reason))
            return
        self._report(Report(EventKind.CONFIRM, order, self._clock.now_ns))
        self._submit(listing, order)

    def cancel(self, request: SimCancel) -> None:
        """A cancel of ours arrives."""
        order = request.order
        listing = self._listing(order.contract)
        answer = Report(
            EventKind.CANCEL_REJECT,
            order,
            self._clock.now_ns,
            filled=order.filled,
            reason=_REASON_TOO_LATE,
            cancel=request,
        )
        if listing.book.cancel(order):
            listing.has_changed = True
            answer = answer._replace(kind=EventKind.CANCELLED, quantity=order.cancelled, reason=0)
        self._report(answer)

    def touch(self, contract: Contract, side: Side) -> int:
        """The best price an order of `side` could trade at now, or the middle of an empty book."""
        listing = self._listing(contract)
        best = listing.book.best(Side.SELL if side is Side.BUY else Side.BUY)
        return listing.middle if best is None else best

    def drift(self, contract: Contract) -> None:
        """The rest of the market moves its orders, through ours if they stand in the way."""
        listing = self._listing(contract)
        step = self._random.choice((-2, -1, -1, 0, 1, 1, 2))
        room = contract.limit_percent * contract.previous_close // 200
        low, high = contract.previous_close - room, contract.previous_close + room
        listing.middle = min(max(listing.middle + step, low), high)
        self._requote(listing)

    def snapshot(self, file: TextIO) -> None:
        """One line a contract that has changed since the last snapshot."""
        for listing in self._listings.values():
            if listing.has_changed:
                listing.has_changed = False
                file.write(listing.row(self._clock.now_ns))

    def _listing(self, contract: Contract) -> _Listing:
        return self._listings[contract.exchange, contract.symbol]

    def _requote(self, listing: _Listing) -> None:
        for order in [each for each in listing.book.live_orders() if each.owner is None]:
            listing.book.cancel(order)
        contract = listing.contract
        half_spread = _SCENARIO_HALF_SPREAD if contract.for_scenarios else 1
        for level in range(_LADDER_LEVELS):
            for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
                price = listing.middle + sign * (half_spread + level)
                quantity = contract.lot * self._random.randrange(20, 400)
                self._submit(listing, SimOrder(None, contract, side, price, quantity))

    def _submit(self, listing: _Listing, order: SimOrder) -> None:
        listing.has_changed = True
        for sides in listing.book.submit(order, self._trades + 1):
            trade = sides[0]
            self._trades = trade.number
            listing.last = trade.price
            listing.volume += trade.quantity
            listing.turnover += trade.price * trade.quantity
            for side in sides:
                if side.order.owner is not None:
                    self.fills += 1
                    self._report(Report.of_trade(side, self._clock.now_ns))

    def _report(self, report: Report) -> None:
        self._clock.after(_REPORT_AFTER_NS, lambda: self._tell(report))


def _cents(value: int) -> str:
    return f"{value // 100}.{value % 100:02}"
