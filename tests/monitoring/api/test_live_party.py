"""A customer, control group or account as it stands: over all counters, for whom it concerns."""

import csv
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from io import StringIO
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitoring.actions.store_alerts import store_alerts
from monitoring.actions.store_restrictions import store_restrictions
from monitoring.domain.replica import ReplicaShard
from monitoring.models import OrderRecord
from monitoring.replica import AGE_SECONDS_MAX, Replica, replica
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.kernel.words import Offset, Side
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import Snapshot
from riskgw.messages.restriction import Act, Restriction
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.api_keys import new_key, store_key
from riskgw.reference.models import ControlGroup, Counter
from riskgw.shards.entries import Asked, Heard, Holdings, Load, Market, Told, packed, unpacked
from riskgw.shards.partition import shard_of
from tests.alerts import alert_message
from tests.days import MONDAY
from tests.events import event
from tests.pages import signed_in
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db

# K trades at two counters in two groups, L shares one of the groups.
BASE = BaseData(
    accounts=(
        AccountData("A", "SSE", "G", "ALPHA", "K"),
        AccountData("B", "SSE", "H", "BETA", "K"),
        AccountData("C", "SSE", "G", "BETA", "L"),
    ),
    contracts=(
        ContractData("600000", "SSE", "0.01", "100", "1000000", kind="stock"),
        ContractData("600001", "SSE", "0.01", "100", "1000000", kind="stock"),
    ),
)
GROUPS = {each.id: each.group for each in BASE.accounts}


class Live:
    """What this process's replica has heard."""

    def __init__(self, of: Replica) -> None:
        self.of = of
        of._shards = [ReplicaShard() for _ in range(2)]
        self._take(Load(BASE, ()))
        of._regroup(BASE)
        of.in_force.read()
        self.is_level()

    def is_level(self, seconds_ago: float = 0) -> None:
        self.of._level_at = time.monotonic() - seconds_ago

    def hear(self, *events: Event) -> None:
        for each in events:
            shard = self.of._shards[shard_of(GROUPS[each.account or ""], 2)]
            shard.take(Heard("s", each.time_ns, 0, [each]))

    def told(self, position: Position, *funds: Funds) -> None:
        shard = self.of._shards[shard_of(GROUPS[position.account], 2)]
        shard.take(Holdings("c", [position], list(funds)))

    def market(self, snapshot: Snapshot) -> None:
        self._take(Market([snapshot]))

    def _take(self, entry: Any) -> None:
        for shard in self.of._shards:
            shard.take(entry)


@pytest.fixture
def live(queue: QueueServer) -> Iterator[Live]:
    replica.cache_clear()
    load_base(BASE)
    yield Live(replica())
    replica.cache_clear()


@pytest.fixture
def trader() -> Client:
    return signed_in("trader")


def asked(client: Client, address: str, status: HTTPStatus = HTTPStatus.OK) -> Any:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == status, answer.content
    return answer.json()


def orders(number: int, account: str = "A", **changes: Any) -> list[Event]:
    return [
        event(
            order_ref=f"{account}{place}",
            account=account,
            time_ns=OPEN_NS + place * NS_PER_MS,
            **changes,
        )
        for place in range(number)
    ]


def test_a_customer_is_seen_over_all_counters(live: Live, trader: Client) -> None:
    live.hear(*orders(1), *orders(2, "B"), *orders(4, "C"))
    shown = asked(trader, "customers/K/live")
    assert (shown["kind"], shown["id"], shown["pending"]) == ("customer", "K", None)
    places = [(each["account"], each["counter"], each["live_orders"]) for each in shown["accounts"]]
    assert places == [("A", "ALPHA", 1), ("B", "BETA", 2)]
    assert {each["account"] for each in shown["orders"]["results"]} == {"A", "B"}
    assert shown["orders"]["total"] == 3
    assert shown["as_of_ns"] == OPEN_NS + 3 * NS_PER_MS


def test_a_control_group_is_seen_over_all_customers(live: Live, trader: Client) -> None:
    ControlGroup.objects.filter(code="G").update(name="seven friends")
    live.hear(*orders(1), *orders(2, "B"), *orders(4, "C"))
    shown = asked(trader, "groups/G/live")
    assert [each["account"] for each in shown["accounts"]] == ["A", "C"]
    assert (shown["name"], shown["orders"]["total"]) == ("seven friends", 5)


