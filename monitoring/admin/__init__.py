"""The admin site's pages for rules, thresholds and alerts."""

from monitoring.admin.alerts import AlertAdmin
from monitoring.admin.business import (
    MetricThresholdAdmin,
    ObligationAdmin,
    ObligationReliefAdmin,
)
from monitoring.admin.channels import (
    ChannelAdmin,
    EscalationStepAdmin,
    NotificationAdmin,
    RouteAdmin,
)
from monitoring.admin.customer_warnings import CustomerWarningAdmin, WarningTemplateAdmin
from monitoring.admin.data_files import DataMappingAdmin
from monitoring.admin.hosts import HostAdmin, SystemThresholdAdmin
from monitoring.admin.indicators import IndicatorAdmin
from monitoring.admin.logs import LogFormatAdmin, LogSourceAdmin
from monitoring.admin.parameter_packs import ParameterPackAdmin
from monitoring.admin.restrictions import RestrictionAdmin
from monitoring.admin.rules import RuleAdmin
from monitoring.admin.silences import SilenceAdmin
from monitoring.admin.thresholds import ThresholdAdmin
from monitoring.admin.versions import RuleVersionAdmin
from monitoring.admin.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin

__all__ = [
    "AlertAdmin",
    "ChannelAdmin",
    "CustomerWarningAdmin",
    "DataMappingAdmin",
    "EscalationStepAdmin",
    "HostAdmin",
    "IndicatorAdmin",
    "LogFormatAdmin",
    "LogSourceAdmin",
    "MetricThresholdAdmin",
    "NotificationAdmin",
    "ObligationAdmin",
    "ObligationReliefAdmin",
    "ParameterPackAdmin",
    "RestrictionAdmin",
    "RouteAdmin",
    "RuleAdmin",
    "RuleVersionAdmin",
    "SilenceAdmin",
    "SystemThresholdAdmin",
    "ThresholdAdmin",
    "WarningTemplateAdmin",
    "WebhookDeliveryAdmin",
    "WebhookEndpointAdmin",
]
