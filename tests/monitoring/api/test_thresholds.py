"""Thresholds by REST, and what everybody is told of a change wherever it was made."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client

from monitoring.actions.announce_thresholds import MESSAGE_ROWS_MAX, announce_thresholds
from monitoring.actions.publish_rules import publish_rules
from monitoring.models import Rule, RuleVersion, Threshold
from monitoring.models.choices import ModeChoice
from monitoring.rule_queries import catalogue
from tests.pages import signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


@pytest.fixture
def threshold() -> Threshold:
    """The first of the first rule that ships."""
    found = Threshold.objects.filter(condition__rule__code="P01").order_by("pk").first()
    assert found is not None
    return found


@pytest.fixture
def heard(queue: QueueServer) -> Iterator[redis.client.PubSub]:
    with queue.client() as connection, connection.pubsub() as channel:
        channel.subscribe("live.alerts")
        assert channel.get_message(timeout=1) is not None
        yield channel


def all_of(channel: redis.client.PubSub) -> list[Any]:
    found = []
    while (message := channel.get_message(timeout=0.1)) is not None:
        found.append(msgspec.json.decode(message["data"].partition(b" ")[2]))
    return found


def change(client: Client, threshold: Threshold, **values: Any) -> Any:
    address = f"/api/v1/thresholds/{threshold.pk}"
    return client.patch(address, values, "application/json")


def test_indicators_have_their_names_in_both_languages(client: Client) -> None:
    """Those of all that ships: no code has to stand in for a name."""
    rows = client.get("/api/v1/indicators").json()["results"]
    names = {row["code"]: row["name"] for row in rows}
    assert names["submissions_1s"] == {"en": "Submissions in 1 s", "zh": "一秒内报撤单笔数"}
    used = {each.code for file in catalogue() for rule in file.rules for each in rule.indicators}
    assert used <= names.keys()
    nameless = [code for code in sorted(used) if not all(names[code].values())]
    assert nameless == []
    half = [code for code in used if not HAN.search(names[code]["zh"])]
    assert half == []


def row_of(client: Client, threshold: Threshold) -> dict[str, Any]:
    rows: list[dict[str, Any]] = client.get("/api/v1/thresholds").json()["results"]
    (row,) = [row for row in rows if row["id"] == threshold.pk]
    return row


def test_every_threshold_that_is_in_use_is_listed(client: Client, threshold: Threshold) -> None:
    rows = client.get("/api/v1/thresholds").json()["results"]
    in_use = Threshold.objects.exclude(condition__rule__mode=ModeChoice.OFF)
    assert len(rows) == in_use.count()
    assert row_of(client, threshold) == {
        "id": threshold.pk,
        "rule": "P01",
        "name": {"en": threshold.condition.rule.name_en, "zh": threshold.condition.rule.name_zh},
        "indicator": threshold.condition.indicator.code,
        "over": None,
        "cmp": threshold.condition.cmp,
        "unit": threshold.condition.unit,
        "level": threshold.level,
        "value": f"{threshold.value.normalize():f}",
        "version": 1,
        "scope": {},
        "effective_from": None,
        "source_note": "",
        "mode": "live",
        "state": "approved",
    }
    Rule.objects.filter(code="P01").update(mode=ModeChoice.OFF)
    rows = client.get("/api/v1/thresholds").json()["results"]
    assert "P01" not in {row["rule"] for row in rows}


def test_another_number_is_another_version_with_its_author(
    client: Client, threshold: Threshold
) -> None:
    answer = change(client, threshold, value="245.50", note="the exchange asked for it")
    assert answer.status_code == HTTPStatus.OK
    assert (answer.json()["value"], answer.json()["version"]) == ("245.5", 2)
    assert row_of(client, threshold) == answer.json()
    version = RuleVersion.objects.get(rule__code="P01", number=2)
    assert version.author == User.objects.get(username="risk")
    assert version.note == "the exchange asked for it"
    assert threshold.history.latest().history_user == version.author


def test_the_same_number_again_changes_nothing(client: Client, threshold: Threshold) -> None:
    answer = change(client, threshold, value=str(threshold.value))
    assert answer.json()["version"] == 1
    assert RuleVersion.objects.filter(rule__code="P01").count() == 1


@pytest.mark.parametrize("value", ["much", "", None, "NaN", "Infinity", "1e30", "1.123456789"])
def test_what_is_no_number_is_refused(client: Client, threshold: Threshold, value: Any) -> None:
    answer = change(client, threshold, value=value)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["field"] for error in answer.json()["errors"]] == ["value"]


def test_a_number_the_engine_would_refuse_is_refused(client: Client, threshold: Threshold) -> None:
    """A rule's levels rise: this one is put above the last."""
    before = threshold.value
    answer = change(client, threshold, value="9999999999")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["type"] == "urn:riskgw:rule_faulty"
    threshold.refresh_from_db()
    assert threshold.value == before


def test_a_threshold_that_is_not_there_is_not_found(client: Client) -> None:
    answer = client.patch("/api/v1/thresholds/999999", {"value": "1"}, "application/json")
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_a_change_is_told_to_all(
    client: Client,
    threshold: Threshold,
    heard: redis.client.PubSub,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = change(client, threshold, value="245").json()
    (told,) = all_of(heard)
    assert told["change"] == "thresholds"
    assert row in told["thresholds"]
    # Its neighbours have a new version too.
    assert len(told["thresholds"]) > 1
    assert {each["version"] for each in told["thresholds"]} == {2}
    assert {each["rule"] for each in told["thresholds"]} == {"P01"}


def test_a_rule_with_very_many_thresholds_is_told_in_messages_that_are_not_too_long(
    threshold: Threshold, heard: redis.client.PubSub, django_capture_on_commit_callbacks: Any
) -> None:
    condition = threshold.condition
    Threshold.objects.bulk_create(
        Threshold(condition=condition, level="limit", value=value, account=f"A{value}")
        for value in range(MESSAGE_ROWS_MAX)
    )
    with django_capture_on_commit_callbacks(execute=True):
        rows = announce_thresholds(condition.rule)
    sizes = [len(each["thresholds"]) for each in all_of(heard)]
    assert sizes == [MESSAGE_ROWS_MAX, len(rows) - MESSAGE_ROWS_MAX]


def test_a_change_made_elsewhere_is_told_as_well(
    threshold: Threshold, heard: redis.client.PubSub, django_capture_on_commit_callbacks: Any
) -> None:
    Threshold.objects.filter(pk=threshold.pk).update(value="245")
    with django_capture_on_commit_callbacks(execute=True):
        publish_rules(None)
    values = {row["id"]: row["value"] for each in all_of(heard) for row in each["thresholds"]}
    assert values[threshold.pk] == "245"


def test_a_drafts_threshold_is_changed_without_a_version(
    client: Client,
    threshold: Threshold,
    heard: redis.client.PubSub,
    django_capture_on_commit_callbacks: Any,
) -> None:
    Rule.objects.filter(code="P01").update(mode=ModeChoice.DRAFT)
    with django_capture_on_commit_callbacks(execute=True):
        answer = change(client, threshold, value="245")
    assert answer.json()["version"] == 1
    assert "245" in {row["value"] for each in all_of(heard) for row in each["thresholds"]}
