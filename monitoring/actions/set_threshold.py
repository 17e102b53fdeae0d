"""Give one threshold another number; of a rule that is judged this is a new version."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.announce_thresholds import announce_thresholds
from monitoring.actions.publish_rules import publish_rules
from monitoring.models import Threshold
from monitoring.rule_queries import ThresholdRow, threshold_row


class ThresholdUnknown(LookupError):
    """There is no such threshold."""


@transaction.atomic
def set_threshold(threshold_id: int, value: Decimal, author: User, note: str = "") -> ThresholdRow:
    """The row as it stands then."""
    threshold = Threshold.objects.select_related("condition__rule").filter(pk=threshold_id).first()
    if threshold is None:
        raise ThresholdUnknown(threshold_id)
    if threshold.value != value:
        threshold.value = value
        threshold.save()
    if not publish_rules(author, note):
        announce_thresholds(threshold.condition.rule)
    return threshold_row(threshold_id)
