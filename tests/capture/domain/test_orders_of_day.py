"""What is remembered of a trading day's orders, and when it is forgotten."""

from collections.abc import Callable
from datetime import date

import pytest

from capture.domain.number_set import RANGES_MAX
from capture.domain.orders_of_day import OrdersOfDay
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns

THURSDAY, FRIDAY = day_start_ns(date(2025, 11, 27)), day_start_ns(date(2025, 11, 28))
HOUR = 3600 * NS_PER_SECOND


@pytest.fixture
def orders() -> OrdersOfDay:
    remembered = OrdersOfDay()
    remembered.turn(THURSDAY + 10 * HOUR)
    return remembered


def is_new(
    orders: OrdersOfDay, number: int | None, reference: str, *, is_cancel: bool = False
) -> bool:
    return orders.is_new_record("db", number, reference, is_cancel=is_cancel)


def test_the_account_of_an_order_is_known_in_its_own_numbering_only(orders: OrdersOfDay) -> None:
    orders.remember("pbu", "A1", "0100")
    assert orders.account_of("pbu", "A1") == "0100"
    assert orders.account_of("other", "A1") is None
    assert orders.account_of("pbu", "A2") is None


def test_a_report_sent_again_is_not_new(orders: OrdersOfDay) -> None:
    reports = [
        ("p", "1", 1, 5), ("p", "1", 1, 5), ("p", "1", 2, 5), ("p", "2", 1, 5), ("q", "1", 1, 5),
    ]  # fmt: skip
    assert [orders.is_new_report(*report) for report in reports] == [True, False, True, True, True]


def test_reports_of_a_gateway_become_those_of_its_platform(orders: OrdersOfDay) -> None:
    assert orders.is_new_report("p", "tgw", 1, 5)
    assert orders.is_new_report("p", "1", 1, 7)
    assert orders.is_new_report("q", "other", 1, 5)
    orders.name_platform("tgw", "1")
    orders.name_platform("nobody", "1")
    assert [orders.is_new_report("p", "1", 1, index) for index in (5, 6, 7)] == [False, True, False]
    assert not orders.is_new_report("q", "other", 1, 5)


def test_a_cancel_is_known_as_one_in_its_own_numbering_until_the_day_ends(
    orders: OrdersOfDay,
) -> None:
    orders.remember_cancel("pbu", "C1", "J1")
    assert orders.order_to_cancel("pbu", "C1") == "J1"
    assert orders.order_to_cancel("pbu", "J1") is None
    assert orders.order_to_cancel("other", "C1") is None
    orders.turn(FRIDAY + 9 * HOUR)
    assert orders.order_to_cancel("pbu", "C1") is None


def test_both_sides_of_a_trade_share_its_number(orders: OrdersOfDay) -> None:
    fills = [("db", 1001, "B"), ("db", 1001, "S"), ("db", 1001, "B"), ("db2", 1001, "B")]
    assert [orders.is_new_fill(*fill) for fill in fills] == [True, True, False, True]


def test_a_confirmation_is_known_by_its_number(orders: OrdersOfDay) -> None:
    rows = [("db", 7), ("db", 7), ("db2", 7)]
    assert [orders.is_new_confirmation(*row) for row in rows] == [True, False, True]


def test_the_same_record_again_is_not_new(orders: OrdersOfDay) -> None:
    assert [is_new(orders, 1, "J1"), is_new(orders, 1, "J1"), is_new(orders, 2, "J2")] == [
        True,
        False,
        True,
    ]


def test_the_same_number_with_another_reference_is_another_order(orders: OrdersOfDay) -> None:
    assert [is_new(orders, 42, "J1"), is_new(orders, 42, "J2"), is_new(orders, 42, "J1")] == [
        True,
        True,
        False,
    ]
    assert orders.reference_of("db", 42) is None


def test_the_same_reference_with_another_number_is_another_order(orders: OrdersOfDay) -> None:
    found = [is_new(orders, number, "J1") for number in (1, 2, 3, 2, 1, 3)]
    assert found == [True, True, True, False, False, False]


def test_an_order_without_a_number_is_known_by_its_reference(orders: OrdersOfDay) -> None:
    assert [is_new(orders, None, "J1"), is_new(orders, None, "J1")] == [True, False]
    assert is_new(orders, None, "J1", is_cancel=True)


