"""What Overview is told of the order flow."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from riskgw.wiring.report import report
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db

DECODER = "figures.decode.urfront.0"


@pytest.fixture
def client(queue: QueueServer) -> Iterator[redis.Redis]:
    with queue.client() as opened:
        yield opened


def say(client: redis.Redis, **events: int) -> None:
    """As a decoder does: its counts since the first start."""
    figures = {"packets": 0, "messages": 0, "last_packet_ns": 0, "problems": {}, "events": events}
    client.set(DECODER, json.dumps(figures))


def orders(client: redis.Redis) -> dict[str, Any]:
    report(client)
    stored: Any = client.get("state.orders")
    told: dict[str, Any] = json.loads(stored.partition(b" ")[2])
    return told


def test_a_rate_is_what_was_added_since_the_last_report(client: redis.Redis) -> None:
    say(client, order=100)
    orders(client)
    say(client, order=1_000_100, fill=1_000_000)
    told = orders(client)
    assert told["orders_per_second"] > 0
    assert told["orders_per_second"] == told["reports_per_second"]
    assert told["cancels_per_second"] == 0


def test_a_decoder_heard_for_the_first_time_gives_no_rate(client: redis.Redis) -> None:
    orders(client)
    say(client, order=1_000_000, fill=1_000_000)
    told = orders(client)
    assert (told["orders_per_second"], told["reports_per_second"]) == (0, 0)


def test_what_was_told_long_ago_is_not_in_the_history(client: redis.Redis) -> None:
    client.lpush("report.history", "[1795338717, 7, 7]")
    orders(client)
    assert [row[1:] for row in orders(client)["history"]] == [[0, 0]]
