"""One noun a file."""

from monitoring.models.alert import Alert
from monitoring.models.indicator import Indicator, IndicatorFilter
from monitoring.models.rule import Condition, Rule, RuleVersion, Threshold

__all__ = [
    "Alert",
    "Condition",
    "Indicator",
    "IndicatorFilter",
    "Rule",
    "RuleVersion",
    "Threshold",
]
