"""Dismiss what could not be delivered: somebody has seen it and nobody waits for it any more."""

from collections.abc import Sequence

from django.utils import timezone

from monitoring.models import Notification, WebhookDelivery


def dismiss_webhooks(pks: Sequence[int]) -> int:
    """How many were dead; others stay as they are."""
    state = WebhookDelivery.State
    dead = WebhookDelivery.objects.filter(pk__in=pks, state=state.DEAD)
    return dead.update(state=state.DISMISSED, done_at=timezone.now())


def dismiss_notifications(pks: Sequence[int]) -> int:
    """How many were given up; others stay as they are."""
    state = Notification.State
    failed = Notification.objects.filter(pk__in=pks, state=state.FAILED)
    return failed.update(state=state.DISMISSED, done_at=timezone.now())