def test_an_account_without_a_group_is_a_group_of_its_own(live: Live, trader: Client) -> None:
    load_base(BaseData(accounts=(AccountData("Z", "SSE", "", "ALPHA"),)))
    assert [each["group"] for each in asked(trader, "groups/Z/live")["accounts"]] == [None]


def test_an_order_says_all_that_is_known_of_it(live: Live, trader: Client) -> None:
    order = event(side=Side.SELL, offset=Offset.CLOSE, price=990_000)
    later = event(order_ref="R2", account="B", time_ns=OPEN_NS + NS_PER_SECOND)
    live.hear(order, later)
    (shown,) = asked(trader, "accounts/A/live")["orders"]["results"]
    assert shown == {
        "id": None, "time_ns": OPEN_NS, "age_ms": 1000, "exchange": "SSE", "account": "A",
        "counter": "ALPHA", "symbol": "600000", "side": "sell", "offset": "close",
        "price": "9.9", "quantity": "100", "live": "100", "origin": "db", "order_ref": "R1",
    }  # fmt: skip
    OrderRecord.objects.create(
        trading_day=MONDAY, shard=1, series=7, event="order", account="A", origin="db",
        order_ref="R1", time_ns=OPEN_NS, at_ns=OPEN_NS, counter="GAMMA",
    )  # fmt: skip
    (stored,) = asked(trader, "accounts/A/live")["orders"]["results"]
    assert (stored["id"], stored["counter"]) == (f"{MONDAY}.1.7", "GAMMA")


def test_live_orders_come_in_pages_the_newest_first(live: Live, trader: Client) -> None:
    live.hear(*orders(250))
    found: list[str] = []
    cursor = ""
    while True:
        page = asked(trader, f"accounts/A/live?cursor={cursor}" if cursor else "accounts/A/live")
        found += [each["order_ref"] for each in page["orders"]["results"]]
        cursor = page["orders"]["next"]
        if cursor is None:
            break
        live.hear(event(order_ref=f"new {len(found)}", time_ns=OPEN_NS + NS_PER_SECOND))
    assert found == [f"A{place}" for place in reversed(range(250))]


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMiwzXQ", "%00", "bnVsbA"])
def test_what_is_no_cursor_is_refused(live: Live, trader: Client, cursor: str) -> None:
    refused = asked(trader, f"customers/K/live?cursor={cursor}", HTTPStatus.BAD_REQUEST)
    assert [each["field"] for each in refused["errors"]] == ["cursor"]


def test_positions_and_funds_are_shown_as_they_are_known(live: Live, trader: Client) -> None:
    funds = Funds("A", "SSE", available=5_050_000, equity=20_000_000, margin=5_000_000)
    live.hear(event(account="B"), event(account="A", order_ref="R9"))
    live.told(Position("SSE", "A", "600000", 500_000, sellable=200_000), funds)
    live.market(Snapshot(OPEN_NS, "SSE", "600000", last=1_010_000))
    shown = asked(trader, "customers/K/live")
    assert shown["positions"] == [
        {
            "exchange": "SSE", "account": "A", "counter": "ALPHA", "symbol": "600000",
            "side": "long", "quantity": "500", "change": None, "sellable": "200",
            "last": "10.1", "is_stale": False,
        }
    ]  # fmt: skip
    first, second = shown["accounts"]
    assert first["funds"] == {
        "available": "50.5", "equity": "200", "margin": "50", "risk_percent": "25",
    }  # fmt: skip
    assert (first["positions_known"], second["positions_known"]) == (True, False)
    assert second["funds"] is None


def test_one_contract_can_be_looked_at(live: Live, trader: Client) -> None:
    live.told(Position("SSE", "A", "600000", 500_000))
    live.told(Position("SSE", "A", "600001", 500_000))
    live.hear(*orders(2), event(order_ref="R9", symbol="600001"))
    for symbol in ("600001", "SSE:600001"):
        shown = asked(trader, f"customers/K/live?symbol={symbol}")
        assert [each["symbol"] for each in shown["positions"]] == ["600001"]
        assert [each["order_ref"] for each in shown["orders"]["results"]] == ["R9"]
        assert (shown["positions_total"], shown["orders"]["total"]) == (1, 1)


