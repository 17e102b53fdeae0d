"""What counters tell of their own accord: items of the REST feeds as events and holdings."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from riskgw.kernel.decimals import (
    MONEY_DIGITS,
    PRICE_DIGITS,
    QUANTITY_DIGITS,
    DecimalTextError,
    scaled,
)
from riskgw.kernel.times import NS_PER_SECOND, trading_day
from riskgw.kernel.words import EventKind, Offset, OrderType, Side, TimeInForce
from riskgw.messages.event import FED, Event
from riskgw.messages.holdings import Funds, Position

# A batch comes after what it tells of: by so much it may lie behind what was judged meanwhile.
PATIENCE_NS = 5 * NS_PER_SECOND
# So far a counter's clock may be ahead of ours.
AHEAD_NS_MAX = 5 * NS_PER_SECOND
ITEMS_MAX = 10_000
TEXT_CHARS_MAX = 80
_NUMBER_MAX = 1 << 62


class FeedKind(StrEnum):
    """The feeds, as their addresses are called."""

    ORDERS = "orders"
    EXECUTIONS = "executions"
    QUOTES = "quotes"
    QUOTE_REQUESTS = "quote-requests"
    POSITIONS = "positions"
    FUNDS = "funds"


class ItemFault(StrEnum):
    """The closed list of what can be wrong with a field of an item."""

    REQUIRED = "required"
    UNKNOWN_FIELD = "unknown_field"
    NOT_TEXT = "not_text"
    TOO_LONG = "too_long"
    UNKNOWN_WORD = "unknown_word"
    UNKNOWN_EXCHANGE = "unknown_exchange"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NEGATIVE = "negative"
    NOT_POSITIVE = "not_positive"
    OUT_OF_RANGE = "out_of_range"
    IN_THE_FUTURE = "in_the_future"
    DAY_OVER = "day_over"
    NOT_AN_OBJECT = "not_an_object"


class ItemError(ValueError):
    """An item that is not taken: which field, and why."""

    def __init__(self, field: str, code: ItemFault) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


Item = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)

# The events of each feed; the first is meant where an item does not say which.
EVENTS: dict[FeedKind, tuple[EventKind, ...]] = {
    FeedKind.ORDERS: (EventKind.ORDER, EventKind.CANCEL),
    FeedKind.EXECUTIONS: (
        EventKind.FILL, EventKind.CONFIRM, EventKind.CANCELLED, EventKind.REJECT,
        EventKind.CANCEL_REJECT,
    ),
    FeedKind.QUOTES: (EventKind.QUOTE, EventKind.QUOTE_CANCEL),
    FeedKind.QUOTE_REQUESTS: (EventKind.QUOTE_REQUEST,),
}  # fmt: skip
_EVENT_FIELDS = frozenset(
    (
        "source_id", "event", "time_ns", "exchange", "origin", "account", "symbol", "side", "price",
        "quantity", "order_ref", "cancel_of", "exec_ref", "order_type", "tif", "offset",
        "access_system", "fields",
    )
)  # fmt: skip
_POSITION_FIELDS = frozenset(
    ("source_id", "account", "exchange", "symbol", "side", "quantity", "sellable", "cost")
)
_FUNDS_FIELDS = frozenset(
    (
        "source_id", "account", "exchange", "currency", "equity", "available", "frozen", "margin",
        "deposits", "withdrawals", "realized_pnl", "unrealized_pnl", "fees",
    )
)  # fmt: skip
# What an event cannot do without, besides its exchange and account.
_REQUIRED: dict[EventKind, tuple[str, ...]] = {
    EventKind.ORDER: ("symbol", "side", "quantity", "order_ref"),
    EventKind.CANCEL: ("cancel_of",),
    EventKind.FILL: ("symbol", "side", "price", "quantity", "order_ref"),
    EventKind.QUOTE: ("symbol", "order_ref"),
    EventKind.QUOTE_CANCEL: ("cancel_of",),
    EventKind.QUOTE_REQUEST: ("symbol",),
}
_SIDES = {"long": False, "buy": False, "short": True, "sell": True}
_EXTRA_FIELDS_MAX = 40


def source_of(counter: str) -> str:
    """What a counter's feed is called among the sources of a shard."""
    return f"counter:{counter}"


def fed_event(kind: FeedKind, item: Item, *, counter: str, at_ns: int, number: int) -> Event:
    """One item of a feed of events, heard at `at_ns`; ItemError if it cannot be taken.

    `number` rises with what a counter tells: it decides between events of the same time.
    """
    _known(item, _EVENT_FIELDS)
    kinds = EVENTS[kind]
    event = _word(item, "event", EventKind) or kinds[0]
    if event not in kinds:
        raise ItemError("event", ItemFault.UNKNOWN_WORD)
    for name in ("exchange", "account", *_REQUIRED.get(event, ())):
        if item.get(name) in (None, ""):
            raise ItemError(name, ItemFault.REQUIRED)
    is_answer = event in EVENTS[FeedKind.EXECUTIONS]
    if is_answer and not (item.get("order_ref") or item.get("cancel_of")):
        raise ItemError("order_ref", ItemFault.REQUIRED)
    source = source_of(counter)
    return Event(
        event=event,
        exchange=_text(item, "exchange"),
        origin=_text(item, "origin") or source,
        account=_text(item, "account"),
        symbol=_text(item, "symbol"),
        side=_word(item, "side", Side),
        price=_number(item, "price", PRICE_DIGITS),
        quantity=_quantity(item),
        order_ref=_text(item, "order_ref"),
        cancel_of=_text(item, "cancel_of"),
        exec_ref=_text(item, "exec_ref"),
        order_type=_word(item, "order_type", OrderType),
        tif=_word(item, "tif", TimeInForce),
        offset=_word(item, "offset", Offset),
        counter=counter,
        access_system=_text(item, "access_system"),
        at_ns=at_ns,
        time_ns=_time_ns(item, at_ns),
        time_source="message" if "time_ns" in item else "capture",
        conn=source,
        dir=FED,
        message=number,
        source_seq=number,
        fields=_fields(item),
    )


