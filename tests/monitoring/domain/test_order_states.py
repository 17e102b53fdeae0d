"""Order states, the group's own book and positions beside a recount from nothing."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.enrichment import Enricher
from riskgw.cep.observation import Observation
from riskgw.kernel.remains import Remains
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Offset, OrderType, Side, TimeInForce
from riskgw.messages.base_data import AccountData, BaseData, ContractData, PositionData
from riskgw.messages.counter_feed import source_of
from riskgw.messages.event import FED, Event
from riskgw.messages.holdings import Position
from tests.events import event, fill
from tests.rules import OPEN_NS

ORDER, FILL = EventKind.ORDER, EventKind.FILL
CANCELLED, REJECT = EventKind.CANCELLED, EventKind.REJECT
PRICES = (990_000, 1_000_000, 1_010_000)
ACCOUNTS = tuple(
    AccountData(id=name, exchange="SSE", group=group, counter="C")
    for name, group in (("A", "G"), ("B", "G"), ("D", "H"))
)


def contract(**changes: Any) -> ContractData:
    values: dict[str, Any] = {
        "symbol": "600000", "exchange": "SSE", "tick": "0.01", "lot": "100",
        "order_quantity_max": "1000000", "kind": "stock",
    }  # fmt: skip
    return ContractData(**(values | changes))


BASE = BaseData(accounts=ACCOUNTS, contracts=(contract(),))


def told(*events: Event, base: BaseData = BASE) -> Observation:
    enricher = Enricher(base)
    return [enricher.observe(each, is_late=False) for each in events][-1]


class Order(NamedTuple):
    account: str
    side: Side
    price: int
    live: int


def recount(events: Sequence[Event]) -> dict[str, Order]:
    """What lives of each order, found by going through all that was heard about it."""
    lives = {}
    for reference in {each.order_ref for each in events}:
        about = [each for each in events if each.order_ref == reference]
        starts = [place for place, each in enumerate(about) if each.event is ORDER]
        if not starts:
            continue
        # An order of a reference that was used before has nothing to do with what came before it,
        # except that answers may come before the first.
        since = about if len(starts) == 1 else about[starts[-1] :]
        order = about[starts[-1]]
        filled = sum(each.quantity or 0 for each in since if each.event is FILL)
        is_over = any(each.event in (CANCELLED, REJECT) for each in since)
        live = 0 if is_over else max(0, (order.quantity or 0) - filled)
        lives[reference or ""] = Order(
            order.account or "", order.side or Side.BUY, order.price or 0, live
        )
    return lives


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    events = []
    for number in range(draw(st.integers(1, 25))):
        reference = f"R{draw(st.integers(0, 4))}"
        side = draw(st.sampled_from([Side.BUY, Side.SELL]))
        kind = draw(st.sampled_from([ORDER, ORDER, FILL, FILL, CANCELLED, REJECT]))
        events.append(
            event(
                kind,
                order_ref=reference,
                account=draw(st.sampled_from("ABD")),
                side=side,
                price=draw(st.sampled_from(PRICES)),
                quantity=draw(st.integers(1, 5)) * 100_000,
                time_ns=OPEN_NS + number,
            )
        )
    return events


@given(histories())
def test_own_live_orders_are_what_a_recount_finds(events: list[Event]) -> None:
    enricher = Enricher(BASE)
    for place, each in enumerate(events):
        seen = enricher.observe(each, is_late=False)
        lives = recount(events[: place + 1])
        if each.order_ref in lives:
            assert seen.live_quantity == lives[each.order_ref].live
        assert_own(enricher, lives)


def assert_own(enricher: Enricher, lives: dict[str, Order]) -> None:
    """Both groups' books hold exactly what lives, by side and price."""
    groups = {each.id: each.group for each in ACCOUNTS}
    for group in ("G", "H"):
        book = enricher.state().tracker.book(group, "SSE:600000")
        for side in (Side.BUY, Side.SELL):
            wanted: dict[int, int] = {}
            for order in lives.values():
                if groups[order.account] == group and order.side is side and order.live:
                    wanted[order.price] = wanted.get(order.price, 0) + order.live
            own = book.side(side) if book else None
            assert (own.quantities if own else {}) == wanted
            assert (own.prices if own else []) == sorted(wanted)
            if book:
                for worst in PRICES:
                    is_better = worst.__le__ if side is Side.BUY else worst.__ge__
                    better = {price: wanted[price] for price in wanted if is_better(price)}
                    amount = sum(price * quantity for price, quantity in better.items())
                    assert book.live_from(side, worst) == (sum(better.values()), amount)


@given(histories(), st.sampled_from([Side.BUY, Side.SELL]))
def test_an_order_that_only_might_come_leaves_nothing(events: list[Event], side: Side) -> None:
    enricher = Enricher(BASE)
    for each in events:
        enricher.observe(each, is_late=False)
    asked = event(order_ref="R9", side=side, time_ns=OPEN_NS + NS_PER_SECOND)
    seen = enricher.preview(asked)
    assert_own(enricher, recount(events))
    assert enricher.preview(asked) == seen
    assert enricher.observe(asked, is_late=False) == seen


def test_an_order_lives_until_it_is_filled_cancelled_or_rejected() -> None:
    order = event(quantity=500_000)
    assert told(order).live_quantity == 500_000
    assert told(order, event(EventKind.CONFIRM)).live_quantity == 500_000
    assert told(order, fill(quantity=200_000)).live_quantity == 300_000
    assert told(order, fill(quantity=500_000)).live_quantity == 0
    assert told(order, event(REJECT)).live_quantity == 0
    gone = told(order, fill(quantity=200_000), event(CANCELLED, quantity=None))
    assert (gone.live_quantity, gone.cancelled_quantity) == (0, 300_000)


