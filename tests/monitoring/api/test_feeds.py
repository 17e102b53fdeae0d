"""Counters' feeds: each item once, named errors, into the shard of its control group."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from monitoring.feed_gate import admit, digest, unseen
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.reference.actions.load_base import load_base
from riskgw.shards.entries import Fed, Holdings, unpacked
from riskgw.shards.partition import shard_of
from tests.pages import signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(queue: QueueServer) -> Client:
    load_base(BaseData(accounts=(AccountData("F1", "CFFEX", "G", "CTP"),)))
    return signed_in("counter")


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    values = {
        "source_id": f"S{number}", "exchange": "CFFEX", "account": "F1", "symbol": "IF2612",
        "side": "buy", "offset": "open", "price": "3900.2", "quantity": "2",
        "order_ref": f"R{number}",
    }  # fmt: skip
    return values | changes


def send(client: Client, *items: Any, feed: str = "orders", source: str = "CTP") -> Any:
    body = {"source": source, "items": items}
    return client.post(f"/api/v1/{feed}", body, "application/json")


def sent(queue: QueueServer, group: str = "G") -> list[Any]:
    """What stands in the stream of a group's shard."""
    entries: Any = queue.client().xrange(f"orders.{shard_of(group, 2)}")
    return [unpacked(fields[b"b"]) for _, fields in entries]


def test_orders_come_into_the_shard_of_their_group(client: Client, queue: QueueServer) -> None:
    answer = send(client, item(1), item(2, event="cancel", cancel_of="R1"))
    assert answer.json() == {"accepted": 2, "duplicates": 0, "errors": []}
    (entry,) = sent(queue)
    assert isinstance(entry, Fed)
    assert [event.event for event in entry.events] == ["order", "cancel"]
    order, cancel = entry.events
    assert (order.price, order.quantity, order.counter) == (390_020_000, 2_000, "CTP")
    assert order.source_seq < cancel.source_seq


def test_an_item_that_is_sent_again_counts_once(client: Client, queue: QueueServer) -> None:
    assert send(client, item(1), item(1)).json()["accepted"] == 1
    assert send(client, item(1), item(2)).json() == {
        "accepted": 1, "duplicates": 1, "errors": [],
    }  # fmt: skip
    # Another source, and another address, number for themselves.
    assert send(client, item(1), source="CTP2").json()["accepted"] == 1
    fill = item(1, exec_ref="E1")
    assert send(client, fill, feed="executions").json()["accepted"] == 1
    assert [len(entry.events) for entry in sent(queue)] == [1, 1, 1, 1]


def test_what_was_seen_is_kept_beside_the_streams_not_in_the_process(
    client: Client, queue: QueueServer
) -> None:
    send(client, item(1))
    (key,) = queue.client().keys("feed.seen.*")
    assert queue.client().scard(key) == 1
    assert 0 < queue.client().ttl(key) <= 3 * 86_400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"price": "NaN"}, ("price", "not_finite")),
        ({"price": "-1"}, ("price", "negative")),
        ({"exchange": "NYSE"}, ("exchange", "unknown_exchange")),
        ({"side": "long"}, ("side", "unknown_word")),
        ({"account": ""}, ("account", "required")),
        ({"source_id": ""}, ("source_id", "required")),
        ({"source_id": 5}, ("source_id", "not_text")),
        ({"source_id": "x" * 81}, ("source_id", "too_long")),
        ({"time_ns": 1}, ("time_ns", "day_over")),
        ({"colour": "red"}, ("colour", "unknown_field")),
    ],
)
def test_a_bad_item_is_named_and_the_others_are_taken(
    client: Client, queue: QueueServer, wrong: Any, error: tuple[str, str]
) -> None:
    answer = send(client, item(1), item(2, **wrong), item(3)).json()
    assert answer == {
        "accepted": 2, "duplicates": 0,
        "errors": [{"index": 1, "field": error[0], "code": error[1]}],
    }  # fmt: skip
    assert sum(len(entry.events) for entry in sent(queue)) == 2


def test_what_is_no_item_is_named_too(client: Client) -> None:
    codes = [error["code"] for error in send(client, 5, None, "x", []).json()["errors"]]
    assert codes == ["not_an_object"] * 4


def test_positions_and_funds_come_as_holdings(client: Client, queue: QueueServer) -> None:
    position = {
        "source_id": "1", "exchange": "CFFEX", "account": "F1", "symbol": "IF2612",
        "quantity": "3", "side": "short",
    }  # fmt: skip
    assert send(client, position, feed="positions").json()["accepted"] == 1
    funds = {"source_id": "1", "account": "F1", "available": "100", "equity": "-5"}
    assert send(client, funds, feed="funds").json()["accepted"] == 1
    held, had = sent(queue)
    assert isinstance(held, Holdings)
    assert (held.positions[0].quantity, held.positions[0].is_short) == (3_000, True)
    assert had.funds[0].equity == -500_000


@pytest.mark.parametrize(
    "body",
    [
        {"items": []},
        {"source": "CTP"},
        {"source": "C T P", "items": []},
        {"source": "CTP", "items": {}},
        {"source": "CTP", "items": [None] * 10_001},
    ],
)
def test_what_is_no_batch_is_refused(client: Client, body: Any) -> None:
    answer = client.post("/api/v1/orders", body, "application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_without_the_queue_server_nothing_is_taken(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/queue.sock"
    answer = send(client, item())
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["type"] == "urn:riskgw:not_taken"


def test_two_who_send_the_same_at_once_are_taken_once(client: Client, queue: QueueServer) -> None:
    day, name = date(2026, 11, 23), digest("counter", "CTP", "orders:1")
    clients = [queue.client() for _ in range(4)]
    assert all(unseen(each, day, [name]) == [True] for each in clients)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda each: admit(each, day, [name], {"orders.0": b"x"}), clients))
    assert sorted(taken) == [False, False, False, True]
    assert queue.client().xlen("orders.0") == 1
