"""The risk service: requests about orders that are judged, and what follows."""

from monitoring.api.alert_gestures import (
    AcknowledgeAlert,
    AssignAlert,
    CloseAlert,
    CommentAlert,
    ListAlertNotes,
    ListOwners,
    ReopenAlert,
    ShowAlertDeliveries,
)
from monitoring.api.alerts import ListAlertOrders, ListAlerts, ShowAlert
from monitoring.api.backtests import (
    AskBacktest,
    CancelBacktest,
    ListBacktestAlerts,
    ListBacktests,
    ListDays,
    ShowBacktest,
)
from monitoring.api.customer_warnings import AcknowledgeWarning, ListWarnings, ShowWarning
from monitoring.api.headroom import ShowHeadroom
from monitoring.api.live_party import SearchParties, ShowAccountLive, ShowCustomer, ShowGroup
from monitoring.api.orders_check import CheckOrders
from monitoring.api.parameter_packs import ApplyPack, ListPacks, RejectPack, ShowPack, UploadPack
from monitoring.api.restrictions import (
    CancelConcernedOrders,
    ListConcernedOrders,
    ListRestrictions,
    ReleaseRestriction,
    Restrict,
    ShowRestriction,
)
from monitoring.api.rule_changes import (
    ApproveVersion,
    ProposeVersion,
    RejectVersion,
    SwitchMode,
    WithdrawVersion,
)
from monitoring.api.rules import ListRules, ListVersions, ShowRule
from monitoring.api.silences import (
    EndSilence,
    ExtendSilence,
    ListSilences,
    MakeSilence,
    ShowSilence,
)
from monitoring.api.webhooks import ListWebhookDeliveries, ResendWebhook
from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import Manifest, Topic
from riskgw.web.handlers import Command, Endpoint

_HANDLE = "monitoring.change_alert"
_SEE_WARNINGS = "monitoring.view_customerwarning"
_SEE_WEBHOOKS = "monitoring.view_webhookdelivery"
_RELEASE = "monitoring.release_restriction"
_SEE_LIVE = "monitoring.view_headroom"
_CHANGE_RULES = "monitoring.change_rule"
_APPROVE = "monitoring.approve_ruleversion"
_APPROVE_PACKS = "monitoring.approve_parameterpack"
_SEE = "monitoring.view_alert"
_SEE_SILENCES = "monitoring.view_silence"
_SEE_STOPS = "monitoring.view_restriction"
_SEE_RULES = "monitoring.view_rule"
_SEE_PACKS = "monitoring.view_parameterpack"

