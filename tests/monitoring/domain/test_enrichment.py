"""What rules are told about an event."""

from typing import Any

from msgspec import structs

from monitoring.domain.enrichment import SOURCES_MAX, Enricher
from riskgw.cep.observation import Observation
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, OrderType, Side, TimeInForce
from riskgw.messages.base_data import AccountData, BaseData, ContractData, CounterData
from riskgw.messages.event import Event
from tests.events import event, fill
from tests.rules import OPEN_NS

BASE = BaseData(
    accounts=(
        AccountData(id="A", exchange="SSE", group="G", counter="ALPHA", customer="C"),
        AccountData(id="B", exchange="SSE", group="G", counter="BETA", hedge=True),
    ),
    contracts=(
        ContractData(
            symbol="600000", exchange="SSE", tick="0.01", lot="100",
            order_quantity_max="1000000", kind="stock", board="main", st=True,
        ),
    ),
)  # fmt: skip


def observed(*events: Event) -> Observation:
    enricher = Enricher(BASE)
    return [enricher.observe(each, is_late=False) for each in events][-1]


def test_an_order_carries_its_account_and_contract() -> None:
    seen = observed(event())
    assert (seen.group, seen.customer, seen.counter) == ("G", "C", "ALPHA")
    assert (seen.contract, seen.board, seen.is_st) == ("SSE:600000", "main", True)
    assert seen.order_quantity_max == 1_000_000_000


CONN = "10.1.0.7:45001>10.9.0.1:8016"


def test_an_order_says_where_it_came_from_and_over_what() -> None:
    seen = observed(event(conn=CONN, counter="BETA", access_system="GATE1"))
    assert (seen.counter, seen.access_system, seen.source) == ("BETA", "GATE1", "10.1.0.7")
    assert not seen.is_counter_unknown
    assert observed(event(conn="1>2")).source is None


def test_the_account_says_the_counter_only_while_no_counter_has_a_mark() -> None:
    marked = structs.replace(BASE, counters=(CounterData("BETA", pbus=("000100",)),))
    assert Enricher(BASE).observe(event(), is_late=False).counter == "ALPHA"
    unknown = Enricher(marked).observe(event(is_counter_unknown=True), is_late=False)
    assert (unknown.counter, unknown.is_counter_unknown) == (None, True)


def test_sources_that_are_remembered_are_bounded() -> None:
    enricher = Enricher(BASE)
    for number in range(SOURCES_MAX + 1):
        conn = CONN.replace("45001", str(number))
        assert enricher.observe(event(conn=conn), is_late=False).source == "10.1.0.7"
    assert len(enricher._sources) <= SOURCES_MAX


def test_an_unknown_account_is_a_group_of_its_own() -> None:
    assert observed(event(account="Z")).group == "Z"
    assert observed(event(account=None)).group is None


def test_an_unknown_contract_has_a_name_and_no_limits() -> None:
    seen = observed(event(symbol="999999"))
    assert (seen.contract, seen.order_quantity_max, seen.board) == ("SSE:999999", None, None)


def test_a_cancelled_order_knows_its_age_and_time_in_force() -> None:
    order = event(tif=TimeInForce.IOC)
    answer = event(
        EventKind.CANCELLED, order_ref="C1", cancel_of="R1", time_ns=OPEN_NS + NS_PER_SECOND
    )
    seen = observed(order, answer)
    assert (seen.age_ns, seen.tif, seen.order_ref) == (NS_PER_SECOND, TimeInForce.IOC, "R1")


def test_references_of_other_origins_are_other_orders() -> None:
    answer = event(EventKind.CANCELLED, order_ref="C1", cancel_of="R1", origin="other")
    assert observed(event(), answer).age_ns is None


def test_requests_count_under_their_own_reference() -> None:
    assert observed(event(EventKind.CANCEL, order_ref="C1", cancel_of="R1")).order_ref == "C1"


def amount(**changes: Any) -> int | None:
    return observed(event(**changes)).amount


def test_an_amount_is_price_times_quantity_where_there_is_a_price() -> None:
    assert amount() == 1_000_000 * 100_000
    assert amount(price=0) is None
    assert amount(order_type=OrderType.MARKET) is None
    assert amount(quantity=None) is None


def test_a_self_trade_of_two_accounts_of_one_group_is_marked_with_its_evidence() -> None:
    seen = observed(fill(), fill(account="B", side=Side.SELL, order_ref="R2"))
    assert (seen.is_self_trade, seen.evidence, seen.is_hedge) == (True, "trade number", True)
