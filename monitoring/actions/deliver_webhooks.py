"""Deliver webhooks: one deliverer an endpoint, one message of a topic after the other."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet
from django.utils import timezone

from monitoring.actions.post_webhook import Posted, post_webhook
from monitoring.domain.backoff import delay_seconds
from monitoring.domain.restrictions import TOPIC
from monitoring.domain.signature import signature
from monitoring.models import WebhookDelivery
from riskgw.bus.connection import kept_client
from riskgw.bus.lease import Lease
from riskgw.env import secret_named
from riskgw.queued_sqlite3.turns import ahead

# Longer than a message may take; a deliverer that died is replaced after it.
LEASE_MS = 15_000
# A turn is for one endpoint; then others come.
TURN_MESSAGES_MAX = 500
_PENDING = WebhookDelivery.State.PENDING
_NO_SECRET = "the secret is not set"  # noqa: S105  # says that there is none

Clock = Callable[[], datetime]


def endpoints_due(now: datetime) -> list[int]:
    """Endpoints with a message whose turn has come."""
    heads = _heads(WebhookDelivery.objects.filter(endpoint__is_active=True))
    due = WebhookDelivery.objects.filter(pk__in=heads, due_at__lte=now)
    return sorted(set(due.values_list("endpoint", flat=True)))


def deliver_webhooks(endpoint_id: int, clock: Clock = timezone.now) -> int:
    """How many messages were tried. Another deliverer's endpoint is left to it.

    Its lease is no row: a counter would hear of a restriction one wait for the database later.
    """
    count = 0
    lease = Lease(kept_client(), f"webhook.{endpoint_id}", LEASE_MS)
    try:
        while count < TURN_MESSAGES_MAX and lease.acquire():
            row = _next(endpoint_id, clock())
            if row is None:
                break
            _try(row, clock)
            count += 1
    finally:
        lease.release()
    return count


def _heads(rows: QuerySet[WebhookDelivery]) -> QuerySet[Any]:
    """The oldest that waits of each topic: a release never overtakes its restriction."""
    lanes = rows.filter(state=_PENDING).order_by().values("endpoint", "topic")
    return lanes.annotate(head=Min("pk")).values("head")


def _next(endpoint_id: int, now: datetime) -> WebhookDelivery | None:
    heads = _heads(WebhookDelivery.objects.filter(endpoint=endpoint_id, endpoint__is_active=True))
    due = WebhookDelivery.objects.filter(pk__in=heads, due_at__lte=now)
    return due.select_related("endpoint").order_by("due_at", "pk").first()


def _try(row: WebhookDelivery, clock: Clock) -> None:
    posted = _posted(row)
    now = clock()
    row.attempts += 1
    row.log = [*row.log, {"at": now.isoformat(), "result": posted.result}]
    delay = None if posted.is_hopeless else delay_seconds(row.attempts)
    if posted.is_taken:
        row.state, row.done_at = WebhookDelivery.State.DELIVERED, now
    elif delay is None:
        row.state, row.done_at = WebhookDelivery.State.DEAD, now
    else:
        row.due_at = now + timedelta(seconds=delay)
    # What else counters are to be told of restrictions waits for this row.
    with ahead() if row.topic == TOPIC else nullcontext():
        row.save(update_fields=["attempts", "log", "state", "done_at", "due_at"])


def _posted(row: WebhookDelivery) -> Posted:
    secret = secret_named(row.endpoint.variable)
    if secret is None:
        return Posted(is_taken=False, is_hopeless=False, result=_NO_SECRET)
    body = row.body.encode()
    timestamp = int(time.time())
    headers = {
        "Idempotency-Key": str(row.uid),
        "Riskgw-Topic": row.topic,
        "Riskgw-Timestamp": str(timestamp),
        "Riskgw-Signature": signature(secret, timestamp, body),
        "User-Agent": "riskgw",
    }
    return post_webhook(row.endpoint.url, body, headers)
