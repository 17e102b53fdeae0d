"""Old messages go, young ones and dead letters stay, and a dead letter goes once dismissed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from monitoring.actions.dismiss_deliveries import dismiss_notifications, dismiss_webhooks
from monitoring.actions.purge_deliveries import KEPT_DAYS, purge_deliveries
from monitoring.actions.resend_webhook import resend_webhooks
from monitoring.models import Notification, WebhookDelivery
from tests.pages import signed_in
from tests.telling import channel, endpoint

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OLD = NOW - timedelta(days=KEPT_DAYS, seconds=1)
YOUNG = NOW - timedelta(days=KEPT_DAYS) + timedelta(seconds=1)


def webhook(state: str, done_at: datetime | None) -> WebhookDelivery:
    to = endpoint(name=f"w{WebhookDelivery.objects.count()}")
    return WebhookDelivery.objects.create(
        endpoint=to, topic="alerts", body="{}", due_at=OLD, state=state, done_at=done_at
    )


def notification(state: str, done_at: datetime | None, **changes: Any) -> Notification:
    to = channel(f"c{Notification.objects.count()}")
    values: dict[str, Any] = {"kind": "alert", "title": "t", "text": "t", "due_at": OLD}
    return Notification.objects.create(
        channel=to, state=state, done_at=done_at, **(values | changes)
    )


@pytest.mark.parametrize(
    ("state", "done_at", "is_kept"),
    [
        ("delivered", OLD, False),
        ("delivered", YOUNG, True),
        ("dismissed", OLD, False),
        ("dismissed", YOUNG, True),
        ("dead", OLD, True),
        ("pending", None, True),
    ],
)
def test_webhooks_are_kept_for_some_days_and_dead_ones_until_dismissed(
    state: str, done_at: datetime | None, is_kept: bool
) -> None:
    webhook(state, done_at)
    assert purge_deliveries(NOW) == (not is_kept)
    assert WebhookDelivery.objects.exists() is is_kept


@pytest.mark.parametrize(
    ("state", "done_at", "is_kept"),
    [
        ("sent", OLD, False),
        ("sent", YOUNG, True),
        ("dismissed", OLD, False),
        ("failed", OLD, True),
        ("pending", None, True),
    ],
)
@pytest.mark.parametrize("kind", ["alert", "warning"])
def test_notifications_too_also_those_to_customers(
    state: str, done_at: datetime | None, is_kept: bool, kind: str
) -> None:
    notification(state, done_at, kind=kind)
    assert purge_deliveries(NOW) == (not is_kept)
    assert Notification.objects.exists() is is_kept


def test_very_many_go_in_pieces() -> None:
    for _ in range(5):
        webhook("delivered", OLD)
    kept = webhook("delivered", YOUNG)
    assert purge_deliveries(NOW, rows_at_once=2) == 5
    assert WebhookDelivery.objects.get() == kept


def test_only_what_is_dead_is_dismissed_and_then_not_sent_again() -> None:
    rows = [webhook(state, OLD) for state in ("dead", "delivered", "pending")]
    pks = [row.pk for row in rows]
    assert dismiss_webhooks(pks) == 1
    assert resend_webhooks(pks) == 0
    states = list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["dismissed", "delivered", "pending"]
    failed = notification("failed", OLD)
    assert dismiss_notifications([failed.pk, notification("sent", OLD).pk]) == 1


@pytest.mark.parametrize(
    ("role", "state"), [("ops", "dismissed"), ("risk", "dead"), ("auditor", "dead")]
)
def test_ops_dismisses_dead_letters_in_the_admin(role: str, state: str) -> None:
    row = webhook("dead", OLD)
    form = {"action": "dismiss", "_selected_action": [row.pk]}
    signed_in(role).post("/admin/monitoring/webhookdelivery/", form)
    row.refresh_from_db()
    assert row.state == state


@pytest.mark.parametrize(("role", "state"), [("ops", "dismissed"), ("risk", "failed")])
def test_ops_dismisses_given_up_notifications_in_the_admin(role: str, state: str) -> None:
    row = notification("failed", OLD)
    form = {"action": "dismiss", "_selected_action": [row.pk]}
    signed_in(role).post("/admin/monitoring/notification/", form)
    row.refresh_from_db()
    assert row.state == state