def restrict(live: Live, number: str, scope: dict[str, str], *mask: Act) -> None:
    store_restrictions(
        [Restriction(id=number, scope=scope, mask=mask, since_ns=OPEN_NS, reason="r")]
    )
    live.of.in_force.read()


def test_what_an_account_may_not_do_is_what_all_restrictions_together_stop(
    live: Live, trader: Client
) -> None:
    restrict(live, "1", {"account": "A"}, Act.OPEN)
    restrict(live, "2", {"counter": "ALPHA"}, Act.CLOSE)
    restrict(live, "3", {"group": "H", "contract": "SSE:600000"}, Act.OPEN)
    restrict(live, "4", {"customer": "L"}, Act.OPEN)
    restrict(live, "5", {"contract": "SSE:600000"}, Act.OPEN)
    shown = asked(trader, "customers/K/live")
    access = [(each["trading"], each["stopped"]) for each in shown["accounts"]]
    assert access == [("HALTED", ["open", "close"]), ("ACTIVE", [])]
    assert [each["id"] for each in shown["restrictions"]] == ["1", "2", "3"]


def test_where_restrictions_are_not_known_nobody_says_that_trading_is_free(
    live: Live, trader: Client
) -> None:
    live.of.in_force._read_at = None
    shown = asked(trader, "customers/K/live")
    assert shown["restrictions"] is None
    assert {(each["trading"], each["stopped"]) for each in shown["accounts"]} == {(None, None)}


def test_a_replica_that_has_not_caught_up_says_so_and_nothing_live(
    live: Live, trader: Client
) -> None:
    live.hear(*orders(3))
    live.is_level(AGE_SECONDS_MAX + 0.1)
    shown = asked(trader, "customers/K/live")
    assert (shown["pending"], shown["orders"]["results"]) == ("replica_too_old", [])
    assert [each["live_orders"] for each in shown["accounts"]] == [None, None]
    live.of._level_at = None
    assert asked(trader, "customers/K/live")["pending"] == "replica_not_fed"
    address = "customers/K/live/export?what=orders"
    refused = asked(trader, address, HTTPStatus.SERVICE_UNAVAILABLE)
    assert refused["type"] == "urn:riskgw:replica_not_fed"


