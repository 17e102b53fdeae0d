"""What the Overview is told: feeds, lag, rates and counts, also when nothing runs yet."""

from typing import Any

import msgspec
import pytest

from riskgw.bus.connection import Client
from riskgw.bus.streams import checkpoint_key
from riskgw.shards.entries import Judged, Results, packed
from riskgw.wiring.report import report
from tests.events import event
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def bus(queue: QueueServer) -> Client:
    return queue.client()


def told(bus: Client, topic: str) -> Any:
    return msgspec.json.decode(bus.get(f"state.{topic}").partition(b" ")[2])


def figures(bus: Client, name: str, **values: Any) -> None:
    bus.set(f"figures.{name}", msgspec.json.encode(values))


def decoded(orders: int, **problems: int) -> dict[str, Any]:
    return {
        "packets": 10,
        "messages": 8,
        "events": {"order": orders, "fill": 2},
        "problems": problems,
        "last_packet_ns": 5,
    }


def test_before_anything_runs_unknown_figures_are_null(bus: Client) -> None:
    report(bus)
    health = told(bus, "health")
    feed = health["feeds"][0]
    assert (feed["feed"], feed["state"], feed["packets"], feed["events"]) == (
        "urfront", "stopped", None, None,
    )  # fmt: skip
    assert {stage["state"] for stage in health["stages"]} == {"stopped"}
    assert health["processes"] == []
    assert told(bus, "orders")["newest"] == []
    assert told(bus, "statistics")["alerts"] == {}


def test_a_feed_shows_what_its_partitions_and_its_sensor_say(bus: Client) -> None:
    figures(bus, "decode.urfront.0", **decoded(3, gap=2, encrypted=1))
    figures(bus, "sensor.urfront", packets=10, state="live", dropped=0)
    report(bus)
    feed = told(bus, "health")["feeds"][0]
    assert (feed["packets"], feed["messages"], feed["events"]) == (10, 8, 5)
    assert (feed["gaps"], feed["problems"], feed["encrypted"], feed["state"]) == (2, 3, 1, "live")


def test_a_stage_is_as_far_behind_as_its_oldest_entry_is_old(bus: Client) -> None:
    for position in ("1000-0", "3000-0", "6000-0"):
        bus.xadd("orders.0", {"b": b""}, id=position)
    bus.set(checkpoint_key("evaluate.0"), "1000-0")
    bus.set("lease.evaluate.0", "x")
    report(bus)
    stages = {stage["stage"]: stage for stage in told(bus, "health")["stages"]}
    assert (stages["evaluate.0"]["lag_ms"], stages["evaluate.0"]["state"]) == (3000, "behind")
    assert stages["evaluate.1"]["lag_ms"] == 0


def test_rates_are_what_has_come_since_the_last_report(bus: Client) -> None:
    figures(bus, "decode.urfront.0", **decoded(0))
    report(bus)
    figures(bus, "decode.urfront.0", **decoded(1_000_000))
    report(bus)
    orders = told(bus, "orders")
    assert orders["orders_per_second"] > 0
    assert orders["reports_per_second"] == 0
    assert len(orders["history"]) == 1


def test_the_newest_orders_come_first(bus: Client) -> None:
    judged = [
        Judged(place, event(order_ref=f"R{place}", time_ns=place), is_late=False, alerts=())
        for place in (1, 3, 2)
    ]
    bus.xadd("results.0", {"b": packed(Results("0", judged, []))})
    report(bus)
    newest = told(bus, "orders")["newest"]
    assert [each["order_ref"] for each in newest] == ["R3", "R2", "R1"]
    assert (newest[0]["price"], newest[0]["quantity"]) == ("10", "100")
