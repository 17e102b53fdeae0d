"""Give one threshold another number; of a live rule this is a new version."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.announce_thresholds import announce_thresholds
from monitoring.actions.publish_rules import publish_rules
from monitoring.actions.set_thresholds import set_thresholds
from monitoring.models import Threshold
from monitoring.queries import ThresholdRow, threshold_row


class ThresholdUnknown(LookupError):
    """There is no such threshold."""


@transaction.atomic
def set_threshold(threshold_id: int, value: Decimal, author: User, note: str = "") -> ThresholdRow:
    """The row as it stands then."""
    threshold = Threshold.objects.select_related("condition__rule").filter(pk=threshold_id).first()
    if threshold is None:
        raise ThresholdUnknown(threshold_id)
    condition = threshold.condition
    wanted = dict(condition.thresholds.values_list("level", "value"))
    set_thresholds(condition, wanted | {threshold.level: value})
    if not publish_rules(author, note):
        announce_thresholds(condition.rule)
    return threshold_row(threshold_id)
