"""What has become of each order of the day: how much of it still lives, and where it stands."""

from typing import NamedTuple

from monitoring.domain.own_book import OwnBook
from monitoring.domain.positions import Holding
from riskgw.kernel.remains import Remains
from riskgw.kernel.words import OPPOSITE, EventKind, Offset, Side, TimeInForce
from riskgw.messages.event import Event

# Orders and answers to orders that were not seen; those beyond are judged without their past.
ORDERS_MAX = 4_000_000

Key = tuple[str, str]


class LiveCount:
    """How many orders of one account live."""

    __slots__ = ("orders",)

    def __init__(self) -> None:
        self.orders = 0


class Places(NamedTuple):
    """Where what lives of an order is kept."""

    book: OwnBook | None = None
    # Where a sell holds back what could be sold.
    holding: Holding | None = None
    live_count: LiveCount | None = None


class OrderState:
    """One order. `time_ns` is None while only answers to it were heard; `quantity` None while it
    is not known how large it was. `way` is the feed that told of it, if no mirrored link did.
    """

    __slots__ = (
        "book", "count", "entered", "filled", "holding", "live", "offset", "price", "quantity",
        "side", "tif", "time_ns", "way",
    )  # fmt: skip

    def __init__(self) -> None:
        self.time_ns: int | None = None
        self.price: int | None = None
        self.quantity: int | None = None
        self.side: Side | None = None
        self.tif: TimeInForce | None = None
        self.offset: Offset | None = None
        self.live: int | None = None
        self.filled = 0
        self.way = ""
        # When it was taken into the book: by rule time, and to the second by the exchange.
        self.entered: tuple[int, int | None] | None = None
        self.book: OwnBook | None = None
        # Where a live sell holds back what could be sold.
        self.holding: Holding | None = None
        self.count: LiveCount | None = None

    def is_taking(self, fill: Event) -> bool | None:
        """Whether it met in this fill what stood in the book; None where that cannot be known.

        No report says so. An order that trades as it comes does so at the instant in which it is
        confirmed; one that was confirmed before has been waiting.
        """
        if self.time_ns is None or self.entered is None:
            return None
        entered_ns, second = self.entered
        if fill.time_source == "message":
            return fill.time_ns <= entered_ns
        if second is None or fill.exchange_second is None:
            return None
        return fill.exchange_second <= second

    def reduce(self, quantity: int) -> None:
        """So much of it lives no more."""
        if not self.live:
            return
        quantity = min(quantity, self.live)
        self.live -= quantity
        if self.book is not None and self.price and self.side is not None:
            self.book.side(self.side).remove(self.price, quantity)
        if self.holding is not None:
            self.holding.offered -= quantity
        if not self.live and self.count is not None:
            self.count.orders -= 1

    def end(self) -> int:
        """Nothing of it lives any more; how much did."""
        left = self.live or 0
        self.reduce(left)
        self.live = 0
        return left


class OrderStates:
    """All orders of one shard and one trading day, by origin and reference."""

    def __init__(self) -> None:
        self._states: dict[Key, OrderState] = {}

    def __len__(self) -> int:
        return len(self._states)

    def start_day(self, over: Remains) -> None:
        over.add(self._states)
        self._states = {}

    def get(self, key: Key) -> OrderState | None:
        return self._states.get(key)

    @property
    def by_key(self) -> dict[Key, OrderState]:
        """All of the day in the order they were first heard of: to be read, not kept."""
        return self._states

    def forget(self, key: Key) -> None:
        del self._states[key]

    def ordered(self, key: Key, event: Event, places: Places) -> OrderState | None:
        """A new order; an earlier one of the same reference is over, unless only answers to it
        were heard, which then were this one's. None when there is no more room."""
        earlier = self._states.get(key)
        if earlier is None and len(self._states) >= ORDERS_MAX:
            return None
        state = OrderState()
        if earlier is not None:
            if earlier.time_ns is None:
                state.filled, state.live = earlier.filled, earlier.live
            else:
                earlier.end()
        self._states[key] = state
        state.time_ns, state.price, state.tif = event.time_ns, event.price, event.tif
        state.side, state.offset, state.quantity = event.side, event.offset, event.quantity
        state.way = event.conn if event.is_fed else ""
        _stand(state, places)
        return state

    def answered(self, key: Key) -> OrderState | None:
        """The order an answer is about; an order that is still to come if it is not known."""
        state = self._states.get(key)
        if state is None and len(self._states) < ORDERS_MAX:
            state = self._states[key] = OrderState()
        return state


def _stand(state: OrderState, places: Places) -> None:
    """What of a new order lives goes into the book, and a sell holds back what it offers."""
    if state.quantity is None or state.side not in OPPOSITE:
        return
    is_over = state.live == 0
    state.live = 0 if is_over else max(0, state.quantity - state.filled)
    if not state.live:
        return
    state.book = places.book
    if places.book is not None and state.price:
        places.book.opened(state.side).add(state.price, state.live)
    if places.holding is not None and state.side is Side.SELL:
        state.holding = places.holding
        places.holding.offered += state.live
    if places.live_count is not None:
        state.count = places.live_count
        places.live_count.orders += 1


def ended(state: OrderState, event: Event) -> int | None:
    """What a cancelled or rejected order leaves; how much was cancelled."""
    left = state.end()
    if event.event is EventKind.REJECT:
        return None
    return event.quantity if event.quantity is not None else left
