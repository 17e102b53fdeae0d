"""What counters tell by REST: items as events, positions and funds, or why they are not taken."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Offset, Side
from riskgw.messages.counter_feed import (
    AHEAD_NS_MAX,
    EVENTS,
    FeedKind,
    ItemError,
    ItemFault,
    fed_event,
    fed_funds,
    fed_position,
)
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds, Position
from tests.rules import OPEN_NS

DAY_NS = 24 * 3600 * NS_PER_SECOND
ORDER: dict[str, Any] = {
    "source_id": "1", "exchange": "CFFEX", "account": "F1", "symbol": "IF2612", "side": "sell",
    "offset": "open", "price": "4012.4", "quantity": "2", "order_ref": "R1",
}  # fmt: skip


def taken(kind: FeedKind = FeedKind.ORDERS, **changes: Any) -> Event:
    return fed_event(kind, ORDER | changes, counter="CTP", at_ns=OPEN_NS, number=7)


def test_an_order_is_an_event_of_its_counter() -> None:
    event = taken(time_ns=OPEN_NS - 1)
    assert (event.event, event.exchange, event.account) == (EventKind.ORDER, "CFFEX", "F1")
    assert (event.side, event.offset) == (Side.SELL, Offset.OPEN)
    assert (event.price, event.quantity) == (401_240_000, 2_000)
    assert (event.time_ns, event.at_ns, event.source_seq) == (OPEN_NS - 1, OPEN_NS, 7)
    assert (event.counter, event.conn, event.origin) == ("CTP", "counter:CTP", "counter:CTP")
    assert event.is_fed


def test_what_it_says_of_its_origin_names_the_same_order_as_the_mirrored_link() -> None:
    assert taken(origin="000100").origin == "000100"


def test_each_feed_has_its_events() -> None:
    assert taken(event="cancel", cancel_of="R1").event is EventKind.CANCEL
    assert taken(FeedKind.EXECUTIONS).event is EventKind.FILL
    assert taken(FeedKind.QUOTES).event is EventKind.QUOTE
    assert taken(FeedKind.QUOTE_REQUESTS).event is EventKind.QUOTE_REQUEST


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"event": "fill"}, "event", ItemFault.UNKNOWN_WORD),
        ({"side": "hold"}, "side", ItemFault.UNKNOWN_WORD),
        ({"side": 1}, "side", ItemFault.NOT_TEXT),
        ({"account": ""}, "account", ItemFault.REQUIRED),
        ({"quantity": None}, "quantity", ItemFault.REQUIRED),
        ({"quantity": "0"}, "quantity", ItemFault.NOT_POSITIVE),
        ({"quantity": -1}, "quantity", ItemFault.NEGATIVE),
        ({"price": float("nan")}, "price", ItemFault.NOT_FINITE),
        ({"price": "Infinity"}, "price", ItemFault.NOT_FINITE),
        ({"price": "1e5"}, "price", ItemFault.NOT_A_NUMBER),
        ({"price": True}, "price", ItemFault.NOT_A_NUMBER),
        ({"price": "9" * 25}, "price", ItemFault.OUT_OF_RANGE),
        ({"symbol": "I" * 81}, "symbol", ItemFault.TOO_LONG),
        ({"symbol": "\0"}, "symbol", ItemFault.NOT_TEXT),
        ({"event": "cancel"}, "cancel_of", ItemFault.REQUIRED),
        ({"time_ns": OPEN_NS + AHEAD_NS_MAX + 1}, "time_ns", ItemFault.IN_THE_FUTURE),
        ({"time_ns": OPEN_NS - 3 * DAY_NS}, "time_ns", ItemFault.DAY_OVER),
        ({"time_ns": "now"}, "time_ns", ItemFault.NOT_A_NUMBER),
        ({"qty": "2"}, "qty", ItemFault.UNKNOWN_FIELD),
        ({"fields": "x"}, "fields", ItemFault.NOT_TEXT),
    ],
)
def test_an_item_that_is_not_taken_says_which_field_and_why(
    changes: dict[str, Any], field: str, code: ItemFault
) -> None:
    with pytest.raises(ItemError) as raised:
        taken(**changes)
    assert (raised.value.field, raised.value.code) == (field, code)


def test_a_number_of_json_is_taken_as_it_was_written() -> None:
    assert taken(price=4012.4, quantity=2).price == 401_240_000


def test_positions_are_long_or_short() -> None:
    item = {"account": "F1", "exchange": "CFFEX", "symbol": "IF2612", "quantity": "3"}
    assert fed_position(item) == Position("CFFEX", "F1", "IF2612", 3_000)
    short = fed_position(item | {"side": "short", "sellable": "1", "cost": "-4000.2"})
    assert short == Position("CFFEX", "F1", "IF2612", 3_000, 1_000, is_short=True)
    with pytest.raises(ItemError):
        fed_position(item | {"side": "up"})


def test_funds_may_be_negative_where_money_is_owed() -> None:
    item = {"account": "F1", "currency": "CNY", "available": "-1.5", "equity": "10", "margin": "3"}
    assert fed_funds(item) == Funds("F1", "", -150_000, 1_000_000, 300_000)
    with pytest.raises(ItemError):
        fed_funds({"account": "F1", "margin": "-3"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.sampled_from(list(EVENTS)), st.sampled_from([*ORDER, "time_ns", "tif", "fields"]), JSON)
def test_no_value_raises_anything_else(kind: FeedKind, field: str, value: Any) -> None:
    for take in (fed_funds, fed_position, lambda item: _fed(kind, item)):
        try:
            take(ORDER | {field: value})
        except ItemError as error:
            code = error.code
            assert code in ItemFault


def _fed(kind: FeedKind, item: Mapping[str, Any]) -> Event:
    return fed_event(kind, item, counter="CTP", at_ns=OPEN_NS, number=1)