def test_an_order_that_gets_its_number_later_is_the_same(orders: OrdersOfDay) -> None:
    assert [is_new(orders, None, "J1"), is_new(orders, 5, "J1"), is_new(orders, 5, "J1")] == [
        True,
        False,
        False,
    ]
    assert orders.reference_of("db", 5) == "J1"


def test_an_order_with_a_number_seen_again_without_is_the_same(orders: OrdersOfDay) -> None:
    assert [is_new(orders, 5, "J1"), is_new(orders, None, "J1")] == [True, False]


def test_the_reference_behind_a_number(orders: OrdersOfDay) -> None:
    is_new(orders, 1, "J1")
    assert orders.reference_of("db", 1) == "J1"
    assert orders.reference_of("db", 2) is None
    assert orders.reference_of("db2", 1) is None


def test_within_a_trading_day_everything_is_remembered(orders: OrdersOfDay) -> None:
    is_new(orders, 1, "J1")
    orders.turn(THURSDAY + 15 * HOUR)
    assert not is_new(orders, 1, "J1")


@pytest.mark.parametrize("at_ns", [THURSDAY + 21 * HOUR, FRIDAY + 9 * HOUR])
def test_a_new_trading_day_begins_with_its_night_session(orders: OrdersOfDay, at_ns: int) -> None:
    orders.remember("pbu", "A1", "0100")
    is_new(orders, 1, "J1")
    orders.is_new_report("p", "1", 1, 5)
    orders.turn(at_ns)
    assert orders.day == date(2025, 11, 28)
    assert orders.account_of("pbu", "A1") is None
    assert is_new(orders, 1, "J1")
    assert orders.is_new_report("p", "1", 1, 5)


FEW = 3


@pytest.fixture
def short_of_room() -> OrdersOfDay:
    remembered = OrdersOfDay(FEW)
    remembered.turn(THURSDAY + 10 * HOUR)
    return remembered


def orders_and_cancels(orders: OrdersOfDay, number: int) -> None:
    orders.remember("pbu", f"A{number}", "0100")
    orders.remember_cancel("pbu", f"C{number}", f"A{number}")


def records(orders: OrdersOfDay, number: int) -> None:
    assert is_new(orders, number, f"J{number}")


def records_of_one_reference(orders: OrdersOfDay, number: int) -> None:
    assert is_new(orders, number, "J1")


def references_without_number(orders: OrdersOfDay, number: int) -> None:
    assert is_new(orders, None, f"J{number}")


def report_series(orders: OrdersOfDay, number: int) -> None:
    assert orders.is_new_report("p", "1", number, 5)


def fill_series(orders: OrdersOfDay, number: int) -> None:
    assert orders.is_new_fill(f"db{number}", 1, "B")


def confirmation_series(orders: OrdersOfDay, number: int) -> None:
    assert orders.is_new_confirmation(f"db{number}", 1)


@pytest.mark.parametrize(
    "come",
    [
        orders_and_cancels, records, records_of_one_reference, references_without_number,
        report_series, fill_series, confirmation_series,
    ],
)  # fmt: skip
def test_what_is_remembered_is_bounded_and_that_it_is_full_is_said_once_a_day(
    short_of_room: OrdersOfDay, come: Callable[[OrdersOfDay, int], None]
) -> None:
    orders = short_of_room
    for number in range(FEW):
        come(orders, number + 1)
    assert (orders.is_full, orders.told_full()) == (False, [])
    for number in range(FEW, 10 * FEW):
        come(orders, number + 1)
    (told,) = orders.told_full()
    assert (told.kind.value, orders.told_full()) == ("limit", [])
    assert max(len(kept) for kept in vars(orders).values() if isinstance(kept, dict | set)) <= FEW
    orders.turn(FRIDAY + 10 * HOUR)
    assert (orders.is_full, orders.told_full()) == (False, [])


def test_reports_with_holes_without_end_are_bounded_too(orders: OrdersOfDay) -> None:
    for index in range(0, 2 * RANGES_MAX, 2):
        assert orders.is_new_report("p", "1", 1, index)
    assert orders.told_full() == []
    assert orders.is_new_report("p", "1", 1, 3 * RANGES_MAX)
    assert [told.kind.value for told in orders.told_full()] == ["limit"]
    assert not orders.is_new_report("p", "1", 1, 4)
    assert orders.is_new_report("p", "1", 1, 5)
