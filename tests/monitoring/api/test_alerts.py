"""Alerts by REST: listed by filter and page, shown, acknowledged and closed once."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import msgspec
import pytest
import redis
from django.test import Client

from monitoring.actions.handle_alert import TRANSITIONS, Gesture
from monitoring.actions.store_alerts import store_alerts
from monitoring.domain.live_alert import raised
from monitoring.models import Alert, OrderRecord
from monitoring.models.choices import AlertStateChoice
from riskgw.cep.spec import rule_from_builtins
from riskgw.kernel.times import utc_datetime
from riskgw.kernel.words import Level
from riskgw.web.lists import PAGE_SIZE
from tests.alerts import alert_message
from tests.days import MONDAY
from tests.pages import signed_in
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db

NUMBER = f"{MONDAY}.0.4711.0"
ADDRESS = f"/api/v1/alerts/{NUMBER}"


@pytest.fixture
def alert() -> Alert:
    store_alerts([alert_message()], [NUMBER])
    return Alert.objects.get()


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


def listed(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/alerts?{query}")
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return [each["id"] for each in answer.json()["results"]]


def handle(client: Client, gesture: str, comment: str = "mine") -> Any:
    return client.post(f"{ADDRESS}/{gesture}", {"comment": comment}, "application/json")


def test_an_alert_looks_as_it_does_over_the_socket(client: Client, alert: Alert) -> None:
    spec = rule_from_builtins(alert.rule_version.spec)
    message = msgspec.json.encode(raised(alert_message(), NUMBER, spec)["alert"])
    assert client.get(ADDRESS).json() == msgspec.json.decode(message)


def test_a_list_names_the_first_orders_and_the_last_and_the_alert_names_all(
    client: Client,
) -> None:
    refs = tuple(f"R{number}" for number in range(1000))
    store_alerts([alert_message(order_refs=refs)], [NUMBER])
    (shown,) = client.get("/api/v1/alerts").json()["results"]
    assert shown["order_refs"] == [*refs[:20], "R999"]
    assert client.get(ADDRESS).json()["order_refs"] == list(refs)


def test_each_filter_leaves_what_it_names(client: Client) -> None:
    alerts = [
        alert_message(),
        alert_message(level=Level.LIMIT, time_ns=OPEN_NS),
        alert_message(rule="P03", key={"account": "B"}, time_ns=OPEN_NS + 86400 * 10**9),
    ]
    store_alerts(alerts, ["one", "two", "three"])
    Alert.objects.filter(number="two").update(state=AlertStateChoice.CLOSED)
    assert listed(client) == ["three", "one", "two"]
    assert listed(client, "level=limit") == ["two"]
    assert listed(client, "rule=P03") == ["three"]
    assert listed(client, "account=B") == ["three"]
    assert listed(client, "day=2026-11-24") == ["three"]
    assert listed(client, "state=open") == ["three", "one"]
    assert listed(client, f"since={OPEN_NS + 1}") == ["three", "one"]
    later = utc_datetime(OPEN_NS) + timedelta(seconds=1)
    assert listed(client, f"since={later:%Y-%m-%dT%H:%M:%SZ}") == ["three"]
    assert listed(client, "state=open&account=B&rule=P01") == []


def test_pages_follow_each_other_without_a_gap_or_a_repetition(client: Client) -> None:
    count = 2 * PAGE_SIZE + 1
    # Two of each instant, so that a page ends between equals.
    alerts = [
        alert_message(time_ns=OPEN_NS + number // 2, key={"account": f"A{number}"})
        for number in range(count)
    ]
    store_alerts(alerts, [f"n{number}" for number in range(count)])
    found: list[str] = []
    cursor = ""
    for size in (PAGE_SIZE, PAGE_SIZE, 1):
        page = client.get(f"/api/v1/alerts?{cursor}").json()
        assert len(page["results"]) == size
        found += [each["id"] for each in page["results"]]
        cursor = f"cursor={page['next']}"
        # What comes in meanwhile is newer and moves nothing.
        store_alerts([alert_message(time_ns=OPEN_NS + 10**9 + size)], [f"new{size}"])
    assert page["next"] is None
    assert sorted(found) == sorted(f"n{number}" for number in range(count))


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzFd", "W1tdLFtdXQ", "WyJhIiwiYiJd", "é"])
def test_a_cursor_that_is_none_is_refused(client: Client, cursor: str) -> None:
    answer = client.get("/api/v1/alerts", {"cursor": cursor})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


def test_an_alert_that_is_not_stored_is_not_found(client: Client) -> None:
    for answer in (client.get(ADDRESS), client.get(f"{ADDRESS}/orders"), handle(client, "close")):
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert "stored within about a second" in answer.json()["detail"]


@pytest.mark.parametrize("state", AlertStateChoice)
@pytest.mark.parametrize("gesture", Gesture)
def test_the_table_of_states_is_kept(
    client: Client, alert: Alert, state: AlertStateChoice, gesture: Gesture
) -> None:
    Alert.objects.update(state=state)
    answer = handle(client, gesture)
    after = TRANSITIONS.get((state, gesture))
    if after is None:
        assert answer.status_code == HTTPStatus.CONFLICT
        assert Alert.objects.get().comment == ""
        return
    shown = answer.json()
    assert (shown["state"], shown["handled_by"], shown["comment"]) == (after, "risk", "mine")
    assert shown["handled_at_ns"] > 0
    assert client.get(ADDRESS).json() == shown


def test_an_alert_is_closed_with_a_reason_only(client: Client, alert: Alert) -> None:
    for comment in ("", "   "):
        assert handle(client, "close", comment).status_code == HTTPStatus.BAD_REQUEST
    assert Alert.objects.get().state == AlertStateChoice.OPEN


@pytest.fixture
def heard(queue: QueueServer) -> Iterator[redis.client.PubSub]:
    """What is said on the live channel of alerts."""
    with queue.client() as connection, connection.pubsub() as channel:
        channel.subscribe("live.alerts")
        assert channel.get_message(timeout=1) is not None
        yield channel


def next_of(channel: redis.client.PubSub) -> Any:
    message = channel.get_message(timeout=1)
    return message and msgspec.json.decode(message["data"].partition(b" ")[2])


def test_who_handles_an_alert_is_told_to_all(
    client: Client,
    alert: Alert,
    heard: redis.client.PubSub,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        shown = handle(client, "acknowledge").json()
    assert next_of(heard) == {
        "change": "state",
        "alert": {
            "id": NUMBER,
            "state": "acknowledged",
            "by": "risk",
            "at_ns": shown["handled_at_ns"],
            "comment": "mine",
            "owner": "risk",
        },
    }


def test_without_the_queue_server_it_is_handled_all_the_same(
    client: Client, alert: Alert, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.REDIS_URL = "unix:///nowhere/queue.sock"
    with django_capture_on_commit_callbacks(execute=True):
        assert handle(client, "acknowledge").status_code == HTTPStatus.OK
    assert Alert.objects.get().state == AlertStateChoice.ACKNOWLEDGED


def order(series: int, **changes: Any) -> OrderRecord:
    values: dict[str, Any] = {
        "trading_day": MONDAY, "shard": 0, "series": series, "event": "order", "exchange": "SSE",
        "account": "A000000007", "symbol": "600000", "side": "buy", "price": 1_234_500,
        "quantity": 100_500, "order_ref": f"R{series}", "conn": "1>2",
        "time_ns": OPEN_NS + series, "at_ns": OPEN_NS + series,
    }  # fmt: skip
    return OrderRecord.objects.create(**(values | changes))


def test_the_orders_behind_an_alert_are_those_it_names(client: Client, alert: Alert) -> None:
    order(1)
    order(2, event="cancel", price=None, quantity=None, side="")
    order(3)
    order(4, event="fill", order_ref="R1")
    order(5, order_ref="R1", account="another")
    order(6, order_ref="R1", trading_day="2026-11-20")
    found = client.get(f"{ADDRESS}/orders").json()["results"]
    assert [(each["order_ref"], each["event"]) for each in found] == [
        ("R2", "cancel"),
        ("R1", "order"),
    ]


def test_an_order_says_unknown_as_null_and_numbers_as_decimal_text(client: Client) -> None:
    order(1)
    order(2, price=None, quantity=None, side="", counter="")
    unknown, known = client.get("/api/v1/orders").json()["results"]
    assert known == {
        "id": "2026-11-23.0.1", "time_ns": OPEN_NS + 1, "exchange": "SSE", "event": "order",
        "account": "A000000007", "symbol": "600000", "side": "buy", "price": "12.345",
        "quantity": "100.5", "order_ref": "R1", "cancel_of": None, "exec_ref": None,
        "outcome": None, "counter": None, "access_system": None, "conn": "1>2",
        "late": False,
    }  # fmt: skip
    assert (unknown["price"], unknown["quantity"], unknown["side"]) == (None, None, None)


def test_orders_are_found_by_account_symbol_event_counter_day_and_time(client: Client) -> None:
    order(1, account="A", counter="ALPHA", access_system="GATE1")
    order(2, symbol="000001", event="fill")
    order(3, trading_day="2026-11-24")

    def found(query: str) -> list[str]:
        answer = client.get(f"/api/v1/orders?{query}").json()
        return [each["id"].rpartition(".")[2] for each in answer["results"]]

    assert found("") == ["3", "2", "1"]
    assert found("account=A") == ["1"]
    assert found("symbol=000001") == ["2"]
    assert found("event=fill") == ["2"]
    assert found("counter=ALPHA") == found("access_system=GATE1") == ["1"]
    assert found("counter=BETA") == []
    assert found("day=2026-11-24") == ["3"]
    assert found(f"since={OPEN_NS + 2}") == ["3", "2"]
