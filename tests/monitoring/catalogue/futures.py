"""Trials of the futures rules."""

from collections.abc import Iterable
from functools import partial

from riskgw.kernel.words import EventKind, Offset, TimeInForce
from riskgw.messages.counter_feed import fed_funds, fed_position
from tests.monitoring.catalogue.flow import (
    BUY,
    COPPER,
    IF,
    SELL,
    UNIT,
    Climb,
    Item,
    Listing,
    Value,
    answer,
    cancelled,
    fill,
    listing,
    order,
    price,
)

SUGAR = listing("CZCE", "SR605", kind="SR", high_limit="11", low_limit="9")
MEAL = listing("DCE", "m2605", kind="m", order_quantity_max="1000")
CORN = listing("DCE", "c2605", kind="c")
PALM = listing("DCE", "p2605", kind="p")
GAS = listing("DCE", "pg2605", kind="pg")


def self_trade(of: Listing, number: int) -> list[Item]:
    """A buys of B, two accounts of one group."""
    ms = number * 2000
    facts = {"exec_ref": f"S{number}", "quantity": (number + 1) * UNIT}
    return [
        fill(of, ms, account="B", side=SELL, **facts),
        fill(of, ms, account="A", side=BUY, **facts),
    ]


def cancel(of: Listing, number: int, lots: int = 1, account: str = "") -> list[Item]:
    """By turns of A and B, who are one group."""
    name = account or "AB"[number % 2]
    sent = order(of, number * 100, account=name, quantity=lots * UNIT)
    return [sent, cancelled(sent, 50)]


def limit_cancel(of: Listing, number: int) -> list[Item]:
    sent = order(of, number * 100, price=price(11))
    return [sent, cancelled(sent, 50)]


def opened(of: Listing, lots: int) -> list[Item]:
    """All but one lot bought by A, the last sold by B: both open."""
    first = fill(of, 0, quantity=(lots - 1) * UNIT, offset=Offset.OPEN)
    last = fill(of, 1, account="B", side=SELL, offset=Offset.OPEN)
    return [first, last]


def request(of: Listing, number: int) -> list[Item]:
    return [order(of, number * 100)]


def unmatched_fak(of: Listing, number: int) -> list[Item]:
    sent = order(of, number * 10, tif=TimeInForce.IOC, account="AB"[number % 2])
    return [sent, cancelled(sent, 1)]


def ratio(of: Listing, units: int) -> list[Item]:
    """2,000 orders trade; so many units in all."""
    traded = [order(of, number) for number in range(2000)]
    items: list[Item] = []
    for each in traded:
        items += [each, answer(EventKind.FILL, each, 0)]
    return items + [order(of, 3000 + number) for number in range(units - 2000)]


def episode(of: Listing, number: int) -> list[Item]:
    """Ten requests within a second, one of them a cancel, then quiet."""
    ms = number * 5000
    sent = [order(of, ms + place * 100, account="AB"[place % 2]) for place in range(9)]
    return [*sent, order(of, ms + 950, account="B")]


def cancels_of(of: Listing, orders: int, cancels: int) -> list[Item]:
    sent = [order(of, number) for number in range(orders)]
    return [*sent, *(cancelled(each, 5000 + place) for place, each in enumerate(sent[:cancels]))]


def sized(of: Listing, lots: int) -> list[Item]:
    return [order(of, quantity=lots * UNIT)]


def margin(of: Listing, percent: int) -> list[Item]:
    funds = fed_funds({"account": "A", "equity": "1000", "margin": str(percent * 10)})
    return [funds, order(of)]


def live(of: Listing, orders: int) -> Iterable[Item]:
    """Also those of which a part was traded; not those that are over."""
    over = order(of)
    yield over
    yield cancelled(over, 1)
    for number in range(orders):
        yield order(of, 10 + number, quantity=2 * UNIT)


def position(of: Listing, account: str, lots: int) -> Item:
    facts = {"account": account, "exchange": of.exchange, "symbol": of.symbol}
    return fed_position(facts | {"quantity": str(lots)})


def held(of: Listing, lots: int) -> list[Item]:
    """Two lots of them are bought only now."""
    first, last = (fill(of, ms, offset=Offset.OPEN) for ms in (0, 1))
    return [position(of, "A", lots - 2), first, last]


def held_by_two(of: Listing, lots: int) -> list[Item]:
    return [position(of, "A", lots - 400), position(of, "B", 400), order(of)]


def burst(of: Listing, number: int, kind: EventKind = EventKind.ORDER) -> list[Item]:
    """Within a second, over one access system."""
    sent = [order(of, place * 30, access_system="X") for place in range(number)]
    if kind is EventKind.ORDER:
        return list(sent)
    return [answer(kind, each, 1, access_system="X") for each in sent]