_ENDPOINTS = (
    Endpoint("GET", "alerts", ListAlerts, _SEE),
    Endpoint("GET", "alerts/owners", ListOwners, _HANDLE),
    Endpoint("GET", "alerts/<str:id>", ShowAlert, _SEE),
    Endpoint("GET", "alerts/<str:id>/notes", ListAlertNotes, _SEE),
    Endpoint(
        "GET", "alerts/<str:id>/deliveries", ShowAlertDeliveries, "monitoring.view_notification"
    ),
    Endpoint("GET", "alerts/<str:id>/orders", ListAlertOrders, _SEE),
    Endpoint("POST", "alerts/<str:id>/acknowledge", AcknowledgeAlert, _HANDLE),
    Endpoint("POST", "alerts/<str:id>/assign", AssignAlert, _HANDLE),
    Endpoint("POST", "alerts/<str:id>/comment", CommentAlert, _HANDLE),
    Endpoint("POST", "alerts/<str:id>/close", CloseAlert, _HANDLE),
    Endpoint("POST", "alerts/<str:id>/reopen", ReopenAlert, _HANDLE),
    Endpoint("GET", "silences", ListSilences, _SEE_SILENCES),
    Endpoint("POST", "silences", MakeSilence, "monitoring.add_silence"),
    Endpoint("GET", "silences/<int:id>", ShowSilence, _SEE_SILENCES),
    Endpoint("POST", "silences/<int:id>/extend", ExtendSilence, "monitoring.change_silence"),
    Endpoint("POST", "silences/<int:id>/end", EndSilence, "monitoring.change_silence"),
    Endpoint("GET", "customer-warnings", ListWarnings, _SEE_WARNINGS),
    Endpoint("GET", "customer-warnings/<int:id>", ShowWarning, _SEE_WARNINGS),
    Endpoint(
        "POST",
        "customer-warnings/<int:id>/acknowledge",
        AcknowledgeWarning,
        "monitoring.change_customerwarning",
    ),
    Endpoint("GET", "webhook-deliveries", ListWebhookDeliveries, _SEE_WEBHOOKS),
    Endpoint(
        "POST",
        "webhook-deliveries/<str:id>/resend",
        ResendWebhook,
        "monitoring.change_webhookdelivery",
    ),
    Endpoint("POST", "orders/check", CheckOrders, "monitoring.check_orders"),
    Endpoint("GET", "headroom", ShowHeadroom, _SEE_LIVE),
    Endpoint("GET", "customers", SearchParties, _SEE_LIVE),
    Endpoint("GET", "customers/<str:id>/live", ShowCustomer, _SEE_LIVE),
    Endpoint("GET", "groups/<str:id>/live", ShowGroup, _SEE_LIVE),
    Endpoint("GET", "accounts/<str:id>/live", ShowAccountLive, _SEE_LIVE),
    Endpoint("GET", "restrictions", ListRestrictions, _SEE_STOPS),
    Endpoint("POST", "restrictions", Restrict, "monitoring.add_restriction"),
    Endpoint("GET", "restrictions/<str:id>", ShowRestriction, _SEE_STOPS),
    Endpoint("POST", "restrictions/<str:id>/release", ReleaseRestriction, _RELEASE),
    Endpoint("GET", "restrictions/<str:id>/orders", ListConcernedOrders, _RELEASE),
    Endpoint("POST", "restrictions/<str:id>/cancel-orders", CancelConcernedOrders, _RELEASE),
    Endpoint("GET", "rules", ListRules, _SEE_RULES),
    Endpoint("GET", "rules/<str:code>", ShowRule, _SEE_RULES),
    Endpoint("GET", "rules/<str:code>/versions", ListVersions, "monitoring.view_ruleversion"),
    Endpoint("POST", "rules/<str:code>/versions", ProposeVersion, _CHANGE_RULES),
    Endpoint("POST", "rules/<str:code>/mode", SwitchMode, _CHANGE_RULES),
    Endpoint("POST", "rules/<str:code>/versions/<int:number>/approve", ApproveVersion, _APPROVE),
    Endpoint("POST", "rules/<str:code>/versions/<int:number>/reject", RejectVersion, _APPROVE),
    Endpoint(
        "POST", "rules/<str:code>/versions/<int:number>/withdraw", WithdrawVersion, _CHANGE_RULES
    ),
    Endpoint("GET", "parameter-packs", ListPacks, _SEE_PACKS),
    Endpoint("POST", "parameter-packs", UploadPack, "monitoring.add_parameterpack"),
    Endpoint("GET", "parameter-packs/<int:id>", ShowPack, _SEE_PACKS),
    Endpoint("POST", "parameter-packs/<int:id>/apply", ApplyPack, _APPROVE_PACKS),
    Endpoint("POST", "parameter-packs/<int:id>/reject", RejectPack, _APPROVE_PACKS),
    Endpoint("GET", "backtests", ListBacktests, _SEE_RULES),
    Endpoint("POST", "backtests", AskBacktest, "monitoring.add_backtest"),
    Endpoint("GET", "backtests/days", ListDays, _SEE_RULES),
    Endpoint("GET", "backtests/<int:id>", ShowBacktest, _SEE_RULES),
    Endpoint("POST", "backtests/<int:id>/cancel", CancelBacktest, "monitoring.change_backtest"),
    Endpoint("GET", "backtests/<int:id>/alerts", ListBacktestAlerts, _SEE_RULES),
)
_COMMANDS = {
    "alerts.acknowledge": Command(AcknowledgeAlert, _HANDLE),
    "alerts.assign": Command(AssignAlert, _HANDLE),
    "alerts.comment": Command(CommentAlert, _HANDLE),
    "alerts.close": Command(CloseAlert, _HANDLE),
    "alerts.reopen": Command(ReopenAlert, _HANDLE),
    "silences.make": Command(MakeSilence, "monitoring.add_silence"),
    "silences.extend": Command(ExtendSilence, "monitoring.change_silence"),
    "silences.end": Command(EndSilence, "monitoring.change_silence"),
    "customer_warnings.acknowledge": Command(
        AcknowledgeWarning, "monitoring.change_customerwarning"
    ),
    "restrictions.release": Command(ReleaseRestriction, _RELEASE),
}
_TOPICS = (
    Topic("alerts", TopicKind.LOG, "monitoring.view_alert"),
    Topic("restrictions", TopicKind.LOG, "monitoring.view_restriction"),
    Topic("backtests", TopicKind.LOG, "monitoring.view_rule"),
    Topic("customer_warning", TopicKind.LOG, "monitoring.view_customerwarning"),
)
MANIFEST = Manifest(
    name="risk_service",
    version="1.0",
    title="Risk service",
    endpoints=_ENDPOINTS,
    commands=_COMMANDS,
    topics=_TOPICS,
)
