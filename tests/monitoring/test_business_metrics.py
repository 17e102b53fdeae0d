"""The business metrics: a prompt at the first threshold; at the second an order is denied until
somebody acts and releases. What is computed can be dropped and comes back the same."""

from collections.abc import Callable
from http import HTTPStatus
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from django.db import connection

from monitoring.actions.store_raw import ROWS_A_TRANSACTION, store_raw
from monitoring.computing import Computing
from monitoring.domain.business_metrics import METRICS, MetricCmp
from monitoring.domain.business_metrics import BusinessMetric as Metric
from monitoring.models import (
    Alert,
    MetricFigure,
    MetricPoint,
    MetricStanding,
    MetricThreshold,
    RawRecord,
    Restriction,
    RuleVersion,
)
from riskgw.kernel.words import EventKind
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.counter_feed import FeedKind
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import Account
from riskgw.shards.entries import RAW, Raw, packed
from tests.monitoring import business
from tests.monitoring.business import BASE, CLIENT, FUTURE, MAKER, OPTION
from tests.pages import signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db
HOUR = 3600
PAIR = "USD.CNY"
FX = BaseData(
    accounts=(AccountData("FXDESK", "CFETS", "GF", "CTP", market_maker=True),),
    contracts=(ContractData(PAIR, "CFETS", "0.0001", "1", "1000000000", kind="fx"),),
)


@pytest.fixture(autouse=True)
def base(queue: QueueServer) -> None:
    load_base(BASE)
    load_base(FX)
    # What an account may trade is entered in the admin.
    Account.objects.filter(code=CLIENT).update(permissions="future")


class Case(NamedTuple):
    """What comes to the monitoring threshold, to the risk threshold, and what the trader does."""

    metric: Metric
    whose: tuple[str, str]
    below: Callable[[], None]
    monitoring: Callable[[], None]
    risk: Callable[[], None]
    acts: Callable[[], None] | None


def threshold(metric: Metric, monitoring: str, risk: str) -> Callable[[], None]:
    def change() -> None:
        MetricThreshold.objects.filter(metric=metric).update(monitoring=monitoring, risk=risk)

    return change


def absent_until(seconds: int, symbol: str) -> Callable[[], None]:
    """Of 14,220 s of the day 80 % can be reached until 2,844 are missing, 70 % until 4,266."""
    return lambda: business.request(seconds, symbol)


def sides(seconds: int, count: int, symbol: str = OPTION) -> Callable[[], None]:
    def send() -> None:
        for number in range(count):
            business.quote(seconds + number, symbol)

    return send


def margin(seconds: int, amount: str) -> Callable[[], None]:
    return lambda: business.funds(seconds, equity="1000", margin=amount)


def sent(*kinds: EventKind, lots: int = 1, symbol: str = FUTURE) -> Callable[[], None]:
    return lambda: business.orders(kinds, lots=lots, symbol=symbol)


def once(call: Callable[[], None], change: Callable[[], None]) -> Callable[[], None]:
    def both() -> None:
        change()
        call()

    return both


ORDER, CANCEL = EventKind.ORDER, EventKind.CANCEL
CASES = (
    Case(Metric.OPTION_OBLIGATION, (MAKER, OPTION), absent_until(0, OPTION),
         absent_until(2_845, OPTION), absent_until(4_267, OPTION), None),
    Case(Metric.FUTURE_OBLIGATION, (MAKER, FUTURE), absent_until(0, FUTURE),
         absent_until(2_845, FUTURE), absent_until(4_267, FUTURE), None),
    Case(Metric.QUOTES, (MAKER, OPTION), sides(0, 2),
         once(sides(10, 1), threshold(Metric.QUOTES, "3", "5")), sides(20, 2), None),
    Case(Metric.FUNDS, (CLIENT, ""), margin(0, "799.99"), margin(1, "800"), margin(2, "1000"),
         margin(3, "100")),
    Case(Metric.CANCELS, (CLIENT, FUTURE), sent(*[ORDER] * 20, *[CANCEL] * 7), sent(CANCEL),
         sent(CANCEL, CANCEL), sent(*[ORDER] * 20)),
    Case(Metric.LARGEST_ORDER, (CLIENT, FUTURE), sent(ORDER, lots=16), sent(ORDER, lots=17),
         sent(ORDER, lots=21), None),
    Case(Metric.PERMISSION, (CLIENT, ""), sent(ORDER), sent(ORDER, symbol=OPTION),
         sent(ORDER, ORDER, symbol=OPTION), None),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.metric))
