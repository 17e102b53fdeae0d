"""What events change: orders, the group's own book, positions. Every event is taken once."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from monitoring.domain.order_states import (
    Key,
    LiveCount,
    OrderState,
    OrderStates,
    Places,
    ended,
)
from monitoring.domain.own_book import OwnBook
from monitoring.domain.positions import Holding, Positions
from riskgw.kernel.remains import Remains
from riskgw.kernel.words import OPPOSITE, EventKind, Side
from riskgw.messages.event import Event
from riskgw.messages.holdings import Position

# Control groups times contracts with orders today; beyond, own live orders are not known.
BOOKS_MAX = 1_000_000
# Accounts with orders today; of those beyond it is not known how many live.
COUNTS_MAX = 1_000_000

# Under this reference stands an order that only might come.
_IMAGINED: Key = ("", "")


# The order an event is about, as the event leaves it; how much of it was cancelled.
Taken = tuple[OrderState | None, int | None]

_NOTHING: Taken = (None, None)


class Tracker:
    """Orders and books end with the trading day, positions stay."""

    def __init__(self) -> None:
        self.orders = OrderStates()
        self.positions = Positions()
        self._books: dict[tuple[str, str], OwnBook] = {}
        self._counts: dict[tuple[str, str], LiveCount] = {}
        # Whether counters have told of orders too, so that one may come by two ways.
        self._is_fed = False

    def start_day(self, over: Remains) -> None:
        self.orders.start_day(over)
        over.add(self._books)
        over.add(self._counts)
        self._books, self._counts = {}, {}
        self.positions.start_day()
        self._is_fed = False

    def ahead(self, account: str, contract: str) -> "Tracker":
        """What an account would find in a contract if a new day began now."""
        made = Tracker()
        made.positions = self.positions.ahead(account, contract)
        return made

    def take(self, event: Event, group: str | None, contract: str | None) -> Taken:
        """Applies an event of a control group in a contract."""
        kind, reference = event.event, event.subject_ref
        if kind is EventKind.ORDER:
            if reference is None:
                return _NOTHING
            order = self._ordered((event.origin, reference), event, group, contract)
            if order is not None and order.book is not None and event.price and event.side:
                order.book.opened(event.side).note(event.price)
            return order, None
        if kind is EventKind.FILL:
            order = None if reference is None else self.orders.answered((event.origin, reference))
            self._filled(order, event, group, contract)
            return order, None
        if reference is None:
            return _NOTHING
        if kind is EventKind.CANCELLED or kind is EventKind.REJECT:
            order = self.orders.answered((event.origin, reference))
            return _NOTHING if order is None else (order, ended(order, event))
        order = self.orders.get((event.origin, reference))
        if kind is EventKind.CONFIRM and order is not None and order.entered is None:
            order.entered = event.time_ns, event.exchange_second
        return order, None

    @contextmanager
    def imagined(self, event: Event, group: str | None, contract: str | None) -> Iterator[Taken]:
        """As if the event had come; nothing of it stays."""
        reference = event.subject_ref
        if event.event is not EventKind.ORDER:
            yield (self.orders.get((event.origin, reference)) if reference else None), None
            return
        order = self._ordered(_IMAGINED, event, group, contract)
        try:
            yield order, None
        finally:
            if order is not None:
                order.end()
                self.orders.forget(_IMAGINED)

    def book(self, group: str | None, contract: str | None) -> OwnBook | None:
        """The group's own book in the contract, if it has one."""
        return self._books.get((group or "", contract or ""))

    @property
    def books(self) -> dict[tuple[str, str], OwnBook]:
        """By group and contract, in the order they came: to be read, not kept."""
        return self._books

    def live_count(self, exchange: str, account: str) -> LiveCount | None:
        """What counts an account's live orders, if it has had any today."""
        return self._counts.get((exchange, account))

    def live_orders(self, exchange: str, account: str) -> int:
        """How many orders of an account live, as far as it is counted."""
        count = self._counts.get((exchange, account))
        return count.orders if count else 0

    def is_doubled(self, event: Event) -> bool:
        """Whether the event's order was told first by another way, which goes on telling of it.

        One order has one way: the mirrored links, or one counter's feed.
        """
        self._is_fed = self._is_fed or event.is_fed
        if not self._is_fed or event.subject_ref is None:
            return False
        state = self.orders.get((event.origin, event.subject_ref))
        if state is None or state.time_ns is None:
            return False
        return state.way != (event.conn if event.is_fed else "")

    def take_positions(
        self,
        positions: Iterable[Position],
        group_of: Callable[[str, str], str],
        *,
        is_ahead: bool,
    ) -> None:
        """What counters say that their accounts hold; perhaps ahead of the day's first event."""
        for each in positions:
            self.positions.told(each.exchange, each.account)
            contract = f"{each.exchange}:{each.symbol}"
            group = group_of(each.exchange, each.account)
            holding = self.positions.of(each.account, contract, group)
            if holding is not None:
                holding.tell(
                    each.quantity, each.sellable, is_short=each.is_short, is_ahead=is_ahead
                )

    def _ordered(
        self, key: Key, event: Event, group: str | None, contract: str | None
    ) -> OrderState | None:
        """Only a buy or a sell stands in a book, and only a sell holds back what it offers."""
        book = holding = None
        if event.side in OPPOSITE and contract is not None:
            book = self._own_book(group, contract)
            if event.side is Side.SELL:
                holding = self._holding(event, group, contract)
        places = Places(book, holding, self._count(event))
        return self.orders.ordered(key, event, places)

    def _count(self, event: Event) -> LiveCount | None:
        if event.account is None:
            return None
        key = event.exchange or "", event.account
        count = self._counts.get(key)
        if count is None and len(self._counts) < COUNTS_MAX:
            count = self._counts[key] = LiveCount()
        return count

    def _filled(
        self, order: OrderState | None, event: Event, group: str | None, contract: str | None
    ) -> None:
        quantity = event.quantity or 0
        if order is not None:
            order.filled += quantity
            order.reduce(quantity)
        side = event.side or (order.side if order else None)
        if contract is None or side not in OPPOSITE or not quantity:
            return
        book = self._own_book(group, contract)
        if book is not None:
            book.opened(side).is_filled = True
        holding = self._holding(event, group, contract)
        if holding is not None:
            offset = event.offset or (order.offset if order else None)
            holding.fill(side, offset, quantity)

    def _own_book(self, group: str | None, contract: str) -> OwnBook | None:
        if group is None:
            return None
        book = self._books.get((group, contract))
        if book is None and len(self._books) < BOOKS_MAX:
            book = self._books[group, contract] = OwnBook()
        return book

    def _holding(self, event: Event, group: str | None, contract: str) -> Holding | None:
        if event.account is None or group is None:
            return None
        return self.positions.of(event.account, contract, group)
