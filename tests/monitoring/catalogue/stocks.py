"""Trials of the stock exchanges' rules."""

from functools import partial
from typing import Any

from riskgw.kernel.words import OrderType, Side
from tests.days import MONDAY
from tests.monitoring.catalogue.flow import (
    BUY,
    PENNY,
    SELL,
    ST,
    STOCK,
    UNIT,
    Climb,
    Item,
    Listing,
    Value,
    cancelled,
    fill,
    listing,
    order,
    price,
    snapshot,
)

ST_PENNY = listing("SSE", "600003", lot="100", board="main", previous_close="1", st=True)
VOLATILE = listing("SSE", "600004", board="main", severe_volatility=True)
VOLATILE_ST = listing("SSE", "600005", board="main", severe_volatility=True, st=True)
STAR = listing("SSE", "688001", board="star")
TUESDAY = MONDAY.replace(day=MONDAY.day + 1)
LARGE = 1_000_000


def at_bid(of: Listing, yuan: str, market: int, ms: int = 0, **facts: Any) -> Item:
    """So many shares bid at one price, which is far from the limit."""
    values = {"bids": ((price(yuan), market * UNIT),), "high_limit": price(1000)}
    return snapshot(of, ms, **(values | {"last": price(yuan)} | facts))


def spoof(
    of: Listing, size: int, *, yuan: str = "1", market: int = 2_000_000, times: int = 3,
    reverse: int = 1, **facts: Any,
) -> list[Item]:  # fmt: skip
    """Orders of one size, each taken back, while the group has sold."""
    items = [at_bid(of, yuan, market, **facts)]
    items += [fill(of, 1 + number, account="B", side=SELL) for number in range(reverse)]
    for number in range(times):
        sent = order(of, 100 + number * 3000, quantity=size * UNIT, price=price(yuan))
        items += [sent, cancelled(sent)]
    return items


def locked(of: Listing, size: int, *, yuan: str = "1", times: int = 2, **facts: Any) -> list[Item]:
    """The same at the limit price; nothing is sold."""
    limit = {"high_limit": price(yuan)}
    return spoof(of, size, yuan=yuan, times=times, reverse=0, **(facts | limit))


def taken_back(of: Listing, shares: int, *, extra: int, **facts: Any) -> list[Item]:
    """Of 3,000,000 shares ordered so many are taken back, at once."""
    sizes = [3 * LARGE - 100 * extra, *[100] * extra]
    sent = [
        order(of, 100 + number, quantity=size * UNIT, price=price(1))
        for number, size in enumerate(sizes)
    ]
    sold = fill(of, 1, account="B", side=SELL)
    last = cancelled(sent[0], quantity=shares * UNIT)
    return [at_bid(of, "1", 4 * LARGE, **facts), sold, *sent, last]


def opening(
    of: Listing, shares: int, *, yuan: str = "1", market: int = 500_000, move: int = 1000,
    side: Side = BUY,
) -> list[Item]:  # fmt: skip
    """The auction's fills; `move` in 10**-4 of the previous close."""
    of = of.on("09:25")
    previous = price(yuan)
    last = previous * (10_000 + move) // 10_000
    return [
        snapshot(of, last=last, volume=market * UNIT, previous_close=previous),
        fill(of, 1, quantity=shares * UNIT, price=price(yuan), side=side),
    ]


def moved(of: Listing, move: int, *, side: Side = BUY) -> list[Item]:
    return opening(of, 300_000, move=move if side is BUY else -move, side=side)


def at_limit(of: Listing, shares: int) -> list[Item]:
    """So many of 1,000,000 at the limit; the price does not move."""
    early = of.on("09:20")
    return [
        at_bid(early, "1.1", LARGE, high_limit=price("1.1")),
        order(early, 1, quantity=shares * UNIT, price=price("1.1")),
        *opening(of, 300_000, move=0),
    ]