def fed_position(item: Item) -> Position:
    """One item of `positions`."""
    _known(item, _POSITION_FIELDS)
    for name in ("exchange", "account", "symbol", "quantity"):
        if item.get(name) in (None, ""):
            raise ItemError(name, ItemFault.REQUIRED)
    side = _text(item, "side") or "long"
    if side not in _SIDES:
        raise ItemError("side", ItemFault.UNKNOWN_WORD)
    _number(item, "cost", MONEY_DIGITS, is_signed=True)
    return Position(
        exchange=_text(item, "exchange") or "",
        account=_text(item, "account") or "",
        symbol=_text(item, "symbol") or "",
        quantity=_number(item, "quantity", QUANTITY_DIGITS) or 0,
        sellable=_number(item, "sellable", QUANTITY_DIGITS),
        is_short=_SIDES[side],
    )


def fed_funds(item: Item) -> Funds:
    """One item of `funds`."""
    _known(item, _FUNDS_FIELDS)
    account = _text(item, "account")
    if not account:
        raise ItemError("account", ItemFault.REQUIRED)
    for name in ("frozen", "deposits", "withdrawals", "fees"):
        _number(item, name, MONEY_DIGITS)
    for name in ("realized_pnl", "unrealized_pnl"):
        _number(item, name, MONEY_DIGITS, is_signed=True)
    return Funds(
        account=account,
        exchange=_text(item, "exchange") or "",
        available=_number(item, "available", MONEY_DIGITS, is_signed=True),
        equity=_number(item, "equity", MONEY_DIGITS, is_signed=True),
        margin=_number(item, "margin", MONEY_DIGITS),
    )


def _known(item: Item, names: frozenset[str]) -> None:
    for name in item:
        if name not in names:
            raise ItemError(name[:TEXT_CHARS_MAX], ItemFault.UNKNOWN_FIELD)


def _text(item: Item, name: str) -> str | None:
    value = item.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.isprintable():
        raise ItemError(name, ItemFault.NOT_TEXT)
    if len(value) > TEXT_CHARS_MAX:
        raise ItemError(name, ItemFault.TOO_LONG)
    return value


def _word(item: Item, name: str, words: type[Word]) -> Word | None:
    text = _text(item, name)
    if text is None:
        return None
    try:
        return words(text)
    except ValueError:
        raise ItemError(name, ItemFault.UNKNOWN_WORD) from None


def _quantity(item: Item) -> int | None:
    quantity = _number(item, "quantity", QUANTITY_DIGITS)
    if quantity == 0:
        raise ItemError("quantity", ItemFault.NOT_POSITIVE)
    return quantity


def _number(item: Item, name: str, digits: int, *, is_signed: bool = False) -> int | None:
    """Decimal text or a JSON number, whose shortest text is taken as what was meant."""
    value = item.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ItemError(name, ItemFault.NOT_A_NUMBER)
    text = str(value)
    if text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise ItemError(name, ItemFault.NOT_FINITE)
    try:
        number = scaled(text, digits)
    except DecimalTextError:
        raise ItemError(name, ItemFault.NOT_A_NUMBER) from None
    if number < 0 and not is_signed:
        raise ItemError(name, ItemFault.NEGATIVE)
    if abs(number) > _NUMBER_MAX:
        raise ItemError(name, ItemFault.OUT_OF_RANGE)
    return number


def _time_ns(item: Item, at_ns: int) -> int:
    """When it happened, by the counter; yesterday's events are no events of today."""
    value = item.get("time_ns")
    if value is None:
        return at_ns
    if isinstance(value, bool) or not isinstance(value, int):
        raise ItemError("time_ns", ItemFault.NOT_A_NUMBER)
    if value < 0:
        raise ItemError("time_ns", ItemFault.NEGATIVE)
    if value > at_ns + AHEAD_NS_MAX:
        raise ItemError("time_ns", ItemFault.IN_THE_FUTURE)
    if trading_day(value) < trading_day(at_ns):
        raise ItemError("time_ns", ItemFault.DAY_OVER)
    return value


def _fields(item: Item) -> dict[str, str]:
    """What else a counter says, as texts: only shown."""
    fields = item.get("fields") or {}
    if not isinstance(fields, Mapping) or len(fields) > _EXTRA_FIELDS_MAX:
        raise ItemError("fields", ItemFault.NOT_TEXT)
    return {
        str(name)[:TEXT_CHARS_MAX]: str(value)[:TEXT_CHARS_MAX] for name, value in fields.items()
    }
