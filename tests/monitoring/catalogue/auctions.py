"""Trials of what is judged when the market speaks: auctions, the close, indices."""

from functools import partial
from typing import Any

from riskgw.kernel.words import EventKind
from riskgw.messages.counter_feed import fed_position
from tests.monitoring.catalogue.flow import (
    BUY,
    PENNY,
    SELL,
    UNIT,
    Climb,
    Item,
    Listing,
    Value,
    answer,
    cancelled,
    fill,
    index_listing,
    listing,
    order,
    price,
    snapshot,
)

ST_PENNY = listing("SSE", "600003", lot="100", board="main", previous_close="1", st=True)
MEMBER = listing("SSE", "600008", lot="100", board="main", index="SSE:000001")
STAR_MEMBER = listing("SSE", "688008", board="star", index="SSE:000688")
CHINEXT_MEMBER = listing("SZSE", "300008", board="chinext", index="SZSE:399006")
CONVERTIBLE = listing("SSE", "113001", lot="10", kind="convertible")
LARGE = 1_000_000


def virtual(of: Listing, ms: int, bids: int, virtual_yuan: str = "1.05", yuan: str = "1") -> Item:
    """The opening auction: one price on both sides, so many shares on the side of buyers."""
    level = ((price(virtual_yuan), bids * UNIT),)
    facts = {"previous_close": price(yuan), "high_limit": price(1000), "last": None}
    return snapshot(of, ms, bids=level, asks=level, **facts)