def reversed_by(
    items: list[Item], of: Listing, shares: int, yuan: str = "1", side: Side = SELL
) -> list[Item]:
    """What is done on the other side afterwards, by another account of the group."""
    first = fill(of, 0, account="B", side=side, price=price(yuan), quantity=(shares - 1) * UNIT)
    last = fill(of, 1, account="B", side=side, price=price(yuan))
    return [*items, first, last]


def opening_then(of: Listing, shares: int, *, move: int = 200, yuan: str = "1") -> list[Item]:
    items = opening(of, 300_000, move=move, yuan=yuan)
    return reversed_by(items, of.on("09:59:59"), shares, yuan)


def pull(
    of: Listing, shares: int, *, yuan: str = "1", market: int = 500_000, move: int = 1000
) -> list[Item]:
    """Within three minutes; `move` in 10**-4."""
    of = of.on("10:30")
    previous = price(yuan)
    last = previous * (10_000 + move) // 10_000
    return [
        snapshot(of, last=previous, volume=0, previous_close=previous),
        snapshot(of, 60_000, last=last, volume=market * UNIT, previous_close=previous),
        fill(of, 70_000, quantity=shares * UNIT, price=previous),
    ]


def pull_then(
    of: Listing, shares: int, *, move: int = 200, yuan: str = "1", own: int = 300_000,
    market: int = 500_000,
) -> list[Item]:  # fmt: skip
    """The other side 29 minutes of trading later, the lunch not counted."""
    items = pull(of, own, move=move, yuan=yuan, market=market)
    return reversed_by(items, of.on("10:59"), shares, yuan)


def closing(
    of: Listing, shares: int, *, yuan: str = "1", market: int = 500_000, move: int = 200
) -> list[Item]:
    of = of.on("14:57")
    previous = price(yuan)
    last = previous * (10_000 + move) // 10_000
    facts = {"previous_close": previous}
    return [
        snapshot(of, 1000, last=previous, volume=10 * LARGE * UNIT, **facts),
        snapshot(of, 180_000, last=last, volume=(10 * LARGE + market) * UNIT, **facts),
        fill(of, 180_001, quantity=shares * UNIT, price=previous),
    ]


def closing_then(
    of: Listing, shares: int, *, move: int = 200, yuan: str = "1", own: int = 300_000,
    market: int = 500_000,
) -> list[Item]:  # fmt: skip
    items = closing(of, own, move=move, yuan=yuan, market=market)
    return reversed_by(items, of.on("09:59:59", TUESDAY), shares, yuan)


def held(
    of: Listing, shares: int, *, yuan: str = "1", market: int = 2_000_000, ms: int = 600_000
) -> list[Item]:
    limit = {"high_limit": price(yuan)}
    return [
        at_bid(of, yuan, market, **limit),
        order(of, 0, quantity=shares * UNIT, price=price(yuan)),
        order(of, ms, price=price(yuan)),
    ]


def matched(of: Listing, shares: int, *, clock: str = "09:31", market: int = 10) -> list[Item]:
    """So many shares between two accounts of the group, of so many millions."""
    early, of = of.on("14:57"), of.on(clock)
    first = [snapshot(early, volume=0)] if clock > "14:57" else []
    facts = {"exec_ref": "S1", "quantity": shares * UNIT}
    return [
        *first,
        snapshot(of, volume=market * LARGE * UNIT),
        fill(of, 1, account="B", side=SELL, **facts),
        fill(of, 1, account="A", side=BUY, **facts),
    ]


def ordered(of: Listing, shares: int, **facts: Any) -> list[Item]:
    """By two accounts of the group, within a minute."""
    first = order(of, 0, price=price(100), quantity=(shares - 1) * UNIT, **facts)
    return [first, order(of, 59_999, account="B", price=price(100), **facts)]


def bought(of: Listing, shares: int) -> list[Item]:
    return [fill(of, 0, quantity=(shares - 1) * UNIT), fill(of, 1, account="B")]


def sized(of: Listing, shares: int, **facts: Any) -> list[Item]:
    return [order(of, quantity=shares * UNIT, **facts)]


