"""The simulated futures counter: what it sends is taken to the last item, and its orders pass."""

from typing import Any

import pytest
from django.test import Client

from riskgw.reference.actions.load_base import load_base
from riskgw.wiring.simulation.futures_counter import BASE, ORDERS_A_TURN, SOURCE, FuturesCounter
from riskgw.wiring.simulation.market_maker import GOOD
from tests.pages import signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(queue: QueueServer) -> Client:
    load_base(BASE)
    return signed_in("counter")


def taken(client: Client, feed: str, items: list[dict[str, Any]]) -> Any:
    body = {"source": SOURCE, "items": items}
    return client.post(f"/api/v1/{feed}", body, "application/json").json()


def test_all_it_sends_is_taken_once(client: Client) -> None:
    counter = FuturesCounter(1, 0)
    orders = counter.orders()
    sent = {
        "orders": orders,
        "executions": counter.fills(orders),
        "quotes": counter.quotes(),
        "quote-requests": counter.quote_requests(),
        "funds": counter.funds(),
    }
    for feed, items in sent.items():
        assert taken(client, feed, items) == {
            "accepted": len(items), "duplicates": 0, "errors": [],
        }  # fmt: skip
    assert taken(client, "orders", orders)["duplicates"] == ORDERS_A_TURN


def test_a_run_that_begins_anew_sends_nothing_twice() -> None:
    first, second = FuturesCounter(1, 0), FuturesCounter(1, 1_000)
    names = [order["source_id"] for each in (first, second) for order in each.orders()]
    assert len(set(names)) == len(names)


def test_the_good_market_maker_quotes_all_that_it_owes() -> None:
    counter = FuturesCounter(1, 0)
    sent = [item for _ in range(5) for item in counter.quotes()]
    quoted = {item["symbol"] for item in sent if item["account"] == GOOD and "fields" in item}
    assert quoted == {each.symbol for each in BASE.contracts}
