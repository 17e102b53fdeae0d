"""Let go of messages that were delivered long ago; what never arrived stays until dismissed."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from monitoring.models import Notification, WebhookDelivery

KEPT_DAYS = 30
# Of one statement: a long one would hold up those who write.
ROWS_AT_ONCE = 1_000


def purge_deliveries(now: datetime, rows_at_once: int = ROWS_AT_ONCE) -> int:
    """How many were let go: notifications, also those of customer warnings, and webhooks."""
    before = now - timedelta(days=KEPT_DAYS)
    told, called = Notification.State, WebhookDelivery.State
    notifications = Notification.objects.filter(state__in=(told.SENT, told.DISMISSED))
    webhooks = WebhookDelivery.objects.filter(state__in=(called.DELIVERED, called.DISMISSED))
    old = (each.filter(done_at__lt=before) for each in (notifications, webhooks))
    return sum(_purged(each, rows_at_once) for each in old)


def _purged(rows: QuerySet[Any], at_once: int) -> int:
    """In pieces, the oldest first."""
    count = 0
    while oldest := list(rows.order_by("pk").values_list("pk", flat=True)[:at_once]):
        count += rows.filter(pk__in=oldest).delete()[0]
    return count
