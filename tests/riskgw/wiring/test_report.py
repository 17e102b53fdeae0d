"""What the Overview is told: feeds, lag, rates and counts, also when nothing runs yet."""

from typing import Any

import msgspec
import pytest

from monitoring.models import ErrorOrder
from riskgw.bus.connection import Client
from riskgw.bus.streams import checkpoint_key
from riskgw.kernel.times import utc_datetime
from riskgw.shards.entries import Judged, Results, packed
from riskgw.wiring.flow_report import PROBLEMS_SHOWN_MAX, SESSIONS_SHOWN_MAX
from riskgw.wiring.report import report
from tests.days import MONDAY
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


def test_the_health_page_is_told_of_the_market(bus: Client) -> None:
    report(bus)
    assert told(bus, "health")["market"] is None
    figures(bus, "market", source="replay", is_stale=False, age_ms=40)
    report(bus)
    assert told(bus, "health")["market"] == {"source": "replay", "is_stale": False, "age_ms": 40}


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


def a_session(port: int, last_ns: int) -> dict[str, Any]:
    return {
        "conn": f"10.0.0.1:{port}>10.0.0.2:8016", "protocol": "", "state": "undetected",
        "user": "", "bytes": 0, "encrypted_bytes": 0, "origin": "", "since_ns": 1,
        "last_ns": last_ns, "messages": 0, "events": 0, "gaps": 0, "lost_bytes": 0, "problems": 0,
    }  # fmt: skip


def test_sessions_of_all_feeds_stand_in_one_list_the_last_heard_first(bus: Client) -> None:
    for feed, port in (("urfront", 1), ("urfront_sz", 2)):
        sessions = {"total": 300, "rows": [a_session(port, port)]}
        figures(bus, f"decode.{feed}.0", **decoded(0), sessions=sessions)
    report(bus)
    told_now = told(bus, "sessions")
    assert told_now["total"] == 600
    newest, oldest = told_now["sessions"]
    assert (newest["feed"], newest["client"], newest["server"]) == (
        "urfront_sz", "10.0.0.1:2", "10.0.0.2:8016",
    )  # fmt: skip
    assert (oldest["feed"], oldest["protocol"], oldest["user"]) == ("urfront", None, None)


def test_the_list_of_sessions_is_bounded_over_all_partitions(bus: Client) -> None:
    for feed in ("urfront", "urfront_sz"):
        rows = [a_session(port, port) for port in range(SESSIONS_SHOWN_MAX)]
        figures(bus, f"decode.{feed}.0", **decoded(0), sessions={"total": 500, "rows": rows})
    report(bus)
    shown = [each["last_ns"] for each in told(bus, "sessions")["sessions"]]
    assert len(shown) == SESSIONS_SHOWN_MAX
    assert shown == sorted(shown, reverse=True)


def test_a_decoder_of_another_release_has_no_sessions_to_show(bus: Client) -> None:
    figures(bus, "decode.urfront.0", **decoded(0))
    report(bus)
    assert told(bus, "sessions")["sessions"] == []


def test_the_newest_problems_come_first_with_their_bytes(bus: Client) -> None:
    for number in range(PROBLEMS_SHOWN_MAX + 1):
        ErrorOrder.objects.create(
            number=str(number), trading_day=MONDAY, at=utc_datetime(number), at_ns=number,
            problem="checksum", position=number, excerpt="0a**",
        )  # fmt: skip
    report(bus)
    newest = told(bus, "problems")["newest"]
    assert len(newest) == PROBLEMS_SHOWN_MAX
    assert (newest[0]["id"], newest[0]["position"], newest[0]["excerpt"]) == ("50", 50, "0a**")


def test_events_are_known_by_the_number_they_are_stored_under(bus: Client) -> None:
    judged = Judged(7, event(outcome="accepted", counter="C1"), is_late=True, alerts=())
    bus.xadd("results.1", {"b": packed(Results("1", [judged], []))})
    report(bus)
    (shown,) = told(bus, "orders")["newest"]
    assert shown["id"] == f"{MONDAY}.1.7"
    assert (shown["late"], shown["outcome"], shown["counter"]) == (True, "accepted", "C1")


def test_more_events_than_are_shown_are_a_sample_of_the_newest(bus: Client) -> None:
    judged = [Judged(n, event(time_ns=n), is_late=False, alerts=()) for n in range(1, 500)]
    bus.xadd("results.0", {"b": packed(Results("0", judged, []))})
    report(bus)
    shown = [each["time_ns"] for each in told(bus, "orders")["newest"]]
    assert shown == list(range(499, 449, -1))
