"""Rows of the Shanghai tables as business events."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.shanghai import COLUMNS, ShanghaiOrders, Table, TableNames, table_with
from capture.domain.sighting import Sighting
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.codec import json_line
from riskgw.messages.event import Event, event_line
from riskgw.messages.problem import Problem
from tests.fakes import AT_NS

ORDER = {
    "rec_num": 1, "date": "20251127", "time": "10:00:00", "reff": "J000000001",
    "acc": "A645078961", "stock": "600519", "bs": "B", "price": "11.625", "qty": "200",
    "status": "R", "owflag": "LPT", "ordrec": "0",
}  # fmt: skip
CANCEL = ORDER | {"rec_num": 2, "reff": "J000000002", "owflag": "WTH", "ordrec": "1"}
CONFIRMATION = ORDER | {"status": "O", "qty2": None, "remark": " "}
FILL = {
    "gddm": "A645078961", "gdxm": "2", "bcrq": "20251127", "cjbh": 1001, "cjsl": "200",
    "zqdm": "600519", "cjsj": "100001", "cjjg": "11.625", "sqbh": "J000000001", "bs": "B",
}  # fmt: skip

Outcome = list[Event | Problem]
See = Callable[..., Outcome]


def seeing() -> See:
    """A feed; say what it sees: see(table, row, price=…)."""
    orders = OrdersOfDay()
    orders.turn(AT_NS)
    feed = ShanghaiOrders(orders, count(1).__next__)

    def see(table: Table, row: dict[str, Any], origin: str = "oiw", **changes: Any) -> Outcome:
        sighting = Sighting("c>s", "up", AT_NS, 7)
        return feed.row(table, row | changes, origin, sighting, "accepted")

    return see


@pytest.fixture
def see() -> See:
    return seeing()


def only(outcome: Outcome) -> Event:
    (event,) = outcome
    assert isinstance(event, Event)
    return event


def told(outcome: Outcome) -> list[str]:
    return [item.event.value if isinstance(item, Event) else item.kind.value for item in outcome]


def test_an_order_row_is_an_order(see: See) -> None:
    event = only(see(Table.ORDERS, ORDER))
    assert (event.event, event.exchange, event.origin) == ("order", "SSE", "oiw")
    assert (event.account, event.symbol, event.side) == ("A645078961", "600519", "buy")
    assert (event.price, event.quantity) == (1_162_500, 200_000)
    assert (event.order_ref, event.cancel_of, event.outcome) == ("J000000001", None, "accepted")
    assert (event.time_ns, event.time_source) == (AT_NS, "capture")
    assert event.fields == ORDER


def test_padding_is_no_part_of_a_value(see: See) -> None:
    padded = {name: f"{value}   " for name, value in ORDER.items()}
    event = only(see(Table.ORDERS, padded))
    assert (event.order_ref, event.price, event.side) == ("J000000001", 1_162_500, "buy")


@pytest.mark.parametrize(
    ("flag", "order_type", "tif", "offset"),
    [
        ("LPT", "limit", "day", None),
        ("lpt", "limit", "day", None),
        ("ORD", "limit", "day", None),
        ("MPT", "best_five", "ioc", None),
        ("NPT", "best_five", "day", None),
        ("BPT", "own_best", "day", None),
        ("CPT", "opposite_best", "day", None),
        ("LXY", "limit", "day", None),
        ("LRZ", "limit", "day", "open"),
        ("LRQ", "limit", "day", "close"),
        ("MPC", "best_five", "ioc", "close"),
        ("", None, None, None),
        ("XPT", None, None, None),
    ],
)
def test_flags_of_a_buy(
    see: See, flag: str, order_type: str | None, tif: str | None, offset: str | None
) -> None:
    event = only(see(Table.ORDERS, ORDER, owflag=flag))
    assert (event.order_type, event.tif, event.offset) == (order_type, tif, offset)


@pytest.mark.parametrize(
    ("flag", "offset"), [("LRZ", "close"), ("LRQ", "open"), ("LPC", "close"), ("LXY", None)]
)
def test_flags_of_a_sell(see: See, flag: str, offset: str | None) -> None:
    event = only(see(Table.ORDERS, ORDER, owflag=flag, bs="S"))
    assert (event.side, event.offset) == ("sell", offset)


@pytest.mark.parametrize(
    ("letter", "side"), [("B", "buy"), ("b", "buy"), ("S", "sell"), ("s", "sell"), ("?", None)]
)
def test_sides(see: See, letter: str, side: str | None) -> None:
    assert only(see(Table.ORDERS, ORDER, bs=letter)).side == side


def test_a_filler_is_no_order(see: See) -> None:
    assert see(Table.ORDERS, ORDER, reff=" ", acc=None, stock="") == []


def test_an_order_is_counted_once(see: See) -> None:
    assert told(see(Table.ORDERS, ORDER) + see(Table.ORDERS, ORDER, status="P")) == ["order"]


@pytest.mark.parametrize(
    "number", [None, "", "0", 0, "abc", "1.5", "-3", "²", pytest.param("9" * 5000, id="long")]
)
def test_an_order_without_a_trustworthy_number_is_known_by_its_reference(
    see: See, number: Any
) -> None:
    outcome = see(Table.ORDERS, ORDER, rec_num=number) + see(Table.ORDERS, ORDER, rec_num=None)
    assert told(outcome) == ["order"]


def test_a_cancel_names_its_order(see: See) -> None:
    see(Table.ORDERS, ORDER)
    event = only(see(Table.ORDERS, CANCEL))
    assert (event.event, event.order_ref, event.cancel_of) == (
        "cancel",
        "J000000002",
        "J000000001",
    )
    assert (event.order_type, event.tif) == (None, None)


@pytest.mark.parametrize("order", ["9", "", None, "0"])
def test_a_cancel_of_an_order_that_was_not_seen_is_an_orphan(see: See, order: str | None) -> None:
    see(Table.ORDERS, ORDER)
    assert told(see(Table.ORDERS, CANCEL, ordrec=order)) == ["cancel", "orphan"]


def test_a_number_that_several_orders_claim_names_none(see: See) -> None:
    see(Table.ORDERS, ORDER)
    see(Table.ORDERS, ORDER, reff="J000000009")
    assert told(see(Table.ORDERS, CANCEL)) == ["cancel", "orphan"]


@pytest.mark.parametrize(
    ("status", "word"), [("O", "confirm"), ("o", "confirm"), ("F", "reject"), ("E", "reject")]
)
def test_confirmations_of_orders(see: See, status: str, word: str) -> None:
    event = only(see(Table.CONFIRMATIONS, CONFIRMATION, status=status))
    assert (event.event, event.order_ref, event.quantity) == (word, "J000000001", 200_000)


@pytest.mark.parametrize(
    ("status", "word"), [("W", "cancelled"), ("F", "cancel_reject"), ("E", "cancel_reject")]
)
def test_confirmations_of_cancels(see: See, status: str, word: str) -> None:
    see(Table.ORDERS, ORDER)
    row = CONFIRMATION | CANCEL | {"status": status, "qty2": "150"}
    event = only(see(Table.CONFIRMATIONS, row))
    assert (event.event, event.cancel_of) == (word, "J000000001")
    assert event.quantity == (150_000 if word == "cancelled" else 200_000)


@pytest.mark.parametrize(("rest", "word"), [("0", "confirm"), ("50", "cancelled")])
def test_a_best_five_order_is_cancelled_only_for_its_rest(see: See, rest: str, word: str) -> None:
    row = CONFIRMATION | {"status": "W", "owflag": "MPT", "qty2": rest}
    assert only(see(Table.CONFIRMATIONS, row)).event == word


@pytest.mark.parametrize("status", ["?", "", None])
def test_other_states_are_no_events(see: See, status: str | None) -> None:
    assert see(Table.CONFIRMATIONS, CONFIRMATION, status=status) == []


def test_a_confirmation_is_counted_once(see: See) -> None:
    outcome = see(Table.CONFIRMATIONS, CONFIRMATION) + see(Table.CONFIRMATIONS, CONFIRMATION)
    assert told(outcome) == ["confirm"]
    assert told(see(Table.CONFIRMATIONS, CONFIRMATION, origin="other")) == ["confirm"]


def test_a_fill_has_its_number_price_and_second(see: See) -> None:
    event = only(see(Table.FILLS, FILL))
    assert (event.event, event.account, event.symbol) == ("fill", "A645078961", "600519")
    assert (event.price, event.quantity, event.exec_ref) == (1_162_500, 200_000, "1001")
    assert event.order_ref == "J000000001"
    assert event.exchange_second == AT_NS // NS_PER_SECOND + 1


def test_both_sides_of_a_trade_are_fills_and_each_is_counted_once(see: See) -> None:
    outcome = [*see(Table.FILLS, FILL), *see(Table.FILLS, FILL, bs="S"), *see(Table.FILLS, FILL)]
    assert told(outcome) == ["fill", "fill"]


@pytest.mark.parametrize("dummy", [{"gddm": " "}, {"gddm": None}, {"cjbh": None}, {"cjbh": 0}])
def test_dummy_fills_of_disaster_recovery_are_ignored(see: See, dummy: dict[str, Any]) -> None:
    assert see(Table.FILLS, FILL, **dummy) == []


@pytest.mark.parametrize("day", ["", "2025112", "20251340", "²0251127", None])
def test_a_fill_on_no_day_has_no_second(see: See, day: str | None) -> None:
    assert only(see(Table.FILLS, FILL, bcrq=day)).exchange_second is None


@pytest.mark.parametrize(
    ("table", "row", "change"),
    [
        (Table.ORDERS, ORDER, {"price": "1,5"}),
        (Table.ORDERS, ORDER, {"qty": "200 shares"}),
        (Table.ORDERS, ORDER, {"price": "1.1234567"}),
        (Table.CONFIRMATIONS, CONFIRMATION, {"status": "W", "qty2": "x"}),
        (Table.FILLS, FILL, {"cjjg": "-"}),
    ],
)
def test_a_row_with_a_number_that_is_none_is_malformed(
    see: See, table: Table, row: dict[str, Any], change: dict[str, str]
) -> None:
    assert told(see(table, row, **change)) == ["malformed"]


@pytest.mark.parametrize(
    ("name", "table"),
    [
        (("ordwth",), Table.ORDERS),
        (("oiw", "dbo", "ashare_ordwth"), Table.ORDERS),
        (("ashare_ordwth_cancel",), Table.ORDERS),
        (("oiw01", "", "ashare_ordwth2"), Table.CONFIRMATIONS),
        (("dbo", "cjhb"), Table.FILLS),
        (("xordwth",), None),
        (("ordwth_history",), None),
        (("ordwth", "other"), None),
        ((), None),
    ],
)
def test_tables_are_known_by_name(name: tuple[str, ...], table: Table | None) -> None:
    assert TableNames().table_of(name, "oiw") is table


@pytest.mark.parametrize("table", Table)
def test_tables_are_known_by_their_columns(table: Table) -> None:
    assert table_with(frozenset(COLUMNS[table])) is table
    assert table_with(frozenset(COLUMNS[table]) | {"xh"}) is table


def test_other_columns_are_no_table() -> None:
    assert table_with(frozenset(("rec_num", "reff", "acc"))) is None
    assert table_with(frozenset()) is None


cells = st.none() | st.integers() | st.text(max_size=12) | st.floats() | st.booleans()
digits = st.text(alphabet="0123456789", max_size=5000)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(list(Table)).flatmap(
        lambda table: st.tuples(
            st.just(table),
            st.dictionaries(st.sampled_from(COLUMNS[table]), cells | digits),
        )
    )
)
def test_no_row_is_so_strange_that_reading_it_raises(case: tuple[Table, dict[str, Any]]) -> None:
    table, changes = case
    example = {Table.ORDERS: ORDER, Table.CONFIRMATIONS: CONFIRMATION, Table.FILLS: FILL}[table]
    for item in seeing()(table, example, **changes):
        if isinstance(item, Event):
            json_line(event_line(item, 1))
