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
from quoting.api.cells import (
    ClearCell,
    NudgeCell,
    PriceCell,
    StartCell,
    StartPair,
    StopCell,
    StopPair,
)
from quoting.api.gestures import FeedPair, StopBook
from quoting.api.listings import ListActions, ListDeals
from quoting.api.pairs import ListPairs, ShowDetails, ShowPanel, ShowUsage
from riskgw.plugins.api import DisableModule, ListModules, LoadModule, ReloadModule
from riskgw.plugins.offered import Addresses, own_endpoints
from riskgw.plugins.pages import gated
from riskgw.plugins.registry import registry
from riskgw.web.handlers import Endpoint
from riskgw.web.pages import ApiPages, ApiSchema, Application, LogIn
from riskgw.web.ping import healthz

_SEE_MODULES, _SWITCH = "reference.view_functionmodule", "reference.switch_functionmodule"
_SEE_BOOKS, _KEEP_ACCOUNTS = "ledger.view_ledgeraccount", "ledger.change_ledgeraccount"
_KEEP_BOOKS = "ledger.change_ledgertransaction"
# What business units ask, too.
_READ_BOOKS, _CALL_BOOKS = "ledger.read_ledger", "ledger.call_ledger"
_SEE_REFUSALS = "ledger.view_refusal"
_SEE_VOUCHERS, _MAKE_VOUCHERS = "ledger.view_voucher", "ledger.add_voucher"
_SEE_PERMITS, _MAKE_PERMITS = "ledger.view_overdraftpermit", "ledger.add_overdraftpermit"
_PASS_VOUCHERS, _PASS_PERMITS = "ledger.approve_voucher", "ledger.approve_overdraftpermit"
_SEE_QUOTES, _QUOTE, _STOP_QUOTES = "quoting.view_pair", "quoting.quote", "quoting.stop_quoting"
_CELL = "quoting/pairs/<str:pair>/cells/<str:side>/<int:level>"

OWN = (
    # Not a module's: it is by these that a module is put to work again.
    Endpoint("GET", "modules", ListModules, _SEE_MODULES),
    Endpoint("POST", "modules/<str:name>/load", LoadModule, _SWITCH),
    Endpoint("POST", "modules/<str:name>/reload", ReloadModule, _SWITCH),
    Endpoint("POST", "modules/<str:name>/disable", DisableModule, _SWITCH),
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
    Endpoint("GET", "quoting/pairs", ListPairs, _SEE_QUOTES),
    Endpoint("GET", "quoting/pairs/<str:pair>", ShowPanel, _SEE_QUOTES),
    Endpoint("GET", "quoting/pairs/<str:pair>/details", ShowDetails, _SEE_QUOTES),
    Endpoint("GET", "quoting/pairs/<str:pair>/usage", ShowUsage, _SEE_QUOTES),
    Endpoint("POST", f"{_CELL}/start", StartCell, _QUOTE),
    Endpoint("POST", f"{_CELL}/stop", StopCell, _QUOTE),
    Endpoint("POST", f"{_CELL}/clear", ClearCell, _QUOTE),
    Endpoint("POST", f"{_CELL}/nudge", NudgeCell, _QUOTE),
    Endpoint("POST", f"{_CELL}/price", PriceCell, _QUOTE),
    Endpoint("POST", "quoting/pairs/<str:pair>/feed", FeedPair, _QUOTE),
    Endpoint("POST", "quoting/pairs/<str:pair>/start-all", StartPair, _QUOTE),
    # Who may stop everything may stop a part of it.
    Endpoint("POST", "quoting/pairs/<str:pair>/stop-all", StopPair, _STOP_QUOTES),
    Endpoint("POST", "quoting/stop-all", StopBook, _STOP_QUOTES),
    Endpoint("GET", "quoting/deals", ListDeals, "quoting.view_deal"),
    Endpoint("GET", "quoting/actions", ListActions, "quoting.view_deskaction"),
)
# With those of the product's function modules, which stand in their manifests.
ENDPOINTS = (*OWN, *own_endpoints(registry()))

urlpatterns = [
    path("", RedirectView.as_view(url="/app/"), name="home"),
    path("app/", Application.as_view(), name="app"),
    path("app/<path:place>", Application.as_view()),
    path("login/", gated("public_service", LogIn.as_view()), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", healthz, name="healthz"),
    path("api/schema/", ApiSchema.as_view(), name="api-schema"),
    path("api/docs/", ApiPages.as_view(), name="api-docs"),
    path("api/v1/", include(Addresses(registry(), OWN))),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
