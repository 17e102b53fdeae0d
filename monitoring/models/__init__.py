"""One noun a file."""

from monitoring.models.alert import Alert
from monitoring.models.indicator import Indicator, IndicatorFilter
from monitoring.models.order import CheckResult, ErrorOrder, OrderRecord
from monitoring.models.rule import Condition, Rule, RuleVersion, Threshold
from monitoring.models.unload import UnloadPosition

__all__ = [
    "Alert",
    "CheckResult",
    "Condition",
    "ErrorOrder",
    "Indicator",
    "IndicatorFilter",
    "OrderRecord",
    "Rule",
    "RuleVersion",
    "Threshold",
    "UnloadPosition",
]
