"""What the market says about an order, as rules see it."""

from typing import Any

from monitoring.domain.enrichment import Enricher
from monitoring.domain.market_book import STALE_NS
from monitoring.domain.risk_core import RiskCore
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, Op, WindowKind
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.holdings import Funds
from riskgw.messages.market import Snapshot
from tests.events import event, fill
from tests.market import snapshot
from tests.rules import OPEN_NS, condition, day_indicator, indicator, rule, thresholds

ACCOUNT = AccountData(id="A", exchange="SSE", group="G", counter="C")
CONTRACT = ContractData(
    symbol="600000", exchange="SSE", tick="0.01", lot="100", order_quantity_max="1000000",
    kind="stock", previous_close="10.00", high_limit="11.00", low_limit="9.00",
)  # fmt: skip
BASE = BaseData(accounts=(ACCOUNT,), contracts=(CONTRACT,))
DAY_NS = 24 * 3600 * NS_PER_SECOND


def seen(*market: Snapshot, base: BaseData = BASE, **changes: Any) -> Observation:
    """A buy of 100 at 10.00, after these snapshots."""
    enricher = Enricher(base)
    for each in market:
        enricher.hear_market(each)
    return enricher.observe(event(**changes), is_late=False)


def test_without_a_market_nothing_is_guessed() -> None:
    order = seen()
    assert (order.last, order.in_best5, order.market_at_price, order.own_best5_percent) == (
        None, None, None, None,
    )  # fmt: skip
    assert order.is_stale_market
    assert (order.previous_close, order.off_previous_close_percent) == (1_000_000, 0)


def test_an_order_is_held_against_the_best_five_of_its_side() -> None:
    order = seen(snapshot(), price=996_000, quantity=5_000_000)
    assert (order.in_best5, order.market_at_price, order.best5_quantity) == (
        True, 5_000_000, 15_000_000,
    )  # fmt: skip
    assert order.own_live_best5 == 5_000_000
    assert order.own_best5_amount == 5_000_000 * 996_000
    assert (order.own_best5_percent, order.own_at_price_percent) == (33_333_333, 100_000_000)
    deep = seen(snapshot(), price=995_000, quantity=5_000_000)
    assert (deep.in_best5, deep.market_at_price, deep.own_live_best5) == (False, None, 0)
    sale = seen(snapshot(), side=Side.SELL, price=1_005_000)
    assert (sale.in_best5, sale.market_at_price) == (True, 5_000_000)
    assert not seen(snapshot(), side=Side.SELL, price=1_006_000).in_best5


def test_every_price_is_among_the_best_five_of_a_thin_book() -> None:
    thin = snapshot(bids=((1_000_000, 1_000),))
    assert seen(thin, price=900_000).in_best5
    assert seen(thin, price=900_000).market_at_price == 0


def test_a_side_is_locked_at_its_own_limit() -> None:
    assert seen(snapshot(), price=1_100_000).at_limit_price
    assert not seen(snapshot(), price=900_000).at_limit_price
    assert seen(snapshot(), side=Side.SELL, price=900_000).at_limit_price
    locked = snapshot(bids=((1_100_000, 7_000),), asks=())
    assert seen(locked).market_at_limit_buy == 7_000
    assert seen(snapshot()).market_at_limit_buy == 0


def test_prices_are_told_in_percent_off_the_last_and_the_close() -> None:
    order = seen(snapshot(last=1_030_000), price=1_050_000)
    assert order.off_previous_close_percent == 5_000_000
    assert order.off_last_percent == 1_941_747
    assert order.move_percent == 3_000_000
    assert seen(snapshot(last=990_000)).move_percent == -1_000_000


def test_an_answer_is_held_against_the_price_of_its_order() -> None:
    enricher = Enricher(BASE)
    enricher.hear_market(snapshot())
    enricher.observe(event(price=1_100_000), is_late=False)
    answer = event(EventKind.CANCELLED, price=None, cancel_of="R1", order_ref="C1")
    assert enricher.observe(answer, is_late=False).at_limit_price
    traded = enricher.observe(fill(price=1_000_000), is_late=False)
    assert (traded.at_limit_price, traded.price) == (True, 1_000_000)


