"""Give a business metric other thresholds; every screen hears of it."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from monitoring.actions.announce_metric_thresholds import announce_metric_thresholds
from monitoring.domain.business_metrics import METRICS, BusinessMetric, MetricCmp
from monitoring.models import MetricThreshold


class MetricThresholdUnknown(LookupError):
    """There is no such row."""


class ThresholdsCrossed(ValueError):
    """The risk threshold would be reached before the monitoring threshold."""


@transaction.atomic
def set_metric_threshold(
    row_id: int, monitoring: Decimal | None, risk: Decimal | None
) -> dict[str, Any]:
    """The row as it is shown then."""
    row = MetricThreshold.objects.filter(pk=row_id).first()
    if row is None:
        raise MetricThresholdUnknown(row_id)
    if is_crossed(row.metric, monitoring, risk):
        raise ThresholdsCrossed("prompts come before restrictions")
    row.monitoring, row.risk = monitoring, risk
    row.save()
    return next(each for each in announce_metric_thresholds() if each["id"] == row_id)


def is_crossed(metric: str, monitoring: Decimal | None, risk: Decimal | None) -> bool:
    if monitoring is None or risk is None:
        return False
    is_below = METRICS[BusinessMetric(metric)].cmp is MetricCmp.BELOW
    return risk > monitoring if is_below else risk < monitoring
