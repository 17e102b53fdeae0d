"""What people do with alerts by REST: assign, comment, take up and close a whole episode."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from monitoring.actions.escalate_alerts import escalate_alerts
from monitoring.models import Alert, AlertNote, EscalationStep
from riskgw.kernel.words import Level
from tests.pages import signed_in
from tests.telling import after, climbed, routed, silence, stored, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


def post(client: Client, gesture: str, number: str = "n1", **body: Any) -> Any:
    return client.post(f"/api/v1/alerts/{number}/{gesture}", body, "application/json")


def listed(client: Client, query: str = "") -> set[str]:
    answer = client.get(f"/api/v1/alerts?{query}")
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return {each["id"] for each in answer.json()["results"]}


def states() -> dict[str, str]:
    return dict(Alert.objects.values_list("number", "state"))


def test_notes_are_kept_in_order_with_author_and_time(client: Client) -> None:
    stored()
    post(client, "comment", comment="first")
    post(client, "acknowledge", comment="mine")
    post(client, "comment", comment=" second ")
    post(client, "assign", owner="", comment="no time")
    post(client, "close", comment="done")
    post(client, "reopen", comment="not done")
    notes = client.get("/api/v1/alerts/n1/notes").json()["results"]
    assert [(each["gesture"], each["text"], each["author"]) for each in notes] == [
        ("comment", "first", "risk"),
        ("acknowledge", "mine", "risk"),
        ("comment", "second", "risk"),
        ("assign", "no time", "risk"),
        ("close", "done", "risk"),
        ("reopen", "not done", "risk"),
    ]
    assert all(each["at"] for each in notes)
    assert states() == {"n1": "open"}


@pytest.mark.parametrize("gesture", ["comment", "close", "reopen"])
def test_what_needs_words_is_refused_without(client: Client, gesture: str) -> None:
    stored()
    for body in ({}, {"comment": ""}, {"comment": "  "}):
        answer = post(client, gesture, **body)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert answer.json()["errors"][0]["field"] == "comment"
    assert not AlertNote.objects.exists()


def test_an_alert_is_assigned_to_oneself_or_to_who_may_handle_it(client: Client) -> None:
    stored()
    user("stranger")
    signed_in("admin")
    assert post(client, "assign").json()["owner"] == "risk"
    assert post(client, "assign", owner="admin").json()["owner"] == "admin"
    refused = post(client, "assign", owner="stranger")
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert refused.json()["errors"][0]["field"] == "owner"
    assert post(client, "assign", owner="").json()["owner"] is None
    assert states() == {"n1": "open"}
    owners = client.get("/api/v1/alerts/owners").json()["results"]
    assert [each["username"] for each in owners] == ["admin", "risk"]


def test_who_takes_up_what_nobody_owns_owns_it_and_takes_nothing_from_others(
    client: Client,
) -> None:
    signed_in("admin")
    stored("n1")
    stored("n2", key={"account": "B"})
    post(client, "assign", "n2", owner="admin")
    assert post(client, "acknowledge", "n1").json()["owner"] == "risk"
    assert post(client, "acknowledge", "n2").json()["owner"] == "admin"


def test_who_takes_up_or_closes_an_alert_means_its_way_up_too(client: Client) -> None:
    stored("n1")
    climbed(Level.RESTRICT, "n2")
    climbed(Level.LIMIT, "n3")
    stored("other", key={"account": "B"})
    post(client, "acknowledge", "n2")
    assert states() == {"n1": "acknowledged", "n2": "acknowledged", "n3": "open", "other": "open"}
    post(client, "close", "n3", comment="explained")
    assert states() == {"n1": "closed", "n2": "closed", "n3": "closed", "other": "open"}
    post(client, "reopen", "n3", comment="again")
    assert states()["n1"] == "closed"


def test_the_second_to_do_the_same_is_told(client: Client) -> None:
    stored()
    assert post(client, "close", comment="x").status_code == HTTPStatus.OK
    assert post(client, "close", comment="x").status_code == HTTPStatus.CONFLICT
    assert post(client, "acknowledge").status_code == HTTPStatus.CONFLICT
    for gesture in ("comment", "assign", "close"):
        answer = post(client, gesture, "nowhere", comment="x")
        assert answer.status_code == HTTPStatus.NOT_FOUND


def test_trials_are_listed_only_when_asked_for(client: Client) -> None:
    stored("n1")
    stored("n2", shadow=True, key={"account": "B"})
    assert listed(client) == listed(client, "shadow=exclude") == {"n1"}
    assert listed(client, "shadow=include") == {"n1", "n2"}
    assert listed(client, "shadow=only") == {"n2"}


def test_lists_are_filtered_by_owner_silence_episode_and_newest(client: Client) -> None:
    silence(account="B")
    stored("n1")
    highest = climbed(Level.LIMIT, "n2")
    stored("n3", key={"account": "B"})
    stored("n4", key={"contract": "SSE:600000", "group": "G1"})
    post(client, "assign", "n4")
    assert listed(client, "newest=true") == {"n2", "n3", "n4"}
    assert listed(client, "silenced=true") == {"n3"}
    assert listed(client, "silenced=false") == {"n1", "n2", "n4"}
    assert listed(client, "owner=risk") == {"n4"}
    assert listed(client, "owner=-") == {"n1", "n2", "n3"}
    assert listed(client, "group=G1") == listed(client, "contract=SSE:600000") == {"n4"}
    assert listed(client, "category=programme") == {"n1", "n2", "n3", "n4"}
    answer = client.get("/api/v1/alerts", {"episode": highest.episode_id})
    assert {each["id"] for each in answer.json()["results"]} == {"n1", "n2"}


def test_an_alert_shows_who_was_told_and_what_came_of_it(client: Client) -> None:
    routed()
    EscalationStep.objects.create(name="five", after_minutes=5, level_min="warn", user=user())
    stored()
    escalate_alerts(after(301))
    shown = client.get("/api/v1/alerts/n1/deliveries").json()
    (told,) = shown["notifications"]
    assert (told["channel"], told["kind"], told["state"]) == ("desk", "alert", "pending")
    assert [each["step"] for each in shown["escalations"]] == ["five"]
    assert shown["warning"] is None