def test_a_market_that_is_silent_is_stale_unless_a_phase_has_just_begun() -> None:
    at_ns = OPEN_NS + 3600 * NS_PER_SECOND
    kept = snapshot(ns=at_ns - STALE_NS)
    assert not seen(kept, time_ns=at_ns).is_stale_market
    assert seen(kept, time_ns=at_ns + 1).is_stale_market
    other = snapshot(symbol="600001", ns=at_ns)
    assert not seen(kept, other, time_ns=at_ns + 1).is_stale_market
    before = snapshot(ns=OPEN_NS - 300 * NS_PER_SECOND)
    assert not seen(before, time_ns=OPEN_NS + NS_PER_SECOND).is_stale_market
    assert seen(before, time_ns=OPEN_NS + STALE_NS).is_stale_market


def test_older_snapshots_change_nothing() -> None:
    old = snapshot(ns=OPEN_NS - 1, last=1)
    assert seen(snapshot(), old).last == 1_000_000


def test_ticks_and_lots() -> None:
    assert seen(price=1_000_000).tick_ok
    assert seen(price=1_000_500).tick_ok is False
    assert seen(quantity=100_000).lot_ok
    assert seen(quantity=150_000).lot_ok is False
    assert seen(quantity=150_000, side=Side.SELL).lot_ok is None


def test_funds_are_those_the_counter_told() -> None:
    enricher = Enricher(BASE)
    assert enricher.observe(event(), is_late=False).available is None
    enricher.take_funds([Funds("A", available=500, equity=1_000, margin=900)])
    order = enricher.observe(event(), is_late=False)
    assert (order.available, order.risk_percent) == (500, 90_000_000)
    enricher.take_funds([Funds("A", "SSE", equity=0, margin=900)])
    assert enricher.observe(event(), is_late=False).risk_percent is None


def test_permissions_are_denied_by_default_where_somebody_keeps_them() -> None:
    def permitted(*permissions: str, **changes: Any) -> bool | None:
        account = AccountData("A", "SSE", "G", "C", permissions=permissions)
        base = BaseData(accounts=(account,), contracts=(CONTRACT,))
        return seen(base=base, **changes).has_permission

    assert seen().has_permission is None
    assert permitted() is False
    assert permitted("*") is True
    assert permitted("stock:buy") is True
    assert permitted("stock:buy", side=Side.SELL) is False


FAR = day_indicator("far", op=Op.MAX, value_field="off_last_percent")
MOVED = indicator(
    "moved", op=Op.RANGE, value_field="last", events=(EventKind.MARKET,), key=("contract",),
    window=WindowKind.SLIDING, length_ms=180_000,
)  # fmt: skip
MOVES = rule(
    condition("moved", cmp=Cmp.GE, thresholds=thresholds(limit="1")),
    code="X02", key=("contract",), indicators=(MOVED,),
)  # fmt: skip


def core_of_today() -> RiskCore:
    core = RiskCore(BASE, [MOVES])
    core.hear(event(), is_late=False)
    return core


def test_a_market_can_raise_an_alert_of_its_own_with_a_number() -> None:
    core = core_of_today()
    assert core.hear_market(snapshot(ns=OPEN_NS + 1)) == []
    assert core.series == 1
    (alert,) = core.hear_market(snapshot(ns=OPEN_NS + 2, last=1_200_000))
    assert (alert.key, core.series) == ({"contract": "SSE:600000"}, 2)


def test_of_all_shards_one_speaks_for_a_contract_and_all_have_counted() -> None:
    core = core_of_today()
    core.hear_market(snapshot(ns=OPEN_NS + 1), is_speaker=False)
    moved = snapshot(ns=OPEN_NS + 2, last=1_200_000)
    assert core.hear_market(moved, is_speaker=False) == []
    again = snapshot(ns=OPEN_NS + 3, last=1_200_000)
    assert core.hear_market(again) == []


def test_the_market_of_tomorrow_waits_for_tomorrows_orders() -> None:
    core = RiskCore(BASE, [rule(condition("far", thresholds=thresholds(limit="4")),
                                indicators=(FAR,))])  # fmt: skip
    core.hear(event(), is_late=False)
    core.hear_market(snapshot(ns=OPEN_NS + DAY_NS, last=500_000))
    assert core.hear(event(order_ref="R2"), is_late=False) == []
    tomorrow = event(order_ref="R3", time_ns=OPEN_NS + DAY_NS)
    assert [alert.level for alert in core.hear(tomorrow, is_late=False)] == ["limit"]


def test_what_no_rule_asks_for_is_not_worked_out() -> None:
    enricher = Enricher(BASE, {"quantity"})
    enricher.hear_market(snapshot())
    order = enricher.observe(event(), is_late=False)
    assert (order.last, order.own_live_at_price, order.tick_ok) == (None, None, None)
    enricher.need({"own_live_at_price"})
    assert enricher.observe(event(order_ref="R2"), is_late=False).own_live_at_price == 200_000
