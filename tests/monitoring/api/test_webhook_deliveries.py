"""Webhook deliveries by REST: dead letters are found and sent again."""

from http import HTTPStatus

import pytest
from django.utils import timezone

from monitoring.actions.enqueue_webhook import enqueue_webhook
from monitoring.models import WebhookDelivery
from tests.pages import signed_in
from tests.telling import endpoint

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/webhook-deliveries"


def test_dead_letters_are_found_and_sent_again_and_no_others() -> None:
    endpoint()
    for number in range(2):
        enqueue_webhook("alerts", number)
    dead, waiting = WebhookDelivery.objects.order_by("pk")
    WebhookDelivery.objects.filter(pk=dead.pk).update(
        state="dead", attempts=8, done_at=timezone.now(), log=[{"at": "x", "result": "HTTP 400"}]
    )
    client = signed_in("ops")
    (shown,) = client.get(f"{ADDRESS}?state=dead").json()["results"]
    assert (shown["id"], shown["attempts"]) == (str(dead.uid), 8)
    assert shown["log"] == [{"at": "x", "result": "HTTP 400"}]
    again = client.post(f"{ADDRESS}/{dead.uid}/resend", {}, "application/json").json()
    assert (again["state"], again["attempts"]) == ("pending", 0)
    refused = client.post(f"{ADDRESS}/{waiting.uid}/resend", {}, "application/json")
    assert refused.status_code == HTTPStatus.CONFLICT
    gone = "00000000-0000-0000-0000-000000000000"
    nowhere = client.post(f"{ADDRESS}/{gone}/resend", {}, "application/json")
    assert nowhere.status_code == HTTPStatus.NOT_FOUND


def test_who_may_only_look_sends_nothing_again() -> None:
    endpoint()
    enqueue_webhook("alerts", 1)
    uid = WebhookDelivery.objects.get().uid
    client = signed_in("auditor")
    assert len(client.get(ADDRESS).json()["results"]) == 1
    assert client.post(f"{ADDRESS}/{uid}/resend").status_code == HTTPStatus.FORBIDDEN
