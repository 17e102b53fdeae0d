"""Trials of the rules of programme trading."""

from collections.abc import Callable

from riskgw.kernel.words import OrderType
from tests.monitoring.catalogue.flow import (
    PENNY,
    STOCK,
    UNIT,
    Climb,
    Item,
    Listing,
    Value,
    cancelled,
    fill,
    order,
    price,
    snapshot,
)


def request(of: Listing, number: int) -> list[Item]:
    """Three milliseconds after the one before."""
    return [order(of, number * 3)]


def slow_request(of: Listing, number: int) -> list[Item]:
    return [order(of, number * 500)]


def instant_cancel(of: Listing, number: int) -> list[Item]:
    """Taken back exactly one second later."""
    sent = order(of, number * 2000)
    return [sent, cancelled(sent, 1000)]


def cancels_of(of: Listing, orders: int, cancels: int, *, is_priced: bool) -> list[Item]:
    """Without a price of their own orders have no amount."""
    kind = OrderType.LIMIT if is_priced else OrderType.OWN_BEST
    facts = {"order_type": kind, "price": price(10) if is_priced else None}
    taken_back: list[Item] = []
    for number in range(cancels):
        sent = order(of, number * 500, **facts)
        taken_back += [sent, cancelled(sent, 100)]
    return [*(order(of, 0, **facts) for _ in range(orders - cancels)), *taken_back]


def pull(
    of: Listing, number: int, *, move: int = 101, own: int = 100_001, market: int = 1_000_000,
    yuan: int = 1,
) -> list[Item]:  # fmt: skip
    """The price moves by so many 10**-4 while own fills are part of the market's volume."""
    ms = number * 200_000
    volume, last = ms * 1000 * UNIT, price(1) * (10_000 + move) // 10_000
    facts = {"previous_close": price(1)}
    return [
        fill(of, ms, price=price(1)),
        snapshot(of, ms + 1, last=price(1), volume=volume, **facts),
        snapshot(of, ms + 10_000, last=last, volume=volume + market * UNIT, **facts),
        fill(of, ms + 20_000, quantity=(own - 1) * UNIT, price=price(yuan)),
    ]


def pulls(of: Listing, episodes: int, **last: int) -> list[Item]:
    """All but the last of so many are such; that is what is asked about."""
    items = [item for number in range(episodes - 1) for item in pull(of, number)]
    return [*items, *pull(of, episodes, **last)]


def varied(code: str, level: str, episodes: int) -> list[Climb | Value]:
    """A rule of the episodes, and of what makes one."""

    def value(indicator: str, first: int, build: Callable[[int], dict[str, int]]) -> Value:
        def built(of: Listing, number: int) -> list[Item]:
            return pulls(of, episodes, **build(number))

        return Value(code, indicator, PENNY, built, {level: first})

    return [
        Climb(code, "move_1min", PENNY, pull, {level: episodes}),
        value("move_1min", 101, lambda each: {"move": each}),
        value("fills_1min", 100_001, lambda each: {"own": each, "market": 500_000}),
        value(
            "fills_1min_amount", 10_001, lambda each: {"own": each, "market": 50_000, "yuan": 100}
        ),
        value("market_1min", 200_001, lambda each: {"own": each, "market": 2_000_000}),
    ]


def unknown(of: Listing, number: int) -> list[Item]:
    return [order(of, number * 1000, is_counter_unknown=True, conn="10.1.7.1:1>10.1.9.1:2")]


TRIALS: list[Climb | Value] = [
    Climb("P01", "submissions_1s", STOCK, request, {"warn": 240, "limit": 300}),
    Climb("P01", "submissions_day", STOCK, slow_request, {"warn": 16000, "limit": 20000}),
    Climb("P02", "submissions_1s", STOCK, request, {"warn": 240, "limit": 300}),
    Climb("P03", "instant_cancels", STOCK, instant_cancel, {"warn": 401, "limit": 501}),
    Value(
        "P03", "cancelled_orders", STOCK,
        lambda of, cancels: cancels_of(of, 1200, cancels, is_priced=False),
        {"warn": 481, "limit": 601},
    ),
    Value(
        "P03", "cancelled_amount", STOCK,
        lambda of, cancels: cancels_of(of, 1200, cancels, is_priced=True),
        {"warn": 481, "limit": 601},
    ),
    Climb("P06", "account_orders_day", STOCK, slow_request, {"warn": 8000, "limit": 10000}),
    *varied("P04", "limit", 16),
    *varied("P04W", "warn", 13),
    Climb("H01", "unknown_counter_requests", STOCK, unknown, {"warn": 1, "limit": 10}),
]  # fmt: skip
