"""A business event: what one protocol message says happened to one order."""

from typing import Any

import msgspec

from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, plain
from riskgw.kernel.words import EventKind, Offset, OrderType, Side, TimeInForce
from riskgw.messages.market import Snapshot

# An event of a connection that no table knows is judged by its address in one shard for all: there
# it is a copy, which nothing but its source is asked of; where its group is, its source is away.
AWAY, COPY = "away", "copy"
# The direction of what a counter tells of its own accord.
FED = "fed"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Unknown is None. `price` in 10**-5 CNY, `quantity` in 10**-3 units, times in nanoseconds.

    `origin` is the PBU or database in whose numbering `order_ref` and `cancel_of` stand.
    `time_ns` is the time rules go by, `time_source` whose it is: the message's or the capture's.
    `message` is the number of the protocol message, `source_seq` the event's number in its source.
    """

    event: EventKind
    exchange: str | None
    origin: str
    account: str | None
    symbol: str | None
    side: Side | None
    price: int | None = None
    quantity: int | None = None
    order_ref: str | None = None
    cancel_of: str | None = None
    exec_ref: str | None = None
    order_type: OrderType | None = None
    tif: TimeInForce | None = None
    offset: Offset | None = None
    outcome: str | None = None
    counter: str | None = None
    access_system: str | None = None
    # The counters' marks are known, and none of them fits.
    is_counter_unknown: bool = False
    by_source: str = ""
    at_ns: int
    time_ns: int
    time_source: str
    # When the exchange says it happened, to the second: evidence across links of coarser clocks.
    exchange_second: int | None = None
    conn: str
    dir: str
    message: int
    source_seq: int
    fields: dict[str, Any]

    @property
    def is_fed(self) -> bool:
        """Whether a counter has told of it; else a mirrored link was heard."""
        return self.dir == FED

    @property
    def subject_ref(self) -> str | None:
        """The order this event is about: for a cancel and its answers, the order to cancel."""
        return self.cancel_of or self.order_ref


def market_event(snapshot: Snapshot) -> Event:
    """A market snapshot in its place among the events, where it has raised something."""
    return Event(
        event=EventKind.MARKET,
        exchange=snapshot.exchange,
        origin="",
        account=None,
        symbol=snapshot.symbol,
        side=None,
        price=snapshot.last,
        at_ns=snapshot.ns,
        time_ns=snapshot.ns,
        time_source="market",
        conn="market",
        dir="down",
        message=0,
        source_seq=0,
        fields={},
    )


def decimal_or_none(value: int | None, digits: int) -> str | None:
    return None if value is None else plain(value, digits)


def event_line(event: Event, number: int) -> dict[str, Any]:
    """The JSON shape of `decode --events`."""
    return {
        "kind": "event",
        "n": number,
        "message": event.message,
        "at_ns": event.at_ns,
        "time_ns": event.time_ns,
        "conn": event.conn,
        "dir": event.dir,
        "exchange": event.exchange,
        "event": event.event,
        "account": event.account,
        "symbol": event.symbol,
        "side": event.side,
        "price": decimal_or_none(event.price, PRICE_DIGITS),
        "quantity": decimal_or_none(event.quantity, QUANTITY_DIGITS),
        "order_ref": event.order_ref,
        "cancel_of": event.cancel_of,
        "exec_ref": event.exec_ref,
        "order_type": event.order_type,
        "tif": event.tif,
        "offset": event.offset,
        "outcome": event.outcome,
        "counter": event.counter,
        "access_system": event.access_system,
        "origin": event.origin,
        "time_source": event.time_source,
        "fields": event.fields,
    }
