"""Trials of the rules that an order is asked about before it leaves."""

from functools import partial
from typing import Any

from riskgw.kernel.words import EventKind
from riskgw.messages.counter_feed import fed_funds, fed_position
from tests.monitoring.catalogue.flow import (
    BUY,
    SELL,
    STOCK,
    UNIT,
    Climb,
    Item,
    Listing,
    Value,
    answer,
    fill,
    listing,
    order,
    price,
    snapshot,
)

RESTRICTED = listing("SSE", "600006", pool="restricted")
BANNED = listing("SSE", "600007", pool="banned")


def sized(of: Listing, shares: int, **facts: Any) -> list[Item]:
    return [order(of, quantity=shares * UNIT, **facts)]


def off_last(of: Listing, step: int) -> list[Item]:
    """10 and so many hundredths of a percent."""
    return [snapshot(of), order(of, 1, price=price(10) + step * 100)]


def orders(of: Listing, number: int) -> list[Item]:
    """The last of so many within ten seconds, or within a day."""
    return [order(of, place // 4) for place in range(number)]


def cancels(of: Listing, number: int) -> list[Item]:
    sent = order(of)
    taken_back = [answer(EventKind.CANCEL, sent, place // 4) for place in range(number)]
    return [*taken_back, order(of, 9000)]


def same_order(of: Listing, number: int) -> list[Item]:
    """Within the minute in which there is a check, one after another."""
    return [order(of, number)]


def one_order(of: Listing, number: int) -> list[Item]:
    return [order(of, number)]


def one_cancel(of: Listing, number: int) -> list[Item]:
    return [answer(EventKind.CANCEL, order(of), number)]


def one_trade(of: Listing, number: int) -> list[Item]:
    return [fill(of, number * 2000)]


def permission(of: Listing, missing: int) -> list[Item]:
    return [order(of, account="P", side=SELL if missing else BUY)]


def funds(of: Listing, amount: int) -> list[Item]:
    """A purchase for so much, of 1,000 available."""
    told = fed_funds({"account": "A", "available": "1000"})
    return [told, order(of, price=price(1), quantity=amount * UNIT)]


def no_funds(of: Listing, short: int) -> list[Item]:
    told = fed_funds({"account": "A", "available": str(1 - short)})
    return [told, order(of, price=price(1), quantity=UNIT)]


def holding(of: Listing, sellable: int) -> Item:
    facts = {"account": "A", "exchange": of.exchange, "symbol": of.symbol, "quantity": "5000"}
    return fed_position(facts | {"sellable": str(sellable)})


def sale(of: Listing, shares: int) -> list[Item]:
    return [holding(of, 1000), order(of, side=SELL, quantity=shares * UNIT)]


def nothing_to_sell(of: Listing, short: int) -> list[Item]:
    return [holding(of, max(0, 1 - short)), order(of, side=SELL)]


def pooled(of: Listing, buys: int) -> list[Item]:
    """Selling is let through."""
    return [order(of, side=BUY if buys else SELL)]


def off_tick(of: Listing, mills: int) -> list[Item]:
    return [order(of, price=price(10) + mills * 100, quantity=100 * UNIT)]


def off_lot(of: Listing, shares: int) -> list[Item]:
    return [order(of, quantity=(100 + shares) * UNIT)]


def _both(name: str, code: str, of: Listing, build: Any, told: tuple[int, int]) -> Value:
    warn, limit = told
    return Value(code, name, of, build, {"warn": warn, "limit": limit})


TRIALS: list[Climb | Value] = [
    _both("order_quantity", "T01", STOCK, sized, (800_001, 1_000_001)),
    _both("order_amount", "T02", STOCK, sized, (80_001, 100_001)),
    _both("off_last", "T03", STOCK, off_last, (301, 501)),
    _both("orders_10s", "T04", STOCK, orders, (17, 21)),
    _both("cancels_10s", "T04", STOCK, cancels, (17, 21)),
    _both("order_quantity", "T06", STOCK, partial(sized, price=price(1)), (800_001, 1_000_001)),
    _both("order_amount", "T06", STOCK, partial(sized, price=price(1000)), (40_001, 50_001)),
    _both("off_last", "T06", STOCK, off_last, (301, 501)),
    Climb("T05", "same_orders", STOCK, same_order, {"warn": 8, "limit": 10}),
    Value("T07", "without_permission", STOCK, permission, {"limit": 1}),
    Value("T08", "opening_amount", STOCK, funds, {"limit": 1001}),
    Value("T08", "funds_available", STOCK, no_funds, {"limit": 1}),
    Value("T09", "selling", STOCK, sale, {"limit": 1001}),
    Value("T09", "sellable", STOCK, nothing_to_sell, {"limit": 1}),
    Value("T10", "restricted_pool", RESTRICTED, pooled, {"warn": 1}),
    Value("T10", "banned_pool", BANNED, pooled, {"limit": 1}),
    Value("T11", "off_tick", STOCK, off_tick, {"limit": 1}),
    Value("T11", "off_tick", STOCK, off_lot, {"limit": 1}),
    *(
        Climb(code, f"daily_{what}_{by}", STOCK, step, {"warn": warn, "limit": limit})
        for code, by, size in (("T13", "account", 10), ("T13C", "contract", 1))
        for what, step, warn, limit in (
            ("orders", one_order, 1600 * size, 2000 * size),  # and the one that is asked about
            ("cancels", one_cancel, 800 * size + 1, 1000 * size + 1),
            ("trades", one_trade, 800 * size + 1, 1000 * size + 1),
        )
    ),
]  # fmt: skip