@pytest.mark.parametrize("address", ["customers/X/live", "groups/K/live", "accounts/K/live"])
def test_who_is_not_there_is_not_found(live: Live, trader: Client, address: str) -> None:
    asked(trader, address, HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize(
    "address",
    [
        "customers?search=A",
        "customers/K/live",
        "groups/G/live",
        "accounts/A/live",
        "customers/K/live/export?what=orders",
    ],
)
def test_strangers_and_roles_that_trade_nothing_are_refused(live: Live, address: str) -> None:
    asked(Client(), address, HTTPStatus.UNAUTHORIZED)
    asked(signed_in("accountant"), address, HTTPStatus.FORBIDDEN)


def test_a_counter_sees_its_own_accounts_only(live: Live) -> None:
    signed_in("counter")
    key = new_key()
    store_key("t", User.objects.get(username="counter"), key, Counter.objects.get(code="ALPHA"))
    client = Client(headers={"authorization": f"Api-Key {key}"})
    shown = asked(client, "customers/K/live")
    assert [each["account"] for each in shown["accounts"]] == ["A"]
    asked(client, "customers/L/live", HTTPStatus.NOT_FOUND)
    found = asked(client, "customers?search=&kind=customer", HTTPStatus.BAD_REQUEST)
    assert [each["field"] for each in found["errors"]] == ["search"]
    assert [each["id"] for each in asked(client, "customers?search=K")["results"]] == ["K"]
    assert asked(client, "customers?search=L")["results"] == []


def test_suggestions_come_by_code_by_name_and_by_account(live: Live, trader: Client) -> None:
    ControlGroup.objects.filter(code="H").update(name="老友")

    def found(search: str) -> list[tuple[str, str, int]]:
        rows = asked(trader, f"customers?search={search}")["results"]
        return [(each["kind"], each["id"], each["accounts"]) for each in rows]

    assert found("k") == [("customer", "K", 2)]
    assert found("老") == [("group", "H", 1)]
    assert found("C") == [("customer", "L", 1), ("group", "G", 1), ("account", "C", 1)]
    only = asked(trader, "customers?search=C&kind=account")["results"]
    assert [each["kind"] for each in only] == ["account"]


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == HTTPStatus.OK, answer.content
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_positions_and_live_orders_are_exported(live: Live, trader: Client) -> None:
    live.told(Position("SSE", "A", "600000", 500_000))
    live.hear(*orders(150))
    (position,) = rows_of(trader, "customers/K/live/export?what=positions")
    assert (position["account"], position["quantity"], position["last"]) == ("A", "500", "")
    exported = rows_of(trader, "groups/G/live/export?what=orders&symbol=600000")
    assert len(exported) == 150
    assert exported[0]["time (UTC+8)"] == "2026-11-23 09:30:00.149"
    workbook = trader.get("/api/v1/accounts/A/live/export?what=orders&kind=xlsx")
    assert workbook["X-Export-Rows"] == "150"
    asked(trader, "customers/K/live/export?what=everything", HTTPStatus.BAD_REQUEST)


def test_alerts_of_a_customer_or_group_are_its_own_and_those_of_its_accounts(
    live: Live, trader: Client
) -> None:
    keys = [{"account": "A"}, {"account": "C"}, {"group": "G"}, {"customer": "K"}, {"group": "H"}]
    alerts = [alert_message(key=key, time_ns=OPEN_NS + at) for at, key in enumerate(keys)]
    store_alerts(alerts, [str(number) for number in range(len(keys))])

    def found(filters: str) -> list[dict[str, str]]:
        return [each["key"] for each in asked(trader, f"alerts?{filters}")["results"]][::-1]

    assert found("group=G") == [{"account": "A"}, {"account": "C"}, {"group": "G"}]
    assert found("customer=K") == [{"account": "A"}, {"customer": "K"}]
    assert found("customer=L") == [{"account": "C"}]


class AnsweringShards:
    """Answers questions that stand in the shards' streams: one figure of the account, one of its
    group, and one that is the same for all."""

    def __init__(self, queue: QueueServer, questions: int) -> None:
        self._client: Any = queue.client()
        self._left = questions
        self._positions: dict[str, Any] = {"orders.0": "$", "orders.1": "$"}
        # From the end as it is now, not as it is when the thread begins.
        for stream in self._positions:
            newest = self._client.xrevrange(stream, count=1)
            self._positions[stream] = newest[0][0] if newest else "0-0"

    def run(self) -> None:
        while self._left > 0:
            for stream, entries in self._client.xread(self._positions, block=5000):
                self._positions[stream.decode()] = entries[-1][0]
                for _, fields in entries:
                    self._answer(unpacked(fields[b"b"]))

    def _answer(self, question: Any) -> None:
        assert isinstance(question, Asked)
        account = question.event.account or ""
        rows = [
            {"rule": "P01", "indicator": "orders", "unit": "count", "key": key, "value": 1,
             "warn": 2, "restrict": None, "limit": 3, "left": 2}
            for key in ({"account": account}, {"group": GROUPS[account]}, {"exchange": "SSE"})
        ]  # fmt: skip
        told = Told(question.number, OPEN_NS, msgspec.json.encode(rows))
        self._client.xadd("answers", {"b": packed(told)})
        self._left -= 1


@pytest.mark.parametrize(
    ("whom", "accounts", "keys"),
    [
        ("account=A", "A", ["account=A", "group=G", "exchange=SSE"]),
        ("group=G", "AC", ["account=A", "group=G", "exchange=SSE", "account=C"]),
        ("customer=K", "AB", ["account=A", "group=G", "exchange=SSE", "account=B", "group=H"]),
    ],
)
def test_headroom_of_many_accounts_says_each_figure_once(
    live: Live, queue: QueueServer, whom: str, accounts: str, keys: list[str]
) -> None:
    shards = threading.Thread(target=AnsweringShards(queue, len(accounts)).run)
    shards.start()
    rows = asked(signed_in("trader"), f"headroom?{whom}")
    shards.join()
    assert ["=".join(*row["key"].items()) for row in rows] == keys
    assert {(row["indicator"], row["unit"]) for row in rows} == {("orders", "count")}


def test_headroom_is_of_one_party(live: Live, trader: Client) -> None:
    asked(trader, "headroom", HTTPStatus.BAD_REQUEST)
    asked(trader, "headroom?account=A&group=G", HTTPStatus.BAD_REQUEST)
    asked(trader, "headroom?customer=X", HTTPStatus.NOT_FOUND)
