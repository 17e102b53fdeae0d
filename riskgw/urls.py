"""All addresses, and the table of endpoints: who answers what, and what it takes to ask."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from ledger.api.accounts import (
    CloseAccount,
    FreezeAccount,
    OpenAccount,
    ShowAccount,
    ShowBalance,
    ShowPeriod,
    ShowStatement,
    UnfreezeAccount,
)
from ledger.api.exports import (
    ExportInFlight,
    ExportLedgerAccounts,
    ExportRefusals,
    ExportStatement,
)
from ledger.api.listings import ListAccountChanges, ListAccounts, ListInFlight, ListRefusals
from ledger.api.proposals import (
    ApprovePermit,
    ApproveVoucher,
    ListPermits,
    ListVouchers,
    ProposePermit,
    ProposeVoucher,
    RejectPermit,
    RejectVoucher,
    ShowPermit,
    ShowVoucher,
    WithdrawPermit,
    WithdrawVoucher,
)
from ledger.api.reports import ListHotAccounts, ShowDays, ShowFlow, ShowPosting, ShowTrialBalance
from ledger.api.transactions import (
    BulkTry,
    CancelTransaction,
    ConfirmTransaction,
    ReverseTransaction,
    ShowTransaction,
    TryTransaction,
)
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
    ExportBacktestAlerts,
    ListBacktestAlerts,
    ListBacktests,
    ListDays,
    ShowBacktest,
)
from monitoring.api.customer_warnings import AcknowledgeWarning, ListWarnings, ShowWarning
from monitoring.api.exports import ExportAlerts, ExportOrders, ExportProblems
from monitoring.api.feeds import (
    FeedExecutions,
    FeedFunds,
    FeedOrders,
    FeedPositions,
    FeedQuoteRequests,
    FeedQuotes,
)
from monitoring.api.headroom import ShowHeadroom
from monitoring.api.live_party import (
    ExportAccount,
    ExportCustomer,
    ExportGroup,
    SearchParties,
    ShowAccountLive,
    ShowCustomer,
    ShowGroup,
)
from monitoring.api.orders import ListOrders
from monitoring.api.orders_check import CheckOrders
from monitoring.api.parameter_packs import (
    ApplyPack,
    ListPacks,
    RejectPack,
    ShowPack,
    UploadPack,
)
from monitoring.api.problems import ListProblems
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
from monitoring.api.sessions import ExportSessions, ListSessions
from monitoring.api.silences import (
    EndSilence,
    ExtendSilence,
    ListSilences,
    MakeSilence,
    ShowSilence,
)
from monitoring.api.thresholds import ListThresholds, SetThreshold
from monitoring.api.webhooks import ListWebhookDeliveries, ResendWebhook
from riskgw.reference.api.contracts import ListContracts
from riskgw.web.handlers import LOGGED_IN, Endpoint
from riskgw.web.http import routes
from riskgw.web.pages import ApiPages, ApiSchema, Application, LogIn
from riskgw.web.ping import healthz
from riskgw.web.session import SetLanguage, ShowSession

_SEE, _HANDLE = "monitoring.view_alert", "monitoring.change_alert"

_SEE_SILENCES, _SEE_WARNINGS = "monitoring.view_silence", "monitoring.view_customerwarning"
_SEE_WEBHOOKS = "monitoring.view_webhookdelivery"

_SEE_STOPS, _RELEASE = "monitoring.view_restriction", "monitoring.release_restriction"
_FEED = "monitoring.feed_events"
_SEE_LIVE = "monitoring.view_headroom"

_SEE_RULES, _CHANGE_RULES = "monitoring.view_rule", "monitoring.change_rule"
_APPROVE = "monitoring.approve_ruleversion"
_SEE_PACKS, _APPROVE_PACKS = "monitoring.view_parameterpack", "monitoring.approve_parameterpack"

_SEE_BOOKS, _KEEP_ACCOUNTS = "ledger.view_ledgeraccount", "ledger.change_ledgeraccount"
_KEEP_BOOKS = "ledger.change_ledgertransaction"
# What business units ask, too.
_READ_BOOKS, _CALL_BOOKS = "ledger.read_ledger", "ledger.call_ledger"
_SEE_REFUSALS = "ledger.view_refusal"
_SEE_VOUCHERS, _MAKE_VOUCHERS = "ledger.view_voucher", "ledger.add_voucher"
_SEE_PERMITS, _MAKE_PERMITS = "ledger.view_overdraftpermit", "ledger.add_overdraftpermit"
_PASS_VOUCHERS, _PASS_PERMITS = "ledger.approve_voucher", "ledger.approve_overdraftpermit"

ENDPOINTS = (
    Endpoint("GET", "session", ShowSession, LOGGED_IN),
    Endpoint("POST", "session/language", SetLanguage, LOGGED_IN),
    Endpoint("GET", "alerts", ListAlerts, _SEE),
    Endpoint("GET", "alerts/export", ExportAlerts, _SEE),
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
    Endpoint("GET", "orders", ListOrders, _SEE),
    Endpoint("GET", "orders/export", ExportOrders, _SEE),
    Endpoint("POST", "orders", FeedOrders, _FEED),
    Endpoint("POST", "executions", FeedExecutions, _FEED),
    Endpoint("POST", "quotes", FeedQuotes, _FEED),
    Endpoint("POST", "quote-requests", FeedQuoteRequests, _FEED),
    Endpoint("POST", "positions", FeedPositions, _FEED),
    Endpoint("POST", "funds", FeedFunds, _FEED),
    Endpoint("POST", "orders/check", CheckOrders, "monitoring.check_orders"),
    Endpoint("GET", "headroom", ShowHeadroom, _SEE_LIVE),
    Endpoint("GET", "customers", SearchParties, _SEE_LIVE),
    Endpoint("GET", "customers/<str:id>/live", ShowCustomer, _SEE_LIVE),
    Endpoint("GET", "customers/<str:id>/live/export", ExportCustomer, _SEE_LIVE),
    Endpoint("GET", "groups/<str:id>/live", ShowGroup, _SEE_LIVE),
    Endpoint("GET", "groups/<str:id>/live/export", ExportGroup, _SEE_LIVE),
    Endpoint("GET", "accounts/<str:id>/live", ShowAccountLive, _SEE_LIVE),
    Endpoint("GET", "accounts/<str:id>/live/export", ExportAccount, _SEE_LIVE),
    Endpoint("GET", "restrictions", ListRestrictions, _SEE_STOPS),
    Endpoint("POST", "restrictions", Restrict, "monitoring.add_restriction"),
    Endpoint("GET", "restrictions/<str:id>", ShowRestriction, _SEE_STOPS),
    Endpoint("POST", "restrictions/<str:id>/release", ReleaseRestriction, _RELEASE),
    Endpoint("GET", "restrictions/<str:id>/orders", ListConcernedOrders, _RELEASE),
    Endpoint("POST", "restrictions/<str:id>/cancel-orders", CancelConcernedOrders, _RELEASE),
    Endpoint("GET", "sessions", ListSessions, _SEE),
    Endpoint("GET", "sessions/export", ExportSessions, _SEE),
    Endpoint("GET", "problems", ListProblems, _SEE),
    Endpoint("GET", "problems/export", ExportProblems, _SEE),
    Endpoint("GET", "thresholds", ListThresholds, "monitoring.view_threshold"),
    Endpoint("PATCH", "thresholds/<int:id>", SetThreshold, "monitoring.change_threshold"),
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
    Endpoint("GET", "backtests/<int:id>/alerts/export", ExportBacktestAlerts, _SEE_RULES),
    Endpoint("GET", "contracts", ListContracts, "reference.view_contract"),
    Endpoint("GET", "ledger/accounts", ListAccounts, _SEE_BOOKS),
    Endpoint("POST", "ledger/accounts", OpenAccount, "ledger.add_ledgeraccount"),
    Endpoint("GET", "ledger/accounts/<str:id>", ShowAccount, _READ_BOOKS),
    Endpoint("POST", "ledger/accounts/<str:id>/freeze", FreezeAccount, _KEEP_ACCOUNTS),
    Endpoint("POST", "ledger/accounts/<str:id>/unfreeze", UnfreezeAccount, _KEEP_ACCOUNTS),
    Endpoint("POST", "ledger/accounts/<str:id>/close", CloseAccount, _KEEP_ACCOUNTS),
    Endpoint("GET", "ledger/accounts/<str:id>/balance", ShowBalance, _READ_BOOKS),
    Endpoint("GET", "ledger/accounts/<str:id>/statement", ShowStatement, _READ_BOOKS),
    Endpoint("GET", "ledger/accounts/<str:id>/period", ShowPeriod, _READ_BOOKS),
    Endpoint("POST", "ledger/transactions/bulk", BulkTry, _CALL_BOOKS),
    Endpoint("GET", "ledger/transactions/<str:id>", ShowTransaction, _READ_BOOKS),
    Endpoint("POST", "ledger/transactions/<str:id>/try", TryTransaction, _CALL_BOOKS),
    Endpoint("POST", "ledger/transactions/<str:id>/confirm", ConfirmTransaction, _CALL_BOOKS),
    Endpoint("POST", "ledger/transactions/<str:id>/cancel", CancelTransaction, _CALL_BOOKS),
    Endpoint("POST", "ledger/transactions/<str:id>/reverse", ReverseTransaction, _KEEP_BOOKS),
    Endpoint("GET", "ledger/trial-balance", ShowTrialBalance, _SEE_BOOKS),
    Endpoint("GET", "ledger/flow", ShowFlow, _SEE_BOOKS),
    Endpoint("GET", "ledger/posting", ShowPosting, _SEE_BOOKS),
    Endpoint("GET", "ledger/days", ShowDays, _SEE_BOOKS),
    Endpoint("GET", "ledger/hot-accounts", ListHotAccounts, _SEE_BOOKS),
    Endpoint("GET", "ledger/in-flight", ListInFlight, _SEE_BOOKS),
    Endpoint("GET", "ledger/in-flight/export", ExportInFlight, _SEE_BOOKS),
    Endpoint("GET", "ledger/refusals", ListRefusals, _SEE_REFUSALS),
    Endpoint("GET", "ledger/refusals/export", ExportRefusals, _SEE_REFUSALS),
    # A word that is no account: ids of accounts and this stand in one place.
    Endpoint("GET", "ledger/account-list/export", ExportLedgerAccounts, _SEE_BOOKS),
    Endpoint("GET", "ledger/accounts/<str:id>/changes", ListAccountChanges, _SEE_BOOKS),
    Endpoint("GET", "ledger/accounts/<str:id>/statement/export", ExportStatement, _SEE_BOOKS),
    Endpoint("GET", "ledger/vouchers", ListVouchers, _SEE_VOUCHERS),
    Endpoint("POST", "ledger/vouchers", ProposeVoucher, _MAKE_VOUCHERS),
    Endpoint("GET", "ledger/vouchers/<str:id>", ShowVoucher, _SEE_VOUCHERS),
    Endpoint("POST", "ledger/vouchers/<str:id>/approve", ApproveVoucher, _PASS_VOUCHERS),
    Endpoint("POST", "ledger/vouchers/<str:id>/reject", RejectVoucher, _PASS_VOUCHERS),
    Endpoint("POST", "ledger/vouchers/<str:id>/withdraw", WithdrawVoucher, _MAKE_VOUCHERS),
    Endpoint("GET", "ledger/overdraft-permits", ListPermits, _SEE_PERMITS),
    Endpoint("POST", "ledger/overdraft-permits", ProposePermit, _MAKE_PERMITS),
    Endpoint("GET", "ledger/overdraft-permits/<str:id>", ShowPermit, _SEE_PERMITS),
    Endpoint("POST", "ledger/overdraft-permits/<str:id>/approve", ApprovePermit, _PASS_PERMITS),
    Endpoint("POST", "ledger/overdraft-permits/<str:id>/reject", RejectPermit, _PASS_PERMITS),
    Endpoint("POST", "ledger/overdraft-permits/<str:id>/withdraw", WithdrawPermit, _MAKE_PERMITS),
)

urlpatterns = [
    path("", RedirectView.as_view(url="/app/overview"), name="home"),
    path("app/", Application.as_view(), name="app"),
    path("app/<path:place>", Application.as_view()),
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", healthz, name="healthz"),
    path("api/schema/", ApiSchema.as_view(), name="api-schema"),
    path("api/docs/", ApiPages.as_view(), name="api-docs"),
    path("api/v1/", include(routes(ENDPOINTS))),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
