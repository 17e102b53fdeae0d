"""Funds, cancels, largest orders and permissions of a simulated day, recounted from stored rows.

The recount reads the rows with the database's own sums and with exact fractions, newest first, and
knows nothing of the product's code for it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import connection

from monitoring.actions.store_results import made_of, store_results
from monitoring.actions.take_feed import Batch, take_feed
from monitoring.computing import Computing
from monitoring.models import MetricFigure, OrderRecord, RawRecord
from riskgw.kernel.words import EventKind, Offset, Side
from riskgw.messages.counter_feed import FeedKind
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import Account
from riskgw.shards.entries import Judged, Results
from riskgw.wiring.simulation.futures_counter import BASE, EXCHANGE, SOURCE, FuturesCounter
from tests.events import event
from tests.monitoring.business import at
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db

MINUTES = 60
ORDERS_STORED_MIN = MINUTES * 6
_SERIES = count(1)
# What each account may do, as the counter keeps it and as people would say it.
PERMISSIONS = {
    "F000001": "*", "F000002": "future:buy", "F000003": "future:sell:close, *:buy:open",
    "F000004": "none", "F000005": "", "F000006": "option", "F000007": "future",
}  # fmt: skip
MAY: dict[str, Callable[[str, str], bool]] = {
    "F000001": lambda side, offset: True,
    "F000002": lambda side, offset: side == "buy",
    "F000003": lambda side, offset: (side, offset) in {("sell", "close"), ("buy", "open")},
    "F000004": lambda side, offset: False,
    "F000006": lambda side, offset: False,
    "F000007": lambda side, offset: True,
}
MONEY = (
    "equity", "available", "frozen", "margin", "deposits", "withdrawals", "realized_pnl",
    "unrealized_pnl", "fees",
)  # fmt: skip
# What moves, and whether it may be below zero.
MOVING = {
    "margin": 0, "equity": -200_000, "deposits": 0, "withdrawals": 0, "realized_pnl": -200_000,
    "fees": 0,
}  # fmt: skip


def told_funds(counter: FuturesCounter, random: Random, minute: int) -> Iterator[dict[str, Any]]:
    """Money that moves; now and then a counter leaves something out."""
    for item in counter.funds():
        moved = {
            name: f"{random.randint(least, 5_000_000) / 100:.2f}"
            for name, least in MOVING.items()
            if random.random() > 0.3
        }
        left_out = {"frozen"} if minute % 3 else set()
        yield {name: value for name, value in (item | moved).items() if name not in left_out}


def stored_orders(counter: FuturesCounter, random: Random, minute: int) -> list[Judged]:
    """Each order, and what became of it."""
    found: list[Judged] = []
    for order in counter.orders():
        ends = random.choice(((), (EventKind.CANCEL,), (EventKind.FILL,), (EventKind.REJECT,)))
        for place, kind in enumerate((EventKind.ORDER, *ends)):
            one = event(
                kind, exchange=EXCHANGE, account=order["account"], symbol=order["symbol"],
                side=Side(order["side"]), offset=Offset(order["offset"]),
                quantity=int(order["quantity"]) * 1000, order_ref=order["order_ref"],
                time_ns=at(60 * minute + place), at_ns=at(60 * minute + place),
            )  # fmt: skip
            found.append(Judged(next(_SERIES), one, is_late=False, alerts=()))
    return found


@pytest.fixture
def figures(queue: QueueServer) -> dict[tuple[str, str, str], MetricFigure]:
    """A day as it comes in, and what the product has made of it."""
    load_base(BASE)
    for code, permissions in PERMISSIONS.items():
        Account.objects.filter(code=code).update(permissions=permissions)
    counter, random, computing = FuturesCounter(7, 0), Random(7), Computing()
    for minute in range(MINUTES):
        items = list(told_funds(counter, random, minute))
        taken = take_feed(Batch(FeedKind.FUNDS, "tester", SOURCE, SOURCE, items, at(60 * minute)))
        assert taken.errors == []
        judged = [each for _ in range(2) for each in stored_orders(counter, random, minute)]
        store_results(made_of([Results("0", judged, [])]), [])
        if minute % 20 == 7:
            computing.run(queue.client())
    computing.run(queue.client())
    assert OrderRecord.objects.count() > ORDERS_STORED_MIN
    return {(row.metric, row.account, row.symbol): row for row in MetricFigure.objects.all()}


Found = dict[tuple[str, str, str], MetricFigure]


def of(figures: Found, metric: str) -> dict[tuple[str, str], MetricFigure]:
    return {
        (account, symbol): row for (name, account, symbol), row in figures.items() if name == metric
    }


def hundredths(text: str) -> int:
    """Money has five digits behind the point."""
    amount = Fraction(text) * 10**5
    assert amount.denominator == 1
    return int(amount)


def check_funds(figures: Found) -> None:
    found = of(figures, "funds")
    assert {account for account, _ in found} == set(PERMISSIONS)
    for (account, _), row in found.items():
        items = list(
            RawRecord.objects.filter(feed="funds", account=account)
            .order_by("-pk")
            .values_list("item", flat=True)
        )
        assert len(items) == MINUTES
        newest = {
            name: hundredths(next(item[name] for item in items if name in item))
            for name in MONEY
            if any(name in item for item in items)
        }
        first = hundredths(next(item["equity"] for item in reversed(items) if "equity" in item))
        in_and_out = newest["deposits"] - newest["withdrawals"]
        assert {name: row.details[name] for name in newest} == newest, account
        assert row.details["unrealized_pnl"] is None
        assert row.details["opening_equity"] == first
        assert row.details["result"] == newest["equity"] - first - in_and_out
        if newest["equity"] <= 0:
            assert row.value is None
        else:
            assert row.value == Fraction(newest["margin"], newest["equity"]) * 10**8 // 1


def summed(select: str) -> dict[tuple[str, str], tuple[int, ...]]:
    """By account and contract, as the database counts."""
    table = OrderRecord._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT account, symbol, {select} FROM {table} GROUP BY account, symbol")
        return {(account, symbol): tuple(rest) for account, symbol, *rest in cursor.fetchall()}


def check_cancels(figures: Found) -> None:
    kinds = ("order", "cancel", "fill", "reject")
    counted = summed(
        ", ".join(f"SUM(CASE event WHEN '{kind}' THEN 1 ELSE 0 END)" for kind in kinds)
    )
    found = of(figures, "cancels")
    assert set(found) == set(counted)
    for place, (orders, cancels, fills, rejects) in counted.items():
        details = found[place].details
        assert [details[name] for name in ("orders", "cancels", "fills", "rejects")] == [
            orders, cancels, fills, rejects,
        ]  # fmt: skip
        ratio = Fraction(cancels, orders) * 10**8 // 1 if orders >= 20 else None
        assert found[place].value == ratio, place
    assert {row.value is None for row in found.values()} == {True, False}


def check_largest(figures: Found) -> None:
    counted = summed("MAX(CASE event WHEN 'order' THEN quantity ELSE 0 END)")
    most = {each.symbol: Fraction(each.order_quantity_max) for each in BASE.contracts}
    found = of(figures, "largest_order")
    assert set(found) == set(counted)
    for (account, symbol), (largest,) in counted.items():
        row = found[account, symbol]
        assert row.details["largest"] == largest
        assert row.value == Fraction(largest, 1000) / most[symbol] * 10**8 // 1


def check_permission(figures: Found) -> None:
    orders = OrderRecord.objects.filter(event="order").values_list("account", "side", "offset")
    forbidden = Counter(
        account
        for account, side, offset in orders
        if account in MAY and not MAY[account](side, offset)
    )
    found = {account: row for (account, _), row in of(figures, "permission").items()}
    assert set(found) == set(MAY)
    assert {account: row.value for account, row in found.items()} == {
        account: forbidden[account] * 10**6 for account in MAY
    }
    assert {account: row.details["forbidden"] for account, row in found.items()} == {
        account: forbidden[account] for account in MAY
    }
    assert [name for name in MAY if forbidden[name]] == ["F000002", "F000003", "F000004", "F000006"]


def test_every_figure_of_the_day_equals_its_recount(figures: Found) -> None:
    for check in (check_funds, check_cancels, check_largest, check_permission):
        check(figures)
