"""Send a dead letter again, under the number it had: who got it after all ignores it."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from monitoring.actions.enqueue_webhook import wake_deliverer
from monitoring.models import WebhookDelivery


@transaction.atomic
def resend_webhooks(pks: Sequence[int]) -> int:
    """How many were dead; those that wait or were taken stay as they are."""
    dead = WebhookDelivery.objects.filter(pk__in=pks, state=WebhookDelivery.State.DEAD)
    count = dead.update(
        state=WebhookDelivery.State.PENDING, attempts=0, due_at=timezone.now(), done_at=None
    )
    if count:
        wake_deliverer()
    return count
