"""What is seen of an account beside a recount from nothing, whenever it was last looked at."""

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.live_index import LiveIndex
from monitoring.domain.live_view import LIVE_ORDERS_MAX, AccountView, HeldPosition
from monitoring.domain.replica import ReplicaShard
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.kernel.words import EventKind, Offset, Side
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import Snapshot
from riskgw.shards.entries import Heard, Holdings, Load, Market
from tests.events import event, fill
from tests.monitoring.domain.test_order_states import BASE, histories, recount
from tests.rules import OPEN_NS

DAY_NS = 86_400 * NS_PER_SECOND
CONTRACT = "SSE:600000"


class Shard:
    """A shard of a replica that hears events, a millisecond apart where they say nothing else."""

    def __init__(self) -> None:
        self.replica = ReplicaShard()
        self.replica.take(Load(BASE, ()))

    def hear(self, *events: Event) -> None:
        for each in events:
            self.replica.take(Heard("s", each.time_ns, 0, [each]))

    def see(self, account: str = "A") -> AccountView:
        for _ in range(1_000):
            view = self.replica.look("SSE", account)
            if view is not None:
                return view
        raise AssertionError("there is always more to sort")

    def live(self, account: str = "A") -> dict[str, int]:
        return {each.order_ref: each.live for each in self.see(account).orders}


@pytest.fixture
def shard() -> Shard:
    return Shard()


def orders(number: int, at_ns: int = OPEN_NS, **changes: Any) -> list[Event]:
    return [
        event(order_ref=f"R{place}", time_ns=at_ns + place * NS_PER_MS, **changes)
        for place in range(number)
    ]


@given(histories(), st.sets(st.integers(0, 24)))
def test_the_live_orders_of_each_account_are_what_a_recount_finds(
    events: list[Event], looks: set[int]
) -> None:
    """References are used again, by others too, and answers come first."""
    shard = Shard()
    for place, each in enumerate(events):
        shard.hear(each)
        if place in looks or place == len(events) - 1:
            lives = recount(events[: place + 1])
            for account in "ABD":
                wanted = {
                    reference: order.live
                    for reference, order in lives.items()
                    if order.account == account and order.live
                }
                assert shard.live(account) == wanted
                assert shard.see(account).orders_total == len(wanted)


def test_an_order_says_where_and_since_when_it_stands(shard: Shard) -> None:
    at_ns = OPEN_NS + NS_PER_SECOND
    shard.hear(event(side=Side.SELL, offset=Offset.CLOSE, price=990_000, time_ns=at_ns))
    (order,) = shard.see().orders
    assert (order.contract, order.origin, order.order_ref) == (CONTRACT, "db", "R1")
    assert (order.side, order.offset, order.price) == (Side.SELL, Offset.CLOSE, 990_000)
    assert (order.time_ns, order.quantity, order.live) == (at_ns, 100_000, 100_000)


def test_the_newest_orders_come_first_and_all_are_counted(shard: Shard) -> None:
    shard.hear(*orders(LIVE_ORDERS_MAX + 2))
    view = shard.see()
    assert [each.order_ref for each in view.orders[:2]] == ["R2001", "R2000"]
    assert len(view.orders) == LIVE_ORDERS_MAX
    assert view.orders_total == LIVE_ORDERS_MAX + 2


def test_many_orders_are_sorted_a_piece_at_a_time(shard: Shard) -> None:
    shard.replica._index = LiveIndex(piece=10)
    shard.hear(*orders(25))
    looks = count()
    while shard.replica.look("SSE", "A") is None:
        next(looks)
    assert next(looks) == 2
    assert len(shard.live()) == 25


def test_orders_end_with_the_day_and_the_next_day_may_use_their_references(shard: Shard) -> None:
    shard.hear(*orders(5))
    assert len(shard.live()) == 5
    shard.hear(*orders(7, OPEN_NS + DAY_NS, account="B"))
    assert shard.live() == {}
    assert len(shard.live("B")) == 7


def test_orders_of_nobody_are_nobodys(shard: Shard) -> None:
    shard.hear(event(account=None))
    assert [shard.see(account).orders for account in ("", "A")] == [(), ()]


def held(shard: Shard, account: str = "A") -> tuple[HeldPosition, ...]:
    return shard.see(account).positions


def test_a_purchase_of_today_is_not_for_sale_yet(shard: Shard) -> None:
    shard.replica.take(Holdings("c", [Position("SSE", "A", "600000", 500_000)], []))
    shard.hear(fill(), event(order_ref="S1", side=Side.SELL, quantity=200_000))
    (row,) = held(shard)
    assert (row.quantity, row.sellable, row.change) == (600_000, 300_000, None)
    assert (row.contract, row.is_short) == (CONTRACT, False)


def test_where_nobody_told_what_was_held_only_the_change_is_known(shard: Shard) -> None:
    shard.hear(fill())
    (row,) = held(shard)
    assert (row.quantity, row.sellable, row.change) == (None, None, 100_000)
    assert shard.see().positions_known is False


def test_long_and_short_are_two_positions(shard: Shard) -> None:
    sides = [Position("SSE", "A", "600000", 2_000, is_short=each) for each in (False, True)]
    shard.replica.take(Holdings("c", sides, []))
    assert [(each.is_short, each.sellable) for each in held(shard)] == [
        (False, 2_000),
        (True, None),
    ]


def test_what_is_sold_out_is_no_position(shard: Shard) -> None:
    shard.replica.take(Holdings("c", [Position("SSE", "A", "600000", 100_000)], []))
    assert len(held(shard)) == 1
    shard.hear(fill(side=Side.SELL))
    assert held(shard) == ()


def test_a_position_shows_the_last_price_and_says_when_it_is_old(shard: Shard) -> None:
    shard.hear(event())
    shard.replica.take(Holdings("c", [Position("SSE", "A", "600000", 100_000)], []))
    assert [(each.last, each.is_stale) for each in held(shard)] == [(None, True)]
    snapshot = Snapshot(OPEN_NS, "SSE", "600000", last=1_010_000)
    shard.replica.take(Market([snapshot]))
    assert [(each.last, each.is_stale) for each in held(shard)] == [(1_010_000, False)]
    shard.hear(event(EventKind.CONFIRM, time_ns=OPEN_NS + 60 * NS_PER_SECOND))
    assert [(each.last, each.is_stale) for each in held(shard)] == [(1_010_000, True)]


def test_funds_are_shown_as_the_counter_told_them(shard: Shard) -> None:
    assert shard.see().funds is None
    shard.replica.take(Holdings("c", [], [Funds("A", "", 100, 400, 100)]))
    assert shard.see().funds == (100, 400, 100, 25_000_000)