def test_a_prompt_then_a_restriction_that_the_trader_releases(
    case: Case, queue: QueueServer
) -> None:
    account, symbol = case.whose
    computing = Computing()

    def run(step: Callable[[], None]) -> list[str]:
        step()
        computing.run(queue.client())
        found = Alert.objects.filter(values__0__indicator=str(case.metric))
        return list(found.order_by("pk").values_list("level", flat=True))

    assert run(case.below) == []
    assert run(case.monitoring) == ["warn"]
    assert business.verdict(account, symbol or FUTURE)[0] == "allow"
    assert run(case.risk) == ["warn", "limit"]
    assert business.verdict(account, symbol or FUTURE)[0] == "deny"
    row = Restriction.objects.get(rule=METRICS[case.metric].code)
    # While the figure stands there, one person alone does not release.
    trader = signed_in("trader")
    address = f"/api/v1/restrictions/{row.number}/release"
    answer = trader.post(address, {"reason": "acted"}, "application/json")
    assert answer.json()["needs"] == "second_person"
    assert answer.json()["cause"][0]["indicator"] == case.metric
    # He acts; where what has happened stays, somebody lifts the threshold.
    lifted = ("0", "0") if METRICS[case.metric].cmp is MetricCmp.BELOW else ("9999", "9999")
    run(case.acts or threshold(case.metric, *lifted))
    answer = trader.post(address, {"reason": "acted"}, "application/json")
    assert (answer.status_code, answer.json()["needs"]) == (HTTPStatus.OK, None)
    assert business.verdict(account, symbol or FUTURE)[0] == "allow"
    assert run(lambda: None) == ["warn", "limit"]


def a_day() -> None:
    for seconds in range(0, 1200, 60):
        business.quote(seconds)
        business.withdraw(seconds + 40)
        business.request(seconds + 45)
        business.quote(seconds + 50, FUTURE, ref="F", bid="3900", ask="3902")
    sides = {"bid": "6.4688", "bid_size": "1000000", "ask": "6.4701", "ask_size": "1000000"}
    business.send(FeedKind.QUOTES, {
        "exchange": "CFETS", "account": "FXDESK", "symbol": PAIR, "order_ref": "X",
        "fields": sides, "time_ns": business.at(20),
    })  # fmt: skip
    business.funds(30, equity="1000", margin="100", fees="3", deposits="5")
    business.funds(600, equity="1100", margin="150", withdrawals="50")
    business.orders([ORDER] * 30 + [CANCEL] * 5)
    business.orders([ORDER], symbol=OPTION, lots=20)


def stored() -> tuple[list[Any], list[Any]]:
    names = ("metric", "exchange", "account", "symbol", "value")
    figures = MetricFigure.objects.values_list(*names, "as_of_ns", "details")
    points = MetricPoint.objects.order_by("metric", "account", "symbol", "at_ns")
    return list(figures), list(points.values_list(*names, "at_ns"))


def test_figures_that_were_dropped_are_computed_again_the_same(queue: QueueServer) -> None:
    computing = Computing()
    for _ in range(2):
        a_day()
        computing.run(queue.client())
    figures, points = stored()
    assert {row[0] for row in figures} == {str(each) for each in Metric}
    assert len(points) > 20
    alerts, standings = Alert.objects.count(), MetricStanding.objects.count()
    MetricFigure.objects.all().delete()
    MetricPoint.objects.all().delete()
    Computing().compute()
    assert stored() == (figures, points)
    assert (Alert.objects.count(), MetricStanding.objects.count()) == (alerts, standings)


