"""SZSE messages as business events."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.sighting import Sighting
from capture.domain.szse_orders import SzseOrders
from capture.wire.szse.layouts import CONFIRM_TYPES, LAYOUTS, NEW_ORDER_TYPES, TRADE_TYPES
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from tests.fakes import AT_NS

NEW_ORDER, CANCEL, BUSINESS_REJECT, CANCEL_REJECT = 100101, 190007, 4, 290008
CONFIRM, TRADE = 200102, 200115
PLATFORM_STATE, PLATFORM_INFO = 6, 9

Hear = Callable[..., list[Event | Problem]]


def fields(kind: int, **changes: Any) -> dict[str, Any]:
    """All fields of a message: order A1 of PBU 000100 for 000001."""
    values: dict[str, Any] = {
        field.name: "" if field.is_text else 0 for field in LAYOUTS[kind].fields
    }
    known = {
        "SubmittingPBUID": "000100",
        "ReportingPBUID": "000100",
        "SecurityID": "000001",
        "SecurityIDSource": "102",
        "ClOrdID": "A1",
        "AccountID": "0100004698",
        "TransactTime": 20251127100000250,
        "Side": "1",
        "OrdType": "2",
        "OrderQty": 20050,
        "Price": 171100,
        "TimeInForce": "0",
    }
    return values | {name: value for name, value in known.items() if name in values} | changes


@pytest.fixture
def hear() -> Hear:
    """A feed; say what it hears: hear(kind, ReportIndex=…, conn=…)."""
    orders = OrdersOfDay()
    orders.turn(AT_NS)
    feed = SzseOrders(orders, count(1).__next__)

    def heard(
        kind: int, *, conn: str = "c>s", without: str = "", **changes: Any
    ) -> list[Event | Problem]:
        direction = "up" if kind < 200_000 else "down"
        told = fields(kind, **changes)
        told.pop(without, None)
        return feed.hear(kind, told, Sighting(conn, direction, AT_NS, 7))

    return heard


def only(outcome: list[Event | Problem]) -> Event:
    (event,) = outcome
    assert isinstance(event, Event)
    return event


def told(outcome: list[Event | Problem]) -> list[str]:
    return [item.event.value if isinstance(item, Event) else item.kind.value for item in outcome]


def test_an_order_is_an_event_in_our_units(hear: Hear) -> None:
    event = only(hear(NEW_ORDER))
    assert (event.event, event.exchange, event.origin) == ("order", "SZSE", "000100")
    assert (event.account, event.symbol, event.side) == ("0100004698", "000001", "buy")
    assert (event.price, event.quantity) == (1_711_000, 200_500)  # 17.11 and 200.5
    assert (event.order_ref, event.cancel_of, event.exec_ref) == ("A1", None, None)
    assert (event.order_type, event.tif, event.offset) == ("limit", "day", None)
    assert (event.message, event.source_seq, event.dir) == (7, 1, "up")


def test_the_time_of_the_message_is_the_time_of_the_event(hear: Hear) -> None:
    event = only(hear(NEW_ORDER))
    assert (event.at_ns, event.time_ns, event.time_source) == (
        AT_NS,
        AT_NS + 250 * NS_PER_MS,
        "message",
    )
    assert event.exchange_second == AT_NS // NS_PER_SECOND


@pytest.mark.parametrize(
    ("stamp", "exchange_second"),
    [(0, None), (20251127100006000, AT_NS // NS_PER_SECOND + 6), (20259999999999999, None)],
)
def test_a_time_that_cannot_be_believed_gives_way_to_the_capture(
    hear: Hear, stamp: int, exchange_second: int | None
) -> None:
    event = only(hear(NEW_ORDER, TransactTime=stamp))
    assert (event.time_ns, event.time_source) == (AT_NS, "capture")
    assert event.exchange_second == exchange_second


@pytest.mark.parametrize(
    ("style", "order_type", "tif"),
    [
        (("0", "2", 0, 0), "limit", "day"),
        (("0", "U", 0, 0), "own_best", "day"),
        (("0", "1", 1, 0), "opposite_best", "day"),
        (("3", "1", 0, 0), "market", "ioc"),
        (("3", "1", 0, 20050), "market", "fok"),
        (("3", "1", 5, 0), "best_five", "ioc"),
        (("3", "2", 0, 20050), "limit", "fok"),
        (("9", "2", 0, 0), "limit", "at_crossing"),
        (("", "", 0, 0), None, None),
    ],
)
def test_order_styles(
    hear: Hear, style: tuple[str, str, int, int], order_type: str | None, tif: str | None
) -> None:
    names = ("TimeInForce", "OrdType", "MaxPriceLevels", "MinQty")
    event = only(hear(NEW_ORDER, **dict(zip(names, style, strict=True))))
    assert (event.order_type, event.tif) == (order_type, tif)


@pytest.mark.parametrize(
    ("side", "word"),
    [("1", "buy"), ("2", "sell"), ("G", "borrow"), ("F", "lend"), ("D", "subscribe"),
     ("E", "redeem"), ("", None), ("X", None)],
)  # fmt: skip
def test_sides(hear: Hear, side: str, word: str | None) -> None:
    assert only(hear(NEW_ORDER, Side=side)).side == word


@pytest.mark.parametrize(
    ("kind", "name", "value", "offset"),
    [
        (100101, "CashMargin", "1", None),
        (100101, "CashMargin", "2", "open"),
        (100101, "CashMargin", "3", "close"),
        (100401, "PositionEffect", "O", "open"),
        (100401, "PositionEffect", "C", "close"),
        (100401, "PositionEffect", "", None),
    ],
)
def test_offsets(hear: Hear, kind: int, name: str, value: str, offset: str | None) -> None:
    assert only(hear(kind, **{name: value})).offset == offset


@pytest.mark.parametrize(("source", "exchange"), [("101", "SSE"), ("102", "SZSE"), ("9", None)])
def test_the_source_of_the_code_is_the_exchange(
    hear: Hear, source: str, exchange: str | None
) -> None:
    assert only(hear(NEW_ORDER, SecurityIDSource=source)).exchange == exchange


def test_blank_fields_are_unknown(hear: Hear) -> None:
    event = only(hear(NEW_ORDER, AccountID="", SecurityID="", ClOrdID=""))
    assert (event.account, event.symbol, event.order_ref) == (None, None, None)


@pytest.mark.parametrize("kind", sorted(NEW_ORDER_TYPES))
def test_every_new_order_type_is_an_order(hear: Hear, kind: int) -> None:
    assert only(hear(kind)).event == "order"


@pytest.mark.parametrize("kind", sorted(CONFIRM_TYPES | TRADE_TYPES))
def test_every_report_type_is_read(hear: Hear, kind: int) -> None:
    exec_type = "F" if kind in TRADE_TYPES else "0"
    expected = "fill" if kind in TRADE_TYPES else "confirm"
    assert only(hear(kind, ExecType=exec_type)).event == expected


@pytest.mark.parametrize(
    ("exec_type", "word"), [("0", "confirm"), ("4", "cancelled"), ("8", "reject")]
)
def test_reports_on_orders(hear: Hear, exec_type: str, word: str) -> None:
    event = only(hear(CONFIRM, ExecType=exec_type, ExecID="E1", OrigClOrdID="A0"))
    assert (event.event, event.order_ref, event.cancel_of, event.exec_ref) == (
        word,
        "A1",
        "A0",
        "E1",
    )


def test_what_is_cancelled_is_what_was_not_filled(hear: Hear) -> None:
    event = only(hear(CONFIRM, ExecType="4", OrderQty=20000, CumQty=5000, LeavesQty=0))
    assert event.quantity == 150_000


def test_a_fill_has_the_price_and_quantity_of_the_trade(hear: Hear) -> None:
    event = only(hear(TRADE, ExecType="F", LastPx=170900, LastQty=10000, ExecID="E1"))
    assert (event.price, event.quantity, event.exec_ref) == (1_709_000, 100_000, "E1")


def test_a_blank_account_is_unknown_in_what_follows_too(hear: Hear) -> None:
    hear(NEW_ORDER, AccountID="")
    assert only(hear(CANCEL, ClOrdID="C1", OrigClOrdID="A1")).account is None


def test_an_unknown_execution_type_is_malformed(hear: Hear) -> None:
    assert told(hear(CONFIRM, ExecType="Z")) == ["malformed"]


@pytest.mark.parametrize(("kind", "exec_type"), [(CONFIRM, "F"), (TRADE, "0"), (TRADE, "8")])
def test_an_execution_type_of_the_other_report_is_malformed(
    hear: Hear, kind: int, exec_type: str
) -> None:
    assert told(hear(kind, ExecType=exec_type)) == ["malformed"]


def test_a_cancel_takes_its_account_from_the_order(hear: Hear) -> None:
    hear(NEW_ORDER)
    event = only(hear(CANCEL, ClOrdID="C1", OrigClOrdID="A1", OrderQty=0))
    assert (event.event, event.account) == ("cancel", "0100004698")
    assert (event.order_ref, event.cancel_of, event.quantity) == ("C1", "A1", None)


@pytest.mark.parametrize("change", [{"OrigClOrdID": "A2"}, {"SubmittingPBUID": "000200"}])
def test_a_cancel_of_an_order_that_was_not_seen_is_an_orphan(
    hear: Hear, change: dict[str, str]
) -> None:
    hear(NEW_ORDER)
    outcome = hear(CANCEL, **({"ClOrdID": "C1", "OrigClOrdID": "A1"} | change))
    assert told(outcome) == ["cancel", "orphan"]
    assert isinstance(outcome[0], Event)
    assert outcome[0].account is None


def test_a_refused_cancel_takes_its_account_from_the_order(hear: Hear) -> None:
    hear(NEW_ORDER)
    event = only(hear(CANCEL_REJECT, ClOrdID="C1", OrigClOrdID="A1"))
    assert (event.event, event.account, event.cancel_of) == ("cancel_reject", "0100004698", "A1")
    assert told(hear(CANCEL_REJECT, OrigClOrdID="A9", ReportIndex=1)) == ["cancel_reject", "orphan"]


@pytest.mark.parametrize(
    ("refused", "word"), [(NEW_ORDER, "reject"), (100401, "reject"), (CANCEL, "cancel_reject")]
)
def test_a_business_reject_is_about_the_message_it_names(
    hear: Hear, refused: int, word: str
) -> None:
    hear(NEW_ORDER)
    event = only(hear(BUSINESS_REJECT, BusinessRejectRefID="A1", RefMsgType=refused))
    assert (event.event, event.order_ref, event.account) == (word, "A1", "0100004698")
    assert (event.side, event.price) == (None, None)


def test_a_business_reject_of_a_cancel_finds_the_account_of_its_order(hear: Hear) -> None:
    hear(NEW_ORDER)
    hear(CANCEL, ClOrdID="C1", OrigClOrdID="A1")
    event = only(hear(BUSINESS_REJECT, BusinessRejectRefID="C1", RefMsgType=CANCEL))
    assert event.account == "0100004698"


def test_a_report_sent_again_after_a_reconnect_is_one_event(hear: Hear) -> None:
    report = {"ExecType": "0", "PartitionNo": 1, "ReportIndex": 5}
    assert told(hear(CONFIRM, **report)) == ["confirm"]
    assert told(hear(CONFIRM, **report)) == []
    assert told(hear(CONFIRM, **(report | {"PartitionNo": 2}))) == ["confirm"]
    assert told(hear(TRADE, **(report | {"ExecType": "F"}))) == []
    assert told(hear(CANCEL_REJECT, PartitionNo=1, ReportIndex=5)) == []


def test_platforms_have_report_indexes_of_their_own(hear: Hear) -> None:
    hear(PLATFORM_INFO, conn="a", PlatformID=1)
    hear(PLATFORM_STATE, conn="b", PlatformID=4)
    report = {"ExecType": "0", "PartitionNo": 1, "ReportIndex": 5}
    assert [told(hear(CONFIRM, conn=conn, **report)) for conn in ("a", "b", "a")] == [
        ["confirm"],
        ["confirm"],
        [],
    ]


def test_a_day_s_reports_synchronised_again_over_another_connection_are_no_events(
    hear: Hear,
) -> None:
    reports = [{"ExecType": "0", "PartitionNo": 1, "ReportIndex": index} for index in range(1, 6)]
    hear(PLATFORM_INFO, conn="10.0.0.1:5000>10.0.0.2:8016", PlatformID=1)
    for report in reports:
        assert told(hear(CONFIRM, conn="10.0.0.1:5000>10.0.0.2:8016", **report)) == ["confirm"]
    for conn in ("10.0.0.1:5001>10.0.0.2:8016", "10.0.0.1:5001>10.0.0.3:8016"):
        hear(PLATFORM_STATE, conn=conn, PlatformID=1)
        assert [told(hear(CONFIRM, conn=conn, **report)) for report in reports] == [[]] * 5


def test_reports_seen_before_their_platform_was_named_are_known_after(hear: Hear) -> None:
    """The capture began mid-stream; after a reconnect everything comes once more."""
    before, after = "10.0.0.1:5000>10.0.0.2:8016", "10.0.0.1:5001>10.0.0.2:8016"
    report = {"ExecType": "0", "PartitionNo": 1, "ReportIndex": 5}
    assert told(hear(CONFIRM, conn=before, **report)) == ["confirm"]
    hear(PLATFORM_INFO, conn=after, PlatformID=1)
    assert told(hear(CONFIRM, conn=after, **report)) == []
    assert told(hear(CONFIRM, conn=before, **report)) == []


def test_gateways_of_unknown_platforms_have_report_indexes_of_their_own(hear: Hear) -> None:
    report = {"ExecType": "0", "PartitionNo": 1, "ReportIndex": 5}
    for gateway in ("10.0.0.2:8016", "10.0.0.2:8017"):
        assert told(hear(CONFIRM, conn=f"10.0.0.1:5000>{gateway}", **report)) == ["confirm"]


def test_a_gateway_that_names_another_platform_has_its_reports_apart(hear: Hear) -> None:
    report = {"ExecType": "0", "PartitionNo": 1, "ReportIndex": 5}
    for platform in (1, 4):
        hear(PLATFORM_STATE, PlatformID=platform)
        assert told(hear(CONFIRM, **report)) == ["confirm"]


def test_reports_of_before_1_10_are_known_by_their_index_alone(hear: Hear) -> None:
    def old(kind: int, index: int, exec_type: str) -> list[str]:
        return told(hear(kind, without="PartitionNo", ReportIndex=index, ExecType=exec_type))

    assert old(CONFIRM, 1, "0") == ["confirm"]
    assert old(TRADE, 2, "F") == ["fill"]
    assert old(CONFIRM, 1, "0") == []


@pytest.mark.parametrize("kind", [1, 2, 3, 5, 6, 7, 9, 10])
def test_messages_about_the_session_are_no_events(hear: Hear, kind: int) -> None:
    assert hear(kind) == []
