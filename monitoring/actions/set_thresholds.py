"""Give a condition its thresholds, changing only rows whose number differs."""

from collections.abc import Mapping
from decimal import Decimal

from monitoring.models import Condition


def set_thresholds(condition: Condition, wanted: Mapping[str, Decimal]) -> None:
    """`wanted` by level; a level that is missing loses its threshold."""
    for threshold in condition.thresholds.all():
        if threshold.level not in wanted:
            threshold.delete()
        elif threshold.value != wanted[threshold.level]:
            threshold.value = wanted[threshold.level]
            threshold.save()
    stored = set(condition.thresholds.values_list("level", flat=True))
    for level, value in wanted.items():
        if level not in stored:
            condition.thresholds.create(level=level, value=value)
