"""What a shard takes without waiting for it: counters' feeds, holdings, the market."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from monitoring.domain.shard import RiskShard
from riskgw.cep.spec import Cmp, FilterSpec, Op, WindowKind
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.base_data import AccountData, BaseData, PositionData
from riskgw.messages.counter_feed import PATIENCE_NS, source_of
from riskgw.messages.event import FED, Event
from riskgw.messages.holdings import Position
from riskgw.shards.entries import (
    Entry,
    Fed,
    Heard,
    Holdings,
    Judged,
    Load,
    Market,
    packed,
    unpacked,
)
from riskgw.shards.partition import shard_of
from tests.days import MONDAY
from tests.events import event
from tests.market import snapshot
from tests.rules import OPEN_NS, condition, day_indicator, indicator, rule, thresholds

FEED = source_of("CTP")
BASE = BaseData(accounts=(AccountData("A", "SSE", "G", "CTP"),))
SECOND = NS_PER_SECOND
DAY_NS = 86_400 * SECOND


def fed(at_ns: int = OPEN_NS, **changes: Any) -> Event:
    return event(dir=FED, conn=FEED, time_ns=at_ns, at_ns=at_ns, **changes)


def feed(*events: Event) -> Fed:
    return Fed(FEED, PATIENCE_NS, list(events))


def heard(until_ns: int, *events: Event) -> Heard:
    return Heard("a", until_ns, 200 * NS_PER_MS, list(events))


def refs(judged: list[Judged]) -> list[tuple[str | None, bool]]:
    return [(each.event.order_ref, each.is_late) for each in judged]


def test_a_feed_has_its_turn_by_its_time_and_holds_nobody_up() -> None:
    shard = RiskShard(BASE)
    assert refs(shard.take(heard(OPEN_NS))) == []
    assert refs(shard.take(feed(fed(OPEN_NS + SECOND, order_ref="F1")))) == []
    mirrored = [
        event(order_ref=name, time_ns=OPEN_NS + at_ns)
        for name, at_ns in (("M1", 1), ("M2", 2 * SECOND))
    ]
    found = shard.take(heard(OPEN_NS + 3 * SECOND, *mirrored))
    assert refs(found) == [("M1", False), ("F1", False), ("M2", False)]


def test_a_feed_is_late_only_beyond_its_patience() -> None:
    shard = RiskShard(BASE)
    now = OPEN_NS + 60 * SECOND
    shard.take(heard(now, event(order_ref="M1", time_ns=now)))
    shard.take(feed(fed(now - PATIENCE_NS, order_ref="F1"), fed(OPEN_NS, order_ref="F2")))
    assert refs(shard.take(heard(now + 1))) == [("F2", True), ("F1", False)]


def test_where_no_other_source_speaks_a_feed_is_judged_at_once() -> None:
    shard = RiskShard(BASE)
    assert refs(shard.take(feed(fed(order_ref="F1")))) == [("F1", False)]
    shard.take(heard(OPEN_NS))
    shard.take(Heard("a", 0, 0, [], is_end=True))
    assert refs(shard.take(feed(fed(OPEN_NS - 1, order_ref="F2")))) == [("F2", False)]


def test_an_order_by_two_ways_is_counted_once_and_has_two_numbers() -> None:
    counting = rule(
        condition(thresholds=thresholds(limit="2")), indicators=(day_indicator("orders"),)
    )
    shard = RiskShard(BASE, (counting,))
    (first,) = shard.take(feed(fed(order_ref="R1")))
    (second,) = shard.take(feed(event(order_ref="R1")))
    assert (first.series, second.series, second.alerts) == (1, 2, ())
    (third,) = shard.take(feed(fed(order_ref="R2")))
    assert [alert.level for alert in third.alerts] == ["limit"]


OVERSOLD = FilterSpec(field="sellable", cmp=Cmp.LT, value="400")
SELLING = rule(
    condition(thresholds=thresholds(limit="1")),
    indicators=(day_indicator("orders", filters=(OVERSOLD,)),),
)


def test_what_a_counter_says_of_positions_holds_from_the_next_event_on() -> None:
    shard = RiskShard(BASE, (SELLING,))
    sale: dict[str, Any] = {"side": Side.SELL, "quantity": 400_000}
    assert shard.take(feed(fed(order_ref="R1", **sale)))[0].alerts == ()
    shard.take(Holdings(FEED, [Position("SSE", "A", "600000", 1_000_000, 200_000)]))
    assert shard.take(feed(fed(order_ref="R2", **sale)))[0].alerts != ()


def sellable(shard: RiskShard, at_ns: int) -> int | None:
    """What a sale of nothing yet would find, once an event has begun its day."""
    shard.take(feed(fed(at_ns, order_ref="B", quantity=1_000)))
    sale = event(order_ref="S", side=Side.SELL, time_ns=at_ns)
    return shard.core.preview(sale).sellable


HELD = Position("SSE", "A", "600000", 1_000_000, 200_000)


@pytest.mark.parametrize("clock", ["before the first day", "in the night before", "in the day"])
def test_what_is_held_back_on_a_day_may_be_told_before_its_first_event(clock: str) -> None:
    shard = RiskShard(BASE, (SELLING,))
    if clock == "before the first day":
        shard.take(Holdings(FEED, [HELD]))
    else:
        shard.take(feed(fed(OPEN_NS - 3 * DAY_NS * (clock != "in the day"), order_ref="F")))
        shard.take(Holdings(FEED, [HELD], at_ns=OPEN_NS - 1))
    assert sellable(shard, OPEN_NS + SECOND) == 200_000
    assert sellable(shard, OPEN_NS + DAY_NS) == 1_000_000


def test_orders_of_the_day_before_hold_nothing_back_of_what_was_told_since() -> None:
    shard = RiskShard(BASE, (SELLING,))
    before = OPEN_NS - 3 * DAY_NS
    shard.take(feed(fed(before, order_ref="F", side=Side.SELL, quantity=500_000)))
    shard.take(Holdings(FEED, [HELD], at_ns=OPEN_NS - SECOND))
    assert sellable(shard, OPEN_NS) == 200_000


def test_positions_of_the_reference_data_hold_back_from_the_first_event_on() -> None:
    told = PositionData("A", "SSE", "600000", "1000", "200")
    shard = RiskShard(BaseData(accounts=BASE.accounts, positions=(told,)), (SELLING,))
    assert sellable(shard, OPEN_NS) == 200_000
    later = RiskShard(BASE, (SELLING,))
    later.take(Load(BaseData(accounts=BASE.accounts, positions=(told,)), (SELLING,)))
    assert sellable(later, OPEN_NS) == 200_000
    assert sellable(later, OPEN_NS + DAY_NS) == 1_000_000


def positions(*told: PositionData) -> BaseData:
    return BaseData(accounts=BASE.accounts, positions=told)


TOLD = PositionData("A", "SSE", "600000", "1000", "200")


def test_positions_that_are_loaded_between_two_days_hold_back_on_the_next() -> None:
    shard = RiskShard(positions(PositionData("A", "SSE", "600000", "500")), (SELLING,))
    shard.take(feed(fed(OPEN_NS - 3 * DAY_NS, order_ref="F")))
    shard.take(Load(positions(TOLD), (SELLING,), at_ns=OPEN_NS - SECOND))
    assert sellable(shard, OPEN_NS) == 200_000
    assert sellable(shard, OPEN_NS + DAY_NS) == 1_000_000


def test_positions_that_are_loaded_within_a_day_hold_back_on_that_day() -> None:
    shard = RiskShard(BASE, (SELLING,))
    shard.take(feed(fed(OPEN_NS, order_ref="F")))
    shard.take(Load(positions(TOLD), (SELLING,), at_ns=OPEN_NS + 1))
    assert sellable(shard, OPEN_NS + SECOND) == 200_000
    assert sellable(shard, OPEN_NS + DAY_NS) == 1_000_000


def test_overnight_positions_hold_in_a_shard_that_begins_with_nothing() -> None:
    shard = RiskShard()
    shard.take(Load(positions(replace(TOLD, day=MONDAY)), (SELLING,)))
    assert sellable(shard, OPEN_NS) == 200_000
    assert sellable(shard, OPEN_NS + DAY_NS) == 1_000_000


@pytest.mark.parametrize(("days", "found"), [(-3, 400_000), (0, 400_000), (1, 1_000_000)])
def test_overnight_positions_of_a_day_that_has_begun_change_nothing(days: int, found: int) -> None:
    """A purchase and what counters tell since are newer."""
    shard = RiskShard(positions(PositionData("A", "SSE", "600000", "500")), (SELLING,))
    shard.take(feed(fed(OPEN_NS, order_ref="L", side=Side.SELL, quantity=100_000)))
    told = replace(TOLD, sellable="", day=MONDAY + timedelta(days=days))
    shard.take(Load(positions(told), (SELLING,), at_ns=OPEN_NS + 1))
    sale = event(order_ref="S", side=Side.SELL, time_ns=OPEN_NS + SECOND)
    left = shard.core.preview(sale).sellable
    assert left == found - (100_000 if days > 0 else 0)


def test_what_became_of_a_position_stands_when_another_one_is_edited() -> None:
    other = PositionData("A", "SSE", "600001", "100")
    shard = RiskShard(positions(TOLD, other), (SELLING,))
    shard.take(
        feed(fed(OPEN_NS, kind=EventKind.FILL, exec_ref="E", side=Side.SELL, quantity=150_000))
    )
    shard.take(Load(positions(TOLD, replace(other, quantity="300")), (SELLING,)))
    assert sellable(shard, OPEN_NS + SECOND) == 50_000
    sale = event(symbol="600001", side=Side.SELL, order_ref="S", time_ns=OPEN_NS + SECOND)
    assert shard.core.preview(sale).sellable == 300_000


def test_the_first_order_of_a_day_finds_yesterdays_purchases_for_sale() -> None:
    """Also when it is only asked about, and no event has begun the day."""
    shard = RiskShard(positions(PositionData("A", "SSE", "600000", "500")), (SELLING,))
    shard.take(feed(fed(OPEN_NS, kind=EventKind.FILL, exec_ref="E", quantity=300_000)))
    shard.take(feed(fed(OPEN_NS, order_ref="L", side=Side.SELL, quantity=100_000)))

    def found(at_ns: int) -> int | None:
        sale = event(order_ref="S", side=Side.SELL, time_ns=at_ns)
        return shard.core.preview(sale).sellable

    assert found(OPEN_NS + SECOND) == 400_000
    assert found(OPEN_NS + DAY_NS) == 800_000
    assert found(OPEN_NS + SECOND) == 400_000


MOVES = rule(
    condition("moved", thresholds=thresholds(limit="1")),
    code="X02", key=("contract",),
    indicators=(
        indicator(
            "moved", op=Op.RANGE, value_field="last", events=(EventKind.MARKET,),
            key=("contract",), window=WindowKind.SLIDING,
        ),
    ),
)  # fmt: skip


def test_the_shard_of_a_contract_says_what_its_market_raises() -> None:
    spoken = []
    for number in range(4):
        shard = RiskShard(BASE, (MOVES,))
        shard.take(feed(fed()))
        moves = [snapshot(ns=OPEN_NS + 1), snapshot(ns=OPEN_NS + 2, last=2_000_000)]
        judged = shard.take(Market(moves, number, 4))
        spoken += [(number, each.series, each.event.event) for each in judged]
    assert spoken == [(shard_of("SSE:600000", 4), 2, EventKind.MARKET)]


def test_when_all_sources_have_ended_the_market_may_begin_anew() -> None:
    shard = RiskShard(BASE, (MOVES,))
    for _ in range(2):
        shard.take(heard(OPEN_NS))
        shard.take(heard(OPEN_NS + SECOND, event()))
        shard.take(Market([snapshot(last=None)]))
        assert shard.core.market_of("SSE:600000") is not None
        shard.take(Heard("a", 0, 0, [], is_end=True))
        assert shard.core.market_of("SSE:600000") is None


def test_entries_come_out_of_a_stream_as_they_went_in() -> None:
    entries: list[Entry] = [
        feed(fed()),
        Market([snapshot()], 1, 2),
        Holdings(FEED, [Position("SSE", "A", "1", 2)]),
        Load(BASE, (MOVES,)),
    ]
    assert [unpacked(packed(each)) for each in entries] == entries