def opening_spoof(
    of: Listing, size: int, *, yuan: str = "1", off: int = 1000, market: int | None = None,
    back: int | None = None, moved: int = 1000, reversals: int = 1,
) -> list[Item]:  # fmt: skip
    """One order, 10**-4 off the previous close; part of it is taken back, the group sells."""
    of = of.on("09:16")
    previous = price(yuan)
    at = previous * (10_000 + off) // 10_000
    sent = order(of, 1, quantity=size * UNIT, price=at)
    back = size if back is None else back
    market = 2 * size if market is None else market
    virtual_yuan = str(previous * (10_000 + moved) // 10_000 / 100_000)
    sold = [
        order(of, 5000 + number, account="B", side=SELL, price=at, quantity=100 * UNIT)
        for number in range(reversals)
    ]
    return [
        virtual(of, 0, market, yuan, yuan), sent, *sold,
        virtual(of, 6000, market, virtual_yuan, yuan),
        cancelled(sent, 7000, quantity=back * UNIT),
    ]  # fmt: skip


def locked(of: Listing, clock: str, shares: int, yuan: str) -> Item:
    """So many bid at the upper limit."""
    return snapshot(
        of.on(clock), last=price(yuan), high_limit=price(yuan),
        bids=((price(yuan), shares * UNIT),), asks=(),
    )  # fmt: skip


def closing_hold(
    of: Listing, added: int, *, yuan: str = "1", first: int = 2 * LARGE, last: int | None = None
) -> list[Item]:
    """Bids at the limit when the closing auction begins and when it is over, some of them own."""
    last = first if last is None else last
    return [
        locked(of, "14:57:01", first, yuan),
        order(of.on("14:58"), price=price(yuan), quantity=added * UNIT),
        locked(of, "14:59:59", 100, yuan),
        locked(of, "15:00", last, yuan),
    ]


def active_fill(of: Listing, yuan_amount: int, ms: int = 0) -> list[Item]:
    """An order that trades in the instant in which it is confirmed, for so many thousands."""
    sent = order(of, ms, price=price(1000), quantity=yuan_amount * UNIT)
    facts = {"exec_ref": f"E{sent.order_ref}"}
    return [
        sent,
        answer(EventKind.CONFIRM, sent, 1),
        answer(EventKind.FILL, sent, 1, **facts),
    ]


def index_move(
    of: Listing, thousands: int, *, move: int = 100, turnover: int | None = None
) -> list[Item]:
    """Own active fills while the index moves by so many 10**-4, within a minute."""
    turnover = 10 * thousands if turnover is None else turnover
    index = index_listing(of)
    facts = {"previous_close": price(1000), "volume": None, "high_limit": None, "low_limit": None}
    last = price(1000) * (10_000 + move) // 10_000
    return [
        snapshot(index, 0, last=price(1000), turnover=0, **facts),
        *active_fill(of, thousands - 1, 10_000),
        *active_fill(of, 1, 11_000),
        snapshot(index, 40_000, last=last, turnover=turnover * 1000 * 10**5, **facts),
    ]


def turned(
    of: Listing, bonds: int, *, bought: int | None = None, sold: int | None = None,
    largest: int = 10_000,
) -> list[Item]:  # fmt: skip
    """So many at 10,000 CNY bought and sold in turns; what is held is told."""
    facts = {"exchange": of.exchange, "symbol": of.symbol}
    held = [
        fed_position(facts | {"account": account, "quantity": str(quantity)})
        for account, quantity in (("A", largest), ("B", 0))
    ]
    trade = partial(fill, of, price=price(10_000))
    bought, sold = bonds if bought is None else bought, bonds if sold is None else sold
    return [
        *held,
        order(of, 0, price=price(1), quantity=UNIT),
        trade(1, side=SELL, quantity=(sold - 1) * UNIT),
        trade(2, side=BUY, quantity=(bought - 1) * UNIT),
        trade(3, side=SELL, account="B"),
        trade(4, side=BUY, account="B"),
    ]


def _both(name: str, code: str, of: Listing, build: Any, told: tuple[int, int]) -> Value:
    warn, limit = told
    return Value(code, name, of, build, {"warn": warn, "limit": limit})


def _amount(yuan: str) -> str:
    """At this price it is the amount that is reached first."""
    return "_amount" if yuan == "100" else ""


_LARGE = [
    (PENNY, "1", 240_000, 300_000),
    (PENNY, "100", 24_000, 30_000),
    (ST_PENNY, "100", 8_000, 10_000),
]
_HUGE = [
    (PENNY, "1", (800_000, LARGE)),
    (PENNY, "100", (80_000, 100_000)),
    (ST_PENNY, "1", (400_000, 500_000)),
    (ST_PENNY, "100", (16_000, 20_000)),
]

TRIALS: list[Climb | Value] = [
    _both("auction_price_off", "S01", PENNY,
          lambda of, n: opening_spoof(of, LARGE, off=n), (400, 500)),
    _both("auction_price_off", "S01", ST_PENNY,
          lambda of, n: opening_spoof(of, LARGE, off=n), (240, 300)),
    _both("auction_ordered", "S01", PENNY, opening_spoof, (240_000, 300_000)),
    *(
        # Ordered 10 % above the previous close, so that less makes the amount.
        _both("auction_ordered_amount", "S01", of,
              lambda of, n, y=yuan: opening_spoof(of, n, yuan=y, off=600), told)
        for of, yuan, told in (
            (PENNY, "100", (22_642, 28_302)), (ST_PENNY, "100", (7_548, 9_434)),
        )
    ),
    _both("auction_cancelled", "S01", PENNY,
          lambda of, n: opening_spoof(of, LARGE, back=n), (400_000, 500_000)),
    _both("auction_side", "S01", PENNY,
          lambda of, n: opening_spoof(of, n, market=10 * LARGE), (2_400_000, 3_000_000)),
    _both("auction_reversals", "S01", PENNY,
          lambda of, n: opening_spoof(of, LARGE, reversals=n), (1, 1)),
    _both("auction_virtual_move", "S01", PENNY,
          lambda of, n: opening_spoof(of, LARGE, moved=n), (400, 500)),
    _both("auction_virtual_move", "S01", ST_PENNY,
          lambda of, n: opening_spoof(of, LARGE, moved=-n), (240, 300)),
    *(
        _both(f"closing_limit_first{_amount(yuan)}", "S10", of,
              lambda of, n, y=yuan: closing_hold(of, LARGE, yuan=y, first=n, last=3 * LARGE), told)
        for of, yuan, told in _HUGE
    ),
    *(
        _both(f"closing_limit_last{_amount(yuan)}", "S10", of,
              lambda of, n, y=yuan: closing_hold(of, LARGE, yuan=y, last=n), told)
        for of, yuan, told in _HUGE
    ),
    *(
        _both(f"closing_limit_added{_amount(yuan)}", "S10", of,
              lambda of, n, y=yuan, m=limit: closing_hold(
                  of, n, yuan=y, first=3 * LARGE, last=m * 10 // 3),
              (warn, limit))
        for of, yuan, warn, limit in _LARGE
    ),
    _both("closing_limit_live", "S10", PENNY,
          lambda of, n: closing_hold(of, n, first=10 * LARGE), (2_400_000, 3_000_000)),
    *(
        _both(name, code, of, build, told)
        for code, tail, of, move, thousands in (
            ("P05", "other", MEMBER, 20, 100_000), ("P05S", "star", STAR_MEMBER, 40, 20_000),
            ("P05C", "chinext", CHINEXT_MEMBER, 40, 30_000),
        )
        for name, build, told in (
            ("index_move_1min", lambda of, n: index_move(of, 200_000, move=n),
             (move * 8 // 10 + 1, move + 1)),
            (f"active_amount_1min_{tail}", index_move, (thousands * 8 // 10 + 1, thousands + 1)),
            ("index_turnover_1min", lambda of, n: index_move(of, n, turnover=10_000_000),
             (240_001, 300_001)),
        )
    ),
    *(
        _both(name, "S13", CONVERTIBLE, build, told)
        for name, build, told in (
            ("convertible_bought", lambda of, n: turned(of, 0, bought=n, sold=9_000, largest=100),
             (4_000, 5_000)),
            ("convertible_sold", lambda of, n: turned(of, 0, bought=5_000, sold=n, largest=100),
             (4_000, 5_000)),
            ("convertible_traded", lambda of, n: turned(of, n, largest=2_000), (8_000, 10_000)),
        )
    ),
]  # fmt: skip
