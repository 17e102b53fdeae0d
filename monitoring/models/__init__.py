"""One noun a file."""

from monitoring.models.alert import Alert
from monitoring.models.alert_note import AlertNote
from monitoring.models.backtest import Backtest, BacktestAlert
from monitoring.models.customer_warning import CustomerWarning, WarningTemplate
from monitoring.models.escalation import Escalation, EscalationStep
from monitoring.models.indicator import Indicator, IndicatorFilter
from monitoring.models.notification import Channel, Notification, Route
from monitoring.models.order import CheckResult, ErrorOrder, OrderRecord
from monitoring.models.parameter_pack import PackLine, ParameterPack
from monitoring.models.restriction import Restriction, RestrictionStep
from monitoring.models.rule import Condition, Rule, RuleVersion, Threshold
from monitoring.models.rule_part import Exemption, LevelAction, ThenStep
from monitoring.models.silence import Silence
from monitoring.models.unload import UnloadPosition
from monitoring.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Alert",
    "AlertNote",
    "Backtest",
    "BacktestAlert",
    "Channel",
    "CheckResult",
    "Condition",
    "CustomerWarning",
    "ErrorOrder",
    "Escalation",
    "EscalationStep",
    "Exemption",
    "Indicator",
    "IndicatorFilter",
    "LevelAction",
    "Notification",
    "OrderRecord",
    "PackLine",
    "ParameterPack",
    "Restriction",
    "RestrictionStep",
    "Route",
    "Rule",
    "RuleVersion",
    "Silence",
    "ThenStep",
    "Threshold",
    "UnloadPosition",
    "WarningTemplate",
    "WebhookDelivery",
    "WebhookEndpoint",
]
