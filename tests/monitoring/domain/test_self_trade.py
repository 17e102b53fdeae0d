"""Both sides of one trade in one group."""

from typing import Any

from monitoring.domain.self_trade import BY_INSTANT, BY_NUMBER, SelfTrades
from riskgw.kernel.remains import Remains
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Side
from tests.events import fill
from tests.rules import OPEN_NS


def matched(*fills: dict[str, Any]) -> list[str | None]:
    trades = SelfTrades()
    return [trades.match("G", "SSE:600000", fill(**each)) for each in fills]


SELL = {"side": Side.SELL}


def test_the_same_trade_number_on_opposite_sides_is_a_self_trade() -> None:
    assert matched({}, SELL) == [None, BY_NUMBER]


def test_the_same_side_twice_is_none() -> None:
    assert matched({}, {}) == [None, None]


def test_a_fill_is_used_once() -> None:
    assert matched({}, SELL, SELL) == [None, BY_NUMBER, None]


def test_groups_and_contracts_are_apart() -> None:
    trades = SelfTrades()
    assert trades.match("G", "SSE:600000", fill()) is None
    assert trades.match("H", "SSE:600000", fill(**SELL)) is None
    assert trades.match("G", "SSE:600001", fill(**SELL)) is None


def test_links_that_number_differently_are_matched_by_instant_price_and_quantity() -> None:
    database = {"time_source": "capture", "time_ns": OPEN_NS + 30 * NS_PER_MS, "exec_ref": "17"}
    assert matched({}, SELL | database) == [None, BY_INSTANT]


def test_another_price_quantity_or_second_is_another_trade() -> None:
    for change in ({"price": 1}, {"quantity": 1}, {"exchange_second": 1}):
        assert matched({}, SELL | {"exec_ref": "E2"} | change) == [None, None]


def test_two_exact_clocks_must_agree_to_the_millisecond() -> None:
    other = SELL | {"exec_ref": "E2", "time_ns": OPEN_NS + NS_PER_MS}
    assert matched({}, other) == [None, None]


def test_two_numbers_of_one_database_are_two_trades() -> None:
    rows = {"fields": {"cjbh": 1}, "time_source": "capture"}
    assert matched(rows, SELL | rows | {"exec_ref": "E2"}) == [None, None]


def test_lending_trades_with_nobody() -> None:
    assert matched({"side": Side.LEND}, {"side": Side.BORROW}) == [None, None]


def test_a_new_day_forgets_open_fills() -> None:
    trades = SelfTrades()
    trades.match("G", "SSE:600000", fill())
    trades.start_day(Remains())
    assert trades.match("G", "SSE:600000", fill(**SELL)) is None
