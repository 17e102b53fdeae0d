"""Back-tests by REST: asked for, queued, cancelled; refused with the reason."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from monitoring.actions.advance_backtest import (
    LEASE,
    Found,
    begin_backtest,
    fail_backtest,
    go_on,
    interrupt_backtests,
    store_backtest,
)
from monitoring.actions.request_backtest import KEPT_MAX, WAITING_MAX
from monitoring.domain.differences import Change, Difference
from monitoring.models import Backtest, BacktestAlert
from tests.alerts import alert_message
from tests.days import MONDAY, TUESDAY
from tests.pages import signed_in
from tests.queue_server import QueueServer
from tests.stored_rules import CODE, stored_rule

pytestmark = pytest.mark.django_db

BACKTESTS = "/api/v1/backtests"
SUMMARY = {"rules": [], "files": [], "events": 7, "problems": {}, "seconds": 1.5}


@pytest.fixture(autouse=True)
def archive(settings: LazySettings, tmp_path: Path, queue: QueueServer) -> Path:
    """Two days are kept."""
    stored_rule()
    settings.RISKGW_ARCHIVE = tmp_path
    for name in (f"{MONDAY}.pcap", f"{TUESDAY}-2.pcap.gz", "notes.pcap", f"{MONDAY}.market.csv"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


def ask(client: Client, **changes: Any) -> Any:
    body = {"first_day": str(MONDAY), "rules": f"version:{CODE}/1"} | changes
    return client.post(BACKTESTS, body, "application/json")


def state(number: int) -> str:
    return Backtest.objects.get(pk=number).state


def begun() -> Backtest:
    row = begin_backtest(timezone.now())
    assert row is not None
    return row


def found(*alerts: Difference, is_compared: bool = True) -> Found:
    return Found(SUMMARY, alerts, is_compared)


def test_days_that_are_kept_are_listed_newest_first(client: Client) -> None:
    days = client.get(f"{BACKTESTS}/days").json()
    assert days == [{"day": str(TUESDAY)}, {"day": str(MONDAY)}]


def test_no_archive_at_all_holds_no_days(client: Client, settings: LazySettings) -> None:
    settings.RISKGW_ARCHIVE = Path("/nowhere")
    assert client.get(f"{BACKTESTS}/days").json() == []


def test_a_back_test_waits_with_the_rules_of_now(client: Client) -> None:
    answer = ask(client, against="live", last_day=str(TUESDAY))
    assert answer.status_code == HTTPStatus.CREATED
    row = answer.json()
    assert (row["state"], row["author"], row["against"]) == ("waiting", "risk", "live")
    assert (row["first_day"], row["last_day"]) == (str(MONDAY), str(TUESDAY))
    stored = Backtest.objects.get(pk=row["id"])
    # Where one side names a rule, the other is about no more than this rule.
    assert [spec["code"] for spec in stored.specs] == [CODE]
    assert [spec["code"] for spec in stored.against_specs or ()] == [CODE]
    assert client.get(f"{BACKTESTS}/{row['id']}").json() == row
    assert client.get(BACKTESTS).json()["results"] == [row]


def test_all_rules_of_now_are_tried_without_a_rule_named(client: Client) -> None:
    stored = Backtest.objects.get(pk=ask(client, rules="live").json()["id"])
    assert len(stored.specs) > 10
    assert stored.against_specs is None


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"first_day": "someday"}, 400, "first_day"),
        ({"first_day": "2026-01-01"}, 422, "first_day"),
        ({"last_day": "2026-11-01"}, 422, "last_day"),
        ({"last_day": "2027-11-01"}, 422, "last_day"),
        ({"rules": ""}, 400, "rules"),
        ({"rules": "x" * 81}, 400, "rules"),
        ({"rules": "/etc/passwd"}, 422, "rules"),
        ({"rules": "at:teatime"}, 422, "rules"),
        ({"rules": "at:2020-01-01"}, 422, "rules"),
        ({"rules": "version:Z01/2"}, 422, "rules"),
        ({"rules": "version:Z01/٣"}, 422, "rules"),
        ({"rules": f"version:Z01/{'9' * 40}"}, 422, "rules"),
        ({"rules": "version:"}, 422, "rules"),
        ({"rules": "draft:NO1"}, 422, "rules"),
        ({"against": "version:P01/1"}, 422, "rules"),
        ({"against": "rules.json"}, 422, "rules"),
        ({"shards": 4}, 400, "shards"),
    ],
)
def test_what_cannot_be_tried_is_refused_at_its_field(
    client: Client, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = ask(client, **changes)
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Backtest.objects.exists()


def test_the_queue_is_bounded(client: Client) -> None:
    for _ in range(WAITING_MAX):
        assert ask(client).status_code == HTTPStatus.CREATED
    full = ask(client)
    assert full.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert full.json()["type"] == "urn:riskgw:queue_full"
    begun()
    assert ask(client).status_code == HTTPStatus.CREATED


def test_one_runs_at_a_time_in_the_order_they_were_asked_for(client: Client) -> None:
    first, last = ask(client).json()["id"], ask(client).json()["id"]
    assert begun().pk == first
    assert begin_backtest(timezone.now()) is None
    assert store_backtest(first, found())
    assert begun().pk == last


def test_the_oldest_that_are_over_make_room(client: Client) -> None:
    oldest = ask(client).json()["id"]
    for _ in range(KEPT_MAX + 1):
        assert fail_backtest(begun().pk, "no")
        ask(client)
    assert not Backtest.objects.filter(pk=oldest).exists()
    assert Backtest.objects.count() == KEPT_MAX + 1


def test_one_that_waits_is_cancelled_and_never_begins(client: Client) -> None:
    number = ask(client).json()["id"]
    answer = client.post(f"{BACKTESTS}/{number}/cancel", {}, "application/json")
    assert answer.json()["state"] == "cancelled"
    assert begin_backtest(timezone.now()) is None
    again = client.post(f"{BACKTESTS}/{number}/cancel", {}, "application/json")
    assert again.status_code == HTTPStatus.CONFLICT
    unknown = client.post(f"{BACKTESTS}/999999/cancel", {}, "application/json")
    assert unknown.status_code == HTTPStatus.NOT_FOUND


def test_one_that_runs_and_is_cancelled_neither_goes_on_nor_stores_anything(
    client: Client,
) -> None:
    number = ask(client).json()["id"]
    begun()
    assert go_on(number, 100, 5)
    client.post(f"{BACKTESTS}/{number}/cancel", {}, "application/json")
    assert not go_on(number, 200, 9)
    assert not store_backtest(number, found(Difference(Change.ADDED, alert_message())))
    assert not fail_backtest(number, "too late")
    assert state(number) == "cancelled"
    assert not BacktestAlert.objects.exists()


def test_one_whose_process_is_lost_is_interrupted_after_its_lease(client: Client) -> None:
    number = ask(client).json()["id"]
    begun()
    now = timezone.now()
    assert interrupt_backtests(now + LEASE - timedelta(seconds=1)) == []
    assert interrupt_backtests(now + LEASE + timedelta(seconds=1)) == [number]
    assert state(number) == "interrupted"


def test_going_on_renews_the_lease(client: Client) -> None:
    number = ask(client).json()["id"]
    begun()
    Backtest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert go_on(number, 10, 1)
    assert interrupt_backtests(timezone.now()) == []
    assert client.get(f"{BACKTESTS}/{number}").json()["progress_permille"] == 10


def test_what_was_found_is_listed_filtered_and_exported(client: Client) -> None:
    number = ask(client, against="live").json()["id"]
    begun()
    new, both = alert_message(key={"account": "A1"}), alert_message(key={"account": "=A2"})
    store_backtest(number, found(Difference(Change.ADDED, new), Difference(Change.NONE, both)))
    row = client.get(f"{BACKTESTS}/{number}").json()
    assert (row["state"], row["progress_permille"]) == ("done", 1000)
    assert (row["result"]["alerts"], row["result"]["rows"]) == (2, 2)
    alerts = client.get(f"{BACKTESTS}/{number}/alerts").json()["results"]
    assert [each["change"] for each in alerts] == ["added", "none"]
    added = client.get(f"{BACKTESTS}/{number}/alerts?change=added").json()["results"]
    assert [each["key"] for each in added] == [{"account": "A1"}]
    file = client.get(f"{BACKTESTS}/{number}/alerts/export?change=none")
    assert file["X-Export-Rows"] == "1"
    assert "account==A2" in file.content.decode()
    refused = client.get(f"{BACKTESTS}/{number}/alerts?change=vanished")
    assert refused.status_code == HTTPStatus.BAD_REQUEST


def test_without_a_comparison_nothing_is_called_a_change(client: Client) -> None:
    number = ask(client).json()["id"]
    begun()
    store_backtest(number, found(Difference(Change.ADDED, alert_message()), is_compared=False))
    (alert,) = client.get(f"{BACKTESTS}/{number}/alerts").json()["results"]
    assert alert["change"] is None


def test_no_more_alerts_are_kept_than_a_named_maximum(client: Client) -> None:
    number = ask(client).json()["id"]
    begun()
    store_backtest(number, found(*[Difference(Change.ADDED, alert_message())] * 3), rows_max=2)
    result = client.get(f"{BACKTESTS}/{number}").json()["result"]
    assert (result["alerts"], result["rows"]) == (3, 2)


def test_what_becomes_of_it_is_told_to_all(
    client: Client, queue: QueueServer, django_capture_on_commit_callbacks: Any
) -> None:
    with queue.client() as connection, connection.pubsub() as channel:
        channel.subscribe("live.backtests")
        assert channel.get_message(timeout=1) is not None
        with django_capture_on_commit_callbacks(execute=True):
            number = ask(client).json()["id"]
            begun()
            go_on(number, 500, 3)
            fail_backtest(number, "no such luck")
        told = []
        while (message := channel.get_message(timeout=0.2)) is not None:
            told.append(message["data"].partition(b" ")[2].decode())
    changes = [text.split('"change":"')[1].split('"')[0] for text in told]
    assert changes == ["asked", "begun", "progress", "ended"]
    assert '"error":"no such luck"' in told[-1]
