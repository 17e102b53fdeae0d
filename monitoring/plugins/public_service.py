"""The public service: requests of general kind: log-in, contracts, thresholds, exports."""

from monitoring.api.backtests import ExportBacktestAlerts
from monitoring.api.exports import (
    ExportAlerts,
    ExportOrders,
    ExportProblems,
    ExportRestrictions,
)
from monitoring.api.live_party import ExportAccount, ExportCustomer, ExportGroup
from monitoring.api.sessions import ExportSessions
from monitoring.api.thresholds import ListIndicators, ListThresholds, SetThreshold
from riskgw.plugins.manifest import Manifest
from riskgw.reference.api.contracts import ListContracts
from riskgw.web.handlers import LOGGED_IN, Command, Endpoint
from riskgw.web.session import SetLanguage, ShowSession

_SEE_LIVE = "monitoring.view_headroom"
_SEE = "monitoring.view_alert"
_SEE_RULES = "monitoring.view_rule"

_ENDPOINTS = (
    Endpoint("GET", "session", ShowSession, LOGGED_IN),
    Endpoint("POST", "session/language", SetLanguage, LOGGED_IN),
    Endpoint("GET", "alerts/export", ExportAlerts, _SEE),
    Endpoint("GET", "orders/export", ExportOrders, _SEE),
    Endpoint("GET", "restrictions/export", ExportRestrictions, "monitoring.view_restriction"),
    Endpoint("GET", "customers/<str:id>/live/export", ExportCustomer, _SEE_LIVE),
    Endpoint("GET", "groups/<str:id>/live/export", ExportGroup, _SEE_LIVE),
    Endpoint("GET", "accounts/<str:id>/live/export", ExportAccount, _SEE_LIVE),
    Endpoint("GET", "sessions/export", ExportSessions, _SEE),
    Endpoint("GET", "problems/export", ExportProblems, _SEE),
    Endpoint("GET", "thresholds", ListThresholds, "monitoring.view_threshold"),
    Endpoint("GET", "indicators", ListIndicators, "monitoring.view_threshold"),
    Endpoint("PATCH", "thresholds/<int:id>", SetThreshold, "monitoring.change_threshold"),
    Endpoint("GET", "backtests/<int:id>/alerts/export", ExportBacktestAlerts, _SEE_RULES),
    Endpoint("GET", "contracts", ListContracts, "reference.view_contract"),
)
_COMMANDS = {
    "thresholds.list": Command(ListThresholds, "monitoring.view_threshold"),
}
MANIFEST = Manifest(
    name="public_service",
    version="1.0",
    title="Public service",
    endpoints=_ENDPOINTS,
    commands=_COMMANDS,
)