def test_raw_records_are_kept_as_they_were_delivered_once(queue: QueueServer) -> None:
    business.quote(5, bid="119.8", ask="121.0")
    computing = Computing()
    computing.run(queue.client())
    computing.run(queue.client())
    row = RawRecord.objects.get()
    assert (row.feed, row.account, row.time_ns) == ("quotes", MAKER, business.at(5))
    assert row.item["fields"] == {
        "bid": "119.8", "bid_size": "10", "ask": "121.0", "ask_size": "10",
    }  # fmt: skip
    assert queue.client().xlen("raw") <= 1


class Dying:
    """Counts the insertions of raw records, and dies at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.insertions = at, 0

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and RawRecord._meta.db_table in sql:
            self.insertions += 1
            if self.insertions == self.at:
                raise ConnectionError
        return execute(sql, *rest)


def test_many_raw_records_are_stored_a_few_a_transaction_and_none_twice(queue: QueueServer) -> None:
    items = [(f"q{number}", business.at(number), {"n": number}) for number in range(1_000)]
    for first, last in pairwise([0, 1, 150, 350, 350, 999, 1_000]):
        queue.client().xadd(RAW, {"b": packed(Raw("quotes", "s", items[first:last]))})
    dying = Dying(at=3)
    with connection.execute_wrapper(dying), pytest.raises(ConnectionError):
        store_raw(queue.client())
    assert RawRecord.objects.count() == 2 * ROWS_A_TRANSACTION
    with connection.execute_wrapper(dying):
        assert store_raw(queue.client())
    assert dying.insertions == 1 + len(items) / ROWS_A_TRANSACTION
    names = RawRecord.objects.order_by("pk").values_list("source_id", flat=True)
    assert list(names) == [name for name, _, _ in items]
    assert store_raw(queue.client()) == 0
    assert queue.client().xlen(RAW) == 1


def test_without_a_feed_a_metric_has_no_source_and_no_figure(queue: QueueServer) -> None:
    answer = signed_in("trader").get("/api/v1/metrics/business").json()
    assert (answer["results"], set(answer["sources"].values())) == ([], {False})
    business.funds(1, equity="1000", margin="100")
    Computing().run(queue.client())
    answer = signed_in("trader").get("/api/v1/metrics/business").json()
    assert [name for name, is_fed in answer["sources"].items() if is_fed] == ["funds"]
    (row,) = answer["results"]
    assert (row["value"], row["monitoring"], row["risk"], row["standing"]) == (
        "10", "80", "100", "quiet",
    )  # fmt: skip
    assert row["details"]["equity"] == 100_000_000


def test_series_thresholds_and_exports_are_told(queue: QueueServer) -> None:
    business.quote(0)
    business.quote(200)
    Computing().run(queue.client())
    risk = signed_in("risk")
    whose = {"metric": "quotes", "exchange": "CFFEX", "account": MAKER, "symbol": OPTION}
    series = risk.get("/api/v1/metrics/business/series", whose).json()
    assert [point["value"] for point in series["points"]] == ["1"]
    assert (series["monitoring"], series["risk"]) == ("500", "1000")
    lines = risk.get("/api/v1/metrics/business/export", {"metric": "quotes"}).content.decode()
    assert "quotes,CFFEX,F8,IO2612-C-3900,2," in lines
    rows = risk.get("/api/v1/metrics/business/thresholds").json()["results"]
    (row,) = (each for each in rows if each["metric"] == "quotes")
    address = f"/api/v1/metrics/business/thresholds/{row['id']}"
    changed = risk.patch(address, {"monitoring": "1", "risk": "9"}, "application/json")
    assert changed.json()["monitoring"] == "1"
    crossed = risk.patch(address, {"monitoring": "9", "risk": "1"}, "application/json")
    assert crossed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    none = {"monitoring": None, "risk": None}
    refused = signed_in("trader").patch(address, none, "application/json")
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_each_metric_has_a_rule_row_of_its_own_once_it_has_alerted(queue: QueueServer) -> None:
    business.funds(1, equity="1000", margin="900")
    Computing().run(queue.client())
    version = RuleVersion.objects.get(rule__code="B13.4")
    assert (version.number, version.mode, version.rule.mode) == (1, "off", "off")
