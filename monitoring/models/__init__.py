"""One noun a file."""

from monitoring.models.alert import Alert
from monitoring.models.alert_note import AlertNote
from monitoring.models.backtest import Backtest, BacktestAlert
from monitoring.models.business import (
    MetricFigure,
    MetricPoint,
    MetricStanding,
    MetricThreshold,
    Obligation,
    ObligationRelief,
    RawRecord,
)
from monitoring.models.customer_warning import CustomerWarning, WarningTemplate
from monitoring.models.data_file import (
    DataColumn,
    DataFile,
    DataMapping,
    DataReject,
    DataTarget,
)
from monitoring.models.escalation import Escalation, EscalationStep
from monitoring.models.host import (
    Host,
    HostSample,
    HostStanding,
    SampleLayout,
    SystemEvidence,
    SystemThreshold,
)
from monitoring.models.indicator import Indicator, IndicatorFilter
from monitoring.models.log import LogCount, LogFormat, LogLine, LogPosition, LogSource
from monitoring.models.module_standing import ModuleStanding
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
    "DataColumn",
    "DataFile",
    "DataMapping",
    "DataReject",
    "DataTarget",
    "ErrorOrder",
    "Escalation",
    "EscalationStep",
    "Exemption",
    "Host",
    "HostSample",
    "HostStanding",
    "Indicator",
    "IndicatorFilter",
    "LevelAction",
    "LogCount",
    "LogFormat",
    "LogLine",
    "LogPosition",
    "LogSource",
    "MetricFigure",
    "MetricPoint",
    "MetricStanding",
    "MetricThreshold",
    "ModuleStanding",
    "Notification",
    "Obligation",
    "ObligationRelief",
    "OrderRecord",
    "PackLine",
    "ParameterPack",
    "RawRecord",
    "Restriction",
    "RestrictionStep",
    "Route",
    "Rule",
    "RuleVersion",
    "SampleLayout",
    "Silence",
    "SystemEvidence",
    "SystemThreshold",
    "ThenStep",
    "Threshold",
    "UnloadPosition",
    "WarningTemplate",
    "WebhookDelivery",
    "WebhookEndpoint",
]