def test_a_fill_that_is_heard_before_its_order_is_not_lost() -> None:
    assert told(fill(quantity=200_000), event(quantity=500_000)).live_quantity == 300_000


def test_a_cancelled_order_says_its_side_and_what_was_cancelled() -> None:
    answer = event(CANCELLED, order_ref="C1", cancel_of="R1", side=None, quantity=100_000)
    seen = told(event(side=Side.SELL), answer)
    assert (seen.side, seen.cancelled_quantity, seen.size_percent_max) == (
        Side.SELL, 100_000, 10_000,
    )  # fmt: skip


def units(*events: Event) -> int:
    enricher = Enricher(BASE)
    return sum(enricher.observe(each, is_late=False).units or 0 for each in events)


def test_an_unmatched_immediate_order_is_two_units_and_a_matched_one_is_one() -> None:
    immediate = event(tif=TimeInForce.IOC)
    assert units(immediate, event(CANCELLED)) == 2
    assert units(immediate, fill(), event(CANCELLED)) == 1
    assert units(event(), event(EventKind.CANCEL), event(CANCELLED)) == 2
    assert units(event(EventKind.QUOTE_REQUEST)) == 1


def test_purchases_open_and_sales_close_unless_the_order_says_so() -> None:
    assert [told(event()).is_opening, told(event()).is_closing] == [True, False]
    sale = told(event(side=Side.SELL))
    assert [sale.is_opening, sale.is_closing] == [False, True]
    short = told(event(side=Side.SELL, offset=Offset.OPEN))
    assert [short.is_opening, short.is_closing] == [True, False]
    assert told(event(side=Side.LEND)).is_opening is None


def holding(account: str = "A", **changes: Any) -> BaseData:
    values = {"account": account, "exchange": "SSE", "symbol": "600000", "quantity": "1000"}
    known = PositionData(**(values | changes))
    return BaseData(accounts=ACCOUNTS, contracts=(contract(),), positions=(known,))


SALE = event(side=Side.SELL, quantity=400_000)


def test_what_an_account_holds_is_unknown_until_it_is_told() -> None:
    assert (told(SALE).position, told(SALE).sellable) == (None, None)
    seen = told(SALE, base=holding())
    assert (seen.position, seen.group_position, seen.sellable) == (1_000_000, 1_000_000, 1_000_000)


def test_an_order_takes_from_what_the_next_one_may_sell() -> None:
    other = event(side=Side.SELL, order_ref="R2")
    assert told(SALE, other, base=holding()).sellable == 600_000
    assert told(SALE, event(CANCELLED), other, base=holding()).sellable == 1_000_000
    assert told(SALE, fill(side=Side.SELL, quantity=400_000), other, base=holding()).position == (
        600_000
    )


def test_what_was_bought_today_is_sold_tomorrow() -> None:
    bought = fill(quantity=300_000)
    seen = told(bought, SALE, base=holding())
    assert (seen.position, seen.sellable) == (1_300_000, 1_000_000)
    enricher = Enricher(holding())
    enricher.observe(bought, is_late=False)
    enricher.start_day(Remains())
    assert enricher.observe(SALE, is_late=False).sellable == 1_300_000


def test_some_contracts_are_sold_on_the_day_they_are_bought() -> None:
    base = BaseData(
        accounts=ACCOUNTS, contracts=(contract(same_day=True),), positions=holding().positions
    )
    assert told(fill(quantity=300_000), SALE, base=base).sellable == 1_300_000


def test_futures_have_a_long_and_a_short_side() -> None:
    opened = fill(side=Side.SELL, offset=Offset.OPEN, quantity=200_000)
    closed = fill(side=Side.BUY, offset=Offset.CLOSE, quantity=50_000, order_ref="R2")
    seen = told(opened, closed, base=holding())
    assert seen.position == 150_000
    assert told(opened, fill(order_ref="R3", quantity=1_000), base=holding()).position == 1_001_000


def test_a_group_holds_what_its_accounts_hold() -> None:
    enricher = Enricher(holding())
    enricher.take_positions([Position("SSE", "B", "600000", 500_000)])
    seen = enricher.observe(SALE, is_late=False)
    assert (seen.position, seen.group_position) == (1_000_000, 1_500_000)


def test_an_order_of_two_ways_is_told_by_the_first() -> None:
    enricher = Enricher(BASE)
    fed = event(dir=FED, conn=source_of("C"))
    assert not enricher.is_doubled(event())
    enricher.observe(event(), is_late=False)
    assert enricher.is_doubled(fed)
    assert not enricher.is_doubled(fill())
    assert not enricher.is_doubled(event(dir=FED, conn=source_of("C"), order_ref="R9"))


def test_an_order_that_meets_the_groups_own_is_marked() -> None:
    own = event(account="B", side=Side.SELL, price=1_000_000)
    buy: dict[str, Any] = {"order_ref": "R2", "side": Side.BUY}
    assert told(own, event(**buy, price=1_000_000)).crosses_own
    assert not told(own, event(**buy, price=990_000)).crosses_own
    assert told(own, event(**buy, price=None, order_type=OrderType.MARKET)).crosses_own
    assert not told(own, event(CANCELLED), event(**buy, price=1_000_000)).crosses_own
    assert not told(own, event(**buy, account="D", price=1_000_000)).crosses_own


def test_a_trade_on_the_other_side_is_known() -> None:
    assert not told(fill(), event(order_ref="R2")).has_reverse_fill
    assert told(fill(), event(order_ref="R2", account="B", side=Side.SELL)).has_reverse_fill
