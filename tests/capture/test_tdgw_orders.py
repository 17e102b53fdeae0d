"""TDGW messages as business events."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.sighting import Sighting
from capture.domain.tdgw_orders import TdgwOrders
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from tests.capture.wire.tdgw_peers import DATE, LAYOUTS, filled
from tests.fakes import AT_NS

ORDER, CANCEL = 58, 61
CONFIRM, CANCEL_REJECT, REPORT, ORDER_REJECT = 32, 59, 103, 204
HEARD_AT = 10_00_00_250_0000  # ntime of the quarter of a second after AT_NS
QUARTER_NS = 250 * NS_PER_MS
DAY_NS = 24 * 3600 * NS_PER_SECOND

Hear = Callable[..., list[Event | Problem]]


def fields(kind: int, **changes: Any) -> dict[str, Any]:
    """All fields of a message: order J1 of PBU 20001 for 600519."""
    known = {
        "Pbu": "20001",
        "SetID": 1,
        "ReportIndex": 1,
        "BizID": 100010,
        "BizPbu": "20001",
        "ClOrdID": "J1",
        "SecurityID": "600519",
        "Account": "A000000001",
        "Side": "1",
        "Price": 1_162_500,
        "OrderQty": 200_000,
        "OrdType": "2",
        "TimeInForce": "0",
        "TradeDate": DATE,
        "TransactTime": HEARD_AT,
    }
    if kind in (CANCEL, CANCEL_REJECT):
        known |= {"ClOrdID": "C1", "OrigClOrdID": "J1", "Account": "", "Side": ""}
    return filled(LAYOUTS[kind], known | changes)


@pytest.fixture
def hear() -> Hear:
    """A feed; say what it hears: hear(kind, ReportIndex=…, conn=…)."""
    orders = OrdersOfDay()
    orders.turn(AT_NS)
    feed = TdgwOrders(orders, count(1).__next__)

    def heard(
        kind: int, *, conn: str = "c>s", at_ns: int = AT_NS, **changes: Any
    ) -> list[Event | Problem]:
        direction = "up" if kind in (ORDER, CANCEL, 206) else "down"
        return feed.hear(kind, fields(kind, **changes), Sighting(conn, direction, at_ns, 7))

    return heard


def only(outcome: list[Event | Problem]) -> Event:
    (event,) = outcome
    assert isinstance(event, Event)
    return event


def told(outcome: list[Event | Problem]) -> list[str]:
    return [item.event.value if isinstance(item, Event) else item.kind.value for item in outcome]


def test_an_order_is_an_event_in_our_units(hear: Hear) -> None:
    event = only(hear(ORDER))
    assert (event.event, event.exchange, event.origin) == ("order", "SSE", "20001")
    assert (event.account, event.symbol, event.side) == ("A000000001", "600519", "buy")
    assert (event.price, event.quantity) == (1_162_500, 200_000)  # 11.625 and 200
    assert (event.order_ref, event.cancel_of, event.exec_ref) == ("J1", None, None)
    assert (event.order_type, event.tif, event.offset) == ("limit", "day", None)
    assert (event.message, event.source_seq, event.dir, event.conn) == (7, 1, "up", "c>s")
    assert event.fields == fields(ORDER)


@pytest.mark.parametrize("kind", [ORDER, CONFIRM, ORDER_REJECT])
def test_the_time_of_the_message_is_the_time_of_the_event(hear: Hear, kind: int) -> None:
    hear(ORDER)
    event = (
        only(hear(kind, TransactTime=HEARD_AT + 1, ExecType="0"))
        if kind == CONFIRM
        else only(hear(kind, TransactTime=HEARD_AT + 1))
    )
    assert (event.time_ns, event.time_source) == (AT_NS + QUARTER_NS + 100, "message")
    assert event.exchange_second == AT_NS // NS_PER_SECOND


@pytest.mark.parametrize(
    ("time", "exchange_second"),
    [
        (0, AT_NS // NS_PER_SECOND - 36_000),
        (10_00_06_000_0000, AT_NS // NS_PER_SECOND + 6),
        (24_00_00_000_0000, None),
        (10_60_00_000_0000, None),
        (2**64 - 1, None),
    ],
)
def test_a_time_that_cannot_be_believed_gives_way_to_the_capture(
    hear: Hear, time: int, exchange_second: int | None
) -> None:
    event = only(hear(ORDER, TransactTime=time))
    assert (event.time_ns, event.time_source) == (AT_NS, "capture")
    assert event.exchange_second == exchange_second


@pytest.mark.parametrize("date", [1, 20251332, 2**32 - 1, DATE - 1])
def test_a_report_of_another_date_goes_by_the_capture(hear: Hear, date: int) -> None:
    event = only(hear(CONFIRM, ExecType="0", TradeDate=date))
    assert (event.time_ns, event.time_source) == (AT_NS, "capture")


def test_requests_are_of_the_day_of_the_capture(hear: Hear) -> None:
    event = only(hear(ORDER, at_ns=AT_NS + DAY_NS))
    assert event.time_ns == AT_NS + DAY_NS + QUARTER_NS


@pytest.mark.parametrize(
    ("kind", "order_type", "tif"),
    [
        ("1", "best_five", "ioc"),
        ("2", "limit", "day"),
        ("3", "best_five", "day"),
        ("4", "own_best", "day"),
        ("5", "opposite_best", "day"),
        ("", None, "day"),
    ],
)
def test_order_types(hear: Hear, kind: str, order_type: str | None, tif: str) -> None:
    event = only(hear(ORDER, OrdType=kind))
    assert (event.order_type, event.tif) == (order_type, tif)


@pytest.mark.parametrize(
    ("tag", "side", "offset"),
    [
        ("RZ", "1", "open"), ("RZ", "2", "close"), ("RQ", "2", "open"), ("RQ", "1", "close"),
        ("PC", "1", "close"), ("PC", "2", "close"), ("XY", "1", None), ("", "1", None),
        ("RZ", "", None),
    ],
)  # fmt: skip
def test_credit_tags_open_and_close(hear: Hear, tag: str, side: str, offset: str | None) -> None:
    assert only(hear(ORDER, CreditTag=tag, Side=side)).offset == offset


@pytest.mark.parametrize(("side", "word"), [("1", "buy"), ("2", "sell"), ("", None), ("9", None)])
def test_sides(hear: Hear, side: str, word: str | None) -> None:
    assert only(hear(ORDER, Side=side)).side == word


def test_blank_fields_are_unknown(hear: Hear) -> None:
    event = only(hear(ORDER, Account="", SecurityID="", ClOrdID=""))
    assert (event.account, event.symbol, event.order_ref) == (None, None, None)


@pytest.mark.parametrize(("exec_type", "word"), [("0", "confirm"), ("8", "reject")])
def test_answers_to_orders(hear: Hear, exec_type: str, word: str) -> None:
    event = only(hear(CONFIRM, ExecType=exec_type, CxlQty=100_000))
    assert (event.event, event.order_ref, event.account) == (word, "J1", "A000000001")
    assert (event.price, event.quantity, event.cancel_of) == (1_162_500, 200_000, None)


def test_a_cancel_that_succeeded_has_the_quantity_it_took_back(hear: Hear) -> None:
    event = only(
        hear(CONFIRM, ExecType="4", ClOrdID="C1", OrigClOrdID="J1", CxlQty=150_000, Price=0)
    )
    assert (event.event, event.order_ref, event.cancel_of) == ("cancelled", "C1", "J1")
    assert (event.quantity, event.account) == (150_000, "A000000001")


def test_a_cancelled_report_without_its_order_takes_it_from_the_request(hear: Hear) -> None:
    hear(ORDER)
    hear(CANCEL)
    event = only(hear(CONFIRM, ExecType="4", ClOrdID="C1", OrigClOrdID=""))
    assert event.cancel_of == "J1"


def test_the_rest_of_a_best_five_order_is_cancelled_with_its_confirmation(hear: Hear) -> None:
    confirm, cancelled = hear(CONFIRM, ExecType="0", OrdType="1", CxlQty=50_000)
    assert isinstance(confirm, Event)
    assert isinstance(cancelled, Event)
    assert (confirm.event, confirm.quantity) == ("confirm", 200_000)
    assert (cancelled.event, cancelled.quantity, cancelled.tif) == ("cancelled", 50_000, "ioc")
    assert (cancelled.order_ref, cancelled.cancel_of) == ("J1", None)
    assert (confirm.source_seq, cancelled.source_seq) == (1, 2)


@pytest.mark.parametrize("changes", [{"OrdType": "1"}, {"OrdType": "2", "CxlQty": 50_000}])
def test_no_other_confirmation_cancels(hear: Hear, changes: dict[str, Any]) -> None:
    assert told(hear(CONFIRM, ExecType="0", **changes)) == ["confirm"]


def test_a_fill_has_the_price_and_quantity_of_the_trade(hear: Hear) -> None:
    event = only(
        hear(REPORT, ExecType="F", LastPx=1_162_400, LastQty=100_000, TrdCnfmID="0000000000000001")
    )
    assert (event.event, event.price, event.quantity) == ("fill", 1_162_400, 100_000)
    assert (event.exec_ref, event.order_ref, event.side) == ("0000000000000001", "J1", "buy")


@pytest.mark.parametrize(("kind", "exec_type"), [(CONFIRM, "F"), (CONFIRM, ""), (REPORT, "0")])
def test_an_unknown_execution_type_is_malformed_and_takes_no_index(
    hear: Hear, kind: int, exec_type: str
) -> None:
    assert told(hear(kind, ExecType=exec_type)) == ["malformed"]
    assert told(hear(CONFIRM, ExecType="0")) == ["confirm"]


def test_a_cancel_takes_its_account_from_the_order(hear: Hear) -> None:
    hear(ORDER)
    event = only(hear(CANCEL))
    assert (event.event, event.account, event.side) == ("cancel", "A000000001", None)
    assert (event.order_ref, event.cancel_of, event.quantity) == ("C1", "J1", None)


def test_a_cancel_that_states_its_account_needs_no_order(hear: Hear) -> None:
    event = only(hear(CANCEL, Account="A9", Side="2"))
    assert (event.account, event.side) == ("A9", "sell")


@pytest.mark.parametrize("change", [{"OrigClOrdID": "J2"}, {"BizPbu": "20002"}])
def test_a_cancel_of_an_order_that_was_not_seen_is_an_orphan(
    hear: Hear, change: dict[str, str]
) -> None:
    hear(ORDER)
    outcome = hear(CANCEL, **change)
    assert told(outcome) == ["cancel", "orphan"]
    assert isinstance(outcome[0], Event)
    assert outcome[0].account is None


def test_a_refused_cancel_takes_its_account_from_the_order(hear: Hear) -> None:
    hear(ORDER)
    event = only(hear(CANCEL_REJECT, CxlRejReason=2040))
    assert (event.event, event.account, event.cancel_of) == ("cancel_reject", "A000000001", "J1")
    assert told(hear(CANCEL_REJECT, OrigClOrdID="J9", ReportIndex=2)) == [
        "cancel_reject",
        "orphan",
    ]


def test_what_the_basic_check_refuses_is_told_by_the_request(hear: Hear) -> None:
    hear(ORDER)
    hear(CANCEL)
    order = only(hear(ORDER_REJECT, OrdRejReason=4012))
    assert (order.event, order.order_ref, order.account) == ("reject", "J1", "A000000001")
    cancel = only(hear(ORDER_REJECT, ClOrdID="C1", OrdRejReason=5009))
    assert (cancel.event, cancel.order_ref, cancel.cancel_of) == ("cancel_reject", "C1", "J1")
    assert cancel.account == "A000000001"
    assert told(hear(ORDER_REJECT, ClOrdID="J7")) == ["reject", "orphan"]


def test_a_refusal_has_no_index_and_comes_as_often_as_it_is_told(hear: Hear) -> None:
    hear(ORDER)
    assert [told(hear(ORDER_REJECT, OrdRejReason=11270)) for _ in range(2)] == [["reject"]] * 2


def test_a_report_sent_again_is_one_event_whatever_connection_it_comes_over(hear: Hear) -> None:
    report = {"ExecType": "0", "SetID": 2, "ReportIndex": 5}
    assert told(hear(CONFIRM, **report)) == ["confirm"]
    assert told(hear(CONFIRM, conn="other>gateway", **report)) == []
    assert told(hear(CANCEL_REJECT, SetID=2, ReportIndex=5)) == []
    assert told(hear(REPORT, **(report | {"ExecType": "F"}))) == []
    for other in ({"SetID": 3}, {"Pbu": "20002"}, {"ReportIndex": 6}):
        assert told(hear(CONFIRM, **(report | other))) == ["confirm"]


@pytest.mark.parametrize("kind", [33, 40, 41, 206, 207, 208, 209, 210, 299])
def test_messages_about_the_session_are_no_events(hear: Hear, kind: int) -> None:
    known = kind if kind in LAYOUTS else 33
    assert hear(known) == []