def turned_round(of: Listing, number: int) -> list[Item]:
    """A buys when B of its group has sold today."""
    sold = [fill(of, 0, account="B", side=SELL)] if number == 0 else []
    return [*sold, order(of, 1 + number)]


_SIZES = [
    ("other", PENNY, "1", 800_000, 1_000_000),
    ("other", PENNY, "100", 80_000, 100_000),
    ("st", ST_PENNY, "1", 400_000, 500_000),
    ("st", ST_PENNY, "100", 16_000, 20_000),
]
_LARGE = [
    (PENNY, "1", 240_000, 300_000),
    (PENNY, "100", 24_000, 30_000),
    (ST_PENNY, "100", 8_000, 10_000),
]


def _both(name: str, code: str, of: Listing, build: Any, told: tuple[int, int]) -> Value:
    warn, limit = told
    return Value(code, name, of, build, {"warn": warn, "limit": limit})


TRIALS: list[Climb | Value] = [
    *(
        _both(f"{name}_orders_{segment}{tail}", code, of,
              partial(build, yuan=yuan, market=2 * limit), (warn, limit))
        for code, name, build in (("S02", "spoof", spoof), ("S03", "limit", locked))
        for segment, of, yuan, warn, limit in _SIZES
        for tail in ("", "_warn")
    ),
    *(
        _both(f"{name}_orders_other", code, PENNY, partial(build, market=10 * LARGE),
              (2_400_000, 3_000_000))
        for code, name, build in (("S02", "spoof", spoof), ("S03", "limit", locked))
    ),
    _both("spoof_orders_other", "S02", PENNY, lambda of, n: spoof(of, LARGE, times=n), (3, 3)),
    _both("limit_orders_other", "S03", PENNY, lambda of, n: locked(of, LARGE, times=n), (2, 2)),
    _both("reverse_filled", "S02", PENNY, lambda of, n: spoof(of, LARGE, reverse=n), (1, 1)),
    _both("side_cancelled", "S02", PENNY, partial(taken_back, extra=2), (1_200_000, 1_500_000)),
    _both("limit_cancelled", "S03", PENNY,
          partial(taken_back, extra=1, high_limit=price(1)), (1_200_000, 1_500_000)),
    *(
        _both("opening_fills", "S04", of,
              partial(opening, yuan=yuan, market=2 * limit), (warn, limit))
        for of, yuan, warn, limit in _LARGE
    ),
    _both("opening_fills_amount", "S04", ST_PENNY,
          partial(opening, yuan="100", market=20_000), (8_000, 10_000)),
    _both("opening_market", "S04", PENNY,
          partial(opening, market=10 * LARGE), (2_400_000, 3_000_000)),
    _both("opening_move_buy", "S04", PENNY, moved, (400, 500)),
    _both("opening_move_buy", "S04", ST_PENNY, moved, (240, 300)),
    _both("opening_move_sell", "S04", PENNY, partial(moved, side=SELL), (400, 500)),
    _both("opening_move_sell", "S04", ST_PENNY, partial(moved, side=SELL), (240, 300)),
    _both("opening_at_limit", "S04", PENNY, at_limit, (80_000, 100_000)),
    Value("S05", "opening_fills", PENNY, opening_then, {"limit": 100_000}),
    Value("S05A", "opening_fills_amount", PENNY,
          partial(opening_then, yuan="100"), {"limit": 10_000}),
    *(
        _both(name, code, PENNY,
              lambda of, move, s=shares, y=yuan: opening_then(of, s, move=move, yuan=y), (160, 200))
        for name in ("opening_market", "opening_move_buy", "opening_fills_amount", "opening_fills")
        for code, shares, yuan in (("S05", 100_000, "1"), ("S05A", 10_000, "100"))
    ),
    *(
        _both(name, code, PENNY,
              lambda of, move, s=shares: reversed_by(
                  opening(of, 300_000, move=-move, side=SELL), of.on("09:59:59"), s, side=BUY),
              (160, 200))
        for name in ("opening_move_sell",)
        for code, shares in (("S05", 100_000), ("S05A", 1_000_000))
    ),
    *(
        _both("fills_3min", "S06", of, partial(pull, yuan=yuan, market=2 * limit), (warn, limit))
        for of, yuan, warn, limit in _LARGE
    ),
    _both("fills_3min_amount", "S06", PENNY,
          partial(pull, yuan="100", market=50_000), (24_000, 30_000)),
    _both("market_3min", "S06", PENNY, partial(pull, market=10 * LARGE), (2_400_000, 3_000_000)),
    _both("move_3min", "S06", PENNY, lambda of, move: pull(of, 300_000, move=move), (320, 400)),
    Value("S07", "market_3min", PENNY, pull_then, {"limit": 100_000}),
    Value("S07A", "market_3min", PENNY, partial(pull_then, yuan="100"), {"limit": 10_000}),
    *(
        _both("move_3min", code, PENNY,
              lambda of, move, s=shares, y=yuan: pull_then(of, s, move=move, yuan=y), (160, 200))
        for code, shares, yuan in (("S07", 100_000, "1"), ("S07A", 10_000, "100"))
    ),
    *(
        _both(name, code, PENNY,
              lambda of, own, s=shares, y=yuan, m=market, b=build: b(
                  of, s, own=own, yuan=y, market=m),
              (warn, limit))
        for code, own, build in (
            ("S07", "fills_3min", pull_then), ("S07A", "fills_3min", pull_then),
            ("S08", "closing_fills", closing_then), ("S08A", "closing_fills", closing_then),
        )
        for name, shares, yuan, market, warn, limit in (
            (own, 1_000_000, "1", 500_000, 240_000, 300_000),
            (f"{own}_amount", 100_000, "100", 50_000, 24_000, 30_000),
            (own, 1_000_000, "1", 10 * LARGE, 2_400_000, 3_000_000),
        )
    ),
    Value("S08", "closing_market", PENNY, closing_then, {"limit": 100_000}),
    Value("S08A", "closing_market", PENNY, partial(closing_then, yuan="100"), {"limit": 10_000}),
    *(
        _both("closing_move", code, PENNY,
              lambda of, move, s=shares, y=yuan: closing_then(of, s, move=move, yuan=y), (160, 200))
        for code, shares, yuan in (("S08", 100_000, "1"), ("S08A", 10_000, "100"))
    ),
    *(
        _both("limit_live", "S09", of, partial(held, yuan=yuan, market=2 * limit), (warn, limit))
        for _, of, yuan, warn, limit in _SIZES
    ),
    _both("limit_live_amount", "S09", PENNY,
          partial(held, yuan="100", market=200_000), (80_000, 100_000)),
    _both("limit_live_percent", "S09", PENNY,
          partial(held, market=10 * LARGE), (2_400_000, 3_000_000)),
    _both("limit_live", "S09", PENNY, lambda of, ms: held(of, LARGE, ms=ms), (600_000, 600_000)),
    _both("market_day", "S11", STOCK, matched, (800_000, 1_000_000)),
    _both("closing_market", "S11C", STOCK, partial(matched, clock="15:00", market=10),
          (2_400_000, 3_000_000)),
    _both("volatile_orders_1min", "S12", VOLATILE, ordered, (80_001, 100_001)),
    _both("volatile_orders_1min", "S12", VOLATILE_ST, ordered, (16_001, 20_001)),
    Climb("S14", "reverse_orders", STOCK, turned_round, {"warn": 1}),
    _both("st_bought", "S15", ST, bought, (400_001, 500_001)),
    _both("main_order", "S15Q", STOCK, sized, (800_001, 1_000_001)),
    _both("star_limit_order", "S15Q", STAR, partial(sized, order_type=OrderType.LIMIT),
          (80_001, 100_001)),
    _both("star_market_order", "S15Q", STAR,
          partial(sized, order_type=OrderType.BEST_FIVE, price=None),
          (40_001, 50_001)),
]  # fmt: skip