def traded(of: Listing, lots: int, *, left: int) -> list[Item]:
    """So many sold of a position of which something is left."""
    sold = {"side": SELL, "offset": Offset.CLOSE}
    return [
        position(of, "A", lots + left),
        fill(of, 0, quantity=(lots - 1) * UNIT, **sold),
        fill(of, 1, **sold),
    ]


TRIALS: list[Climb | Value] = [
    Climb("F01", "self_trades", COPPER, self_trade, {"warn": 3, "restrict": 4, "limit": 5}),
    Climb("F02", "cancels", COPPER, cancel, {"warn": 400, "restrict": 480, "limit": 500}),
    *(
        Climb(
            "F02", "cancels", listing("CFFEX", f"{name}2612", kind=name), cancel,
            {"warn": 320, "restrict": 384, "limit": 400},
        )
        for name in ("IF", "IH", "IC", "IM")
    ),
    Climb(
        "F03", "large_cancels_lots_300", COPPER, partial(cancel, lots=300),
        {"warn": 40, "restrict": 48, "limit": 50},
    ),
    Climb(
        "F03", "large_cancels_80_percent", IF, partial(cancel, lots=16),
        {"warn": 80, "restrict": 96, "limit": 100},
    ),
    Climb(
        "F03X", "large_cancels_lots_800", SUGAR, partial(cancel, lots=800),
        {"warn": 40, "restrict": 48, "limit": 50},
    ),
    Climb(
        "F03X", "large_cancels_80_percent_dce", MEAL, partial(cancel, lots=800),
        {"warn": 320, "restrict": 384, "limit": 400},
    ),
    Climb(
        "F04", "limit_price_cancels", SUGAR, limit_cancel,
        {"warn": 81, "restrict": 96, "limit": 101},
    ),
    Value("F05", "opened_lots", CORN, opened, {"warn": 8000, "restrict": 9500, "limit": 10000}),
    Value("F05", "opened_lots", PALM, opened, {"warn": 4000, "restrict": 4750, "limit": 5000}),
    Value("F05", "opened_lots", GAS, opened, {"warn": 1600, "restrict": 1900, "limit": 2000}),
    Value("F05P", "opened_lots_product", IF, opened, {"warn": 400, "restrict": 475, "limit": 500}),
    Value("F06", "held_lots", COPPER, held, {"warn": 800, "restrict": 900, "limit": 1000}),
    Value(
        "F07", "held_lots_group", COPPER, held_by_two,
        {"warn": 800, "restrict": 900, "limit": 1000},
    ),
    Climb("F08", "information_units", COPPER, request, {"warn": 3200, "limit": 4000}),
    Climb("F08T", "information_units", COPPER, request, {"warn": 8000, "limit": 40000}),
    Climb("F09", "information_units", COPPER, request, {"warn": 3200, "limit": 4000}),
    Value("F09", "filled_orders", COPPER, ratio, {"warn": 6001, "limit": 6001}),
    Climb("F10", "futures_submissions_1s", COPPER, episode, {"limit": 10}),
    Climb("F10W", "futures_submissions_1s", COPPER, episode, {"warn": 8}),
    Value("F11", "futures_orders_1s", COPPER, burst, {"warn": 17, "limit": 21}),
    Value(
        "F11", "futures_cancels_1s", COPPER, partial(burst, kind=EventKind.CANCEL),
        {"warn": 17, "limit": 21},
    ),
    Value("F12", "traded_lots", COPPER, partial(traded, left=9), {"warn": 80, "limit": 100}),
    Value("F12", "position_held", COPPER, partial(traded, left=20), {"warn": 161, "limit": 201}),
    Value(
        "F13", "futures_orders", COPPER, lambda of, orders: cancels_of(of, orders, 90),
        {"warn": 100, "limit": 100},
    ),
    Value(
        "F13", "futures_cancels", COPPER, lambda of, cancels: cancels_of(of, 100, cancels),
        {"warn": 50, "limit": 51},
    ),
    Value(
        "F13", "futures_cancels", COPPER, lambda of, cancels: cancels_of(of, 1000, cancels),
        {"warn": 401, "limit": 501},
    ),
    Value("F14", "futures_size_percent", IF, sized, {"warn": 17, "limit": 21}),
    Value("F15", "margin_percent", COPPER, margin, {"warn": 80, "restrict": 90, "limit": 100}),
    Value("F16", "live_orders", COPPER, live, {"warn": 41, "limit": 51}),
]  # fmt: skip
