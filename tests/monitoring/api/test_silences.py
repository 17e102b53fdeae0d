"""Silences by REST: made, listed by state, extended and ended; and refused with the reason."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.models import Silence
from tests.pages import signed_in
from tests.telling import after, silence, stored

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/silences"


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


def make(client: Client, **changes: Any) -> Any:
    body = {"rule": "P01", "reason": "drill", "ends_at": after(3600).isoformat()} | changes
    return client.post(ADDRESS, body, "application/json")


def test_a_silence_is_made_by_who_asks_and_holds_at_once(client: Client) -> None:
    answer = make(client, account="A000000007")
    assert answer.status_code == HTTPStatus.CREATED
    shown = answer.json()
    assert shown["matchers"] == {"rule": "P01", "account": "A000000007"}
    assert (shown["owner"], shown["state"], shown["reason"]) == ("risk", "active", "drill")
    assert stored().silence_id == shown["id"]
    again = client.get(f"{ADDRESS}/{shown['id']}").json()
    assert (again["alerts"], again["open_alerts"]) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rule": ""}, "rule"),
        ({"reason": ""}, "reason"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": "tomorrow"}, "ends_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2120-01-01T00:00:00Z"}, "ends_at"),
        ({"level": "loud"}, "level"),
        ({"owner": "admin"}, "owner"),
    ],
)
def test_a_silence_that_may_not_be_is_refused_at_its_field(
    client: Client, changes: dict[str, Any], field: str
) -> None:
    answer = make(client, **changes)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Silence.objects.exists()


def test_a_silence_without_a_matcher_is_refused(client: Client) -> None:
    body = {"reason": "peace", "ends_at": after(60).isoformat()}
    answer = client.post(ADDRESS, body, "application/json")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "matcher" in answer.json()["errors"][0]["detail"]


def test_silences_are_listed_by_state(client: Client) -> None:
    now = timezone.now()
    hour = timedelta(hours=1)
    rows = {
        "planned": silence(rule="P01", starts_at=now + hour, ends_at=now + 2 * hour),
        "active": silence(rule="P01"),
        "ended": silence(rule="P01", starts_at=now - 2 * hour, ends_at=now - hour),
    }
    for state, row in rows.items():
        found = client.get(f"{ADDRESS}?state={state}").json()["results"]
        assert [(each["id"], each["state"]) for each in found] == [(row.pk, state)]
    assert len(client.get(ADDRESS).json()["results"]) == 3


def test_a_silence_is_extended_and_ended_and_then_no_more(client: Client) -> None:
    pk = make(client).json()["id"]
    later = {"ends_at": after(7200).isoformat()}
    extended = client.post(f"{ADDRESS}/{pk}/extend", later, "application/json").json()
    assert extended["ends_ns"] - extended["starts_ns"] > 7000 * 10**9
    ended = client.post(f"{ADDRESS}/{pk}/end", {}, "application/json").json()
    assert ended["state"] == "ended"
    again = client.post(f"{ADDRESS}/{pk}/extend", later, "application/json")
    assert again.status_code == HTTPStatus.CONFLICT
    gone = client.post(f"{ADDRESS}/{pk + 1}/end", {}, "application/json")
    assert gone.status_code == client.get(f"{ADDRESS}/{pk + 1}").status_code == 404
