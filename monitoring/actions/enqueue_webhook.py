"""Enqueue a webhook: a row for each program that wants the topic, in the caller's commit."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db.models import Count, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone

from monitoring.models import WebhookDelivery, WebhookEndpoint
from riskgw.bus.announce import nudge_on_commit
from riskgw.kernel.times import instant_ns

# Deliverers listen to it: the numbers of endpoints with something new, or nothing for all that is.
DELIVERIES = "deliveries"
# Of one endpoint and topic; what comes on top is a dead letter at once, and can be sent again.
WAITING_MAX = 10_000
TOO_MANY = "too many are waiting"


class Listener(NamedTuple):
    """A program that wants a topic, and how much of it waits for it already."""

    endpoint: WebhookEndpoint
    waiting: int


def listeners_to(topic: str) -> list[Listener]:
    """May be asked before the transaction: on SQLite all others wait for its end."""
    active = WebhookEndpoint.objects.filter(is_active=True).annotate(waiting=_waiting(topic))
    return [Listener(each, each.waiting) for each in active if topic in each.topics]


def _waiting(topic: str) -> Combinable:
    """By the index of what waits, which is short however much was delivered."""
    pending = WebhookDelivery.objects.filter(
        endpoint=OuterRef("pk"), topic=topic, state=WebhookDelivery.State.PENDING
    )
    lane = pending.order_by().values("endpoint", "topic")
    return Coalesce(Subquery(lane.annotate(count=Count("pk")).values("count")), 0)


def enqueue_webhook(topic: str, payload: Any, listeners: Sequence[Listener] | None = None) -> None:
    """To all programs that want a topic, once the caller's transaction is committed."""
    enqueue_webhooks(topic, [payload], listeners)


def enqueue_webhooks(
    topic: str, payloads: Sequence[Any], listeners: Sequence[Listener] | None = None
) -> None:
    """In their order; each program gets those of a topic one after the other."""
    if not payloads:
        return
    if listeners is None:
        listeners = listeners_to(topic)
    rows = [row for each in listeners for row in _rows(each, topic, payloads)]
    WebhookDelivery.objects.bulk_create(rows)
    if rows:
        wake_deliverer(each.endpoint.pk for each in listeners)


def wake_deliverer(endpoints: Iterable[int] = ()) -> None:
    """A hint after the commit; if it is lost, beat looks within a second."""
    nudge_on_commit(DELIVERIES, " ".join(map(str, endpoints)))


def _rows(listener: Listener, topic: str, payloads: Sequence[Any]) -> list[WebhookDelivery]:
    endpoint, waiting = listener
    return [
        _row(endpoint, topic, payload, is_too_many=waiting + place >= WAITING_MAX)
        for place, payload in enumerate(payloads)
    ]


def _row(
    endpoint: WebhookEndpoint, topic: str, payload: Any, *, is_too_many: bool
) -> WebhookDelivery:
    now = timezone.now()
    row = WebhookDelivery(endpoint=endpoint, topic=topic, due_at=now)
    envelope = {
        "id": str(row.uid), "topic": topic, "created_ns": instant_ns(now), "data": payload,
    }  # fmt: skip
    row.body = msgspec.json.encode(envelope).decode()
    if is_too_many:
        row.state, row.done_at = WebhookDelivery.State.DEAD, now
        row.log = [{"at": now.isoformat(), "result": TOO_MANY}]
    return row
