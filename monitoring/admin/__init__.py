"""The admin site's pages for rules, thresholds and alerts."""

from monitoring.admin.alerts import AlertAdmin
from monitoring.admin.indicators import IndicatorAdmin
from monitoring.admin.rules import RuleAdmin, ThresholdAdmin
from monitoring.admin.versions import RuleVersionAdmin

__all__ = ["AlertAdmin", "IndicatorAdmin", "RuleAdmin", "RuleVersionAdmin", "ThresholdAdmin"]
