"""Give a condition the thresholds that are for all and always, changing only what differs."""

from collections.abc import Mapping
from decimal import Decimal

from monitoring.models import Condition


def set_thresholds(condition: Condition, wanted: Mapping[str, Decimal]) -> None:
    """`wanted` by level; a level that is missing loses its threshold. Scoped ones stay."""
    stored = {each.level: each for each in condition.thresholds.all() if each.is_default}
    for level, threshold in stored.items():
        if level not in wanted:
            threshold.delete()
        elif threshold.value != wanted[level]:
            threshold.value = wanted[level]
            threshold.save()
    for level, value in wanted.items():
        if level not in stored:
            condition.thresholds.create(level=level, value=value)
