"""Transactions with their legs and posting messages, and refusals."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from ledger.admin.amounts import amount_text, legs_html
from ledger.models import LedgerLeg, LedgerTransaction, Refusal
from ledger.models.choices import MessageChoice
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, time_text


class LegInline(TabularInline):
    """The legs, each with its posting message."""

    model = LedgerLeg
    fields = readonly_fields = ("account", "side", "amount_shown", "trust", "message_shown")
    extra = 0
    can_delete = False
    verbose_name_plural = _("legs")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerLeg]:
        return LedgerLeg.objects.select_related("account", "message").order_by("place")

    @admin.display(description=_("amount"))
    def amount_shown(self, leg: LedgerLeg) -> str:
        return amount_text(leg.amount, leg.account.currency)

    @admin.display(description=_("posting message"))
    def message_shown(self, leg: LedgerLeg) -> str:
        message = getattr(leg, "message", None)
        if message is None:
            return NOTHING
        return f"{MessageChoice(message.kind).label} {_time(message.applied_at)}"


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    """One transaction and all that happened to it."""

    list_display = ("id", "state", "tried", "decided", "settled", "memo")
    list_filter = ("state",)
    search_fields = ("id", "memo")
    fieldsets = (
        (None, {"fields": (("id", "state"), ("value_date", "memo"), "reverses")}),
        (
            _("History"),
            {
                "fields": (
                    ("tried", "tried_by"),
                    ("decided", "decided_by"),
                    "settled",
                )
            },
        ),
    )
    inlines = (LegInline,)
    empty_reason = _("Transactions come through the API.")

    @admin.display(description=_("tried"), ordering="tried_at")
    def tried(self, row: LedgerTransaction) -> str:
        return _time(row.tried_at)

    @admin.display(description=_("confirmed or cancelled"), ordering="decided_at")
    def decided(self, row: LedgerTransaction) -> str:
        return _time(row.decided_at)

    @admin.display(description=_("settled"), ordering="settled_at")
    def settled(self, row: LedgerTransaction) -> str:
        return _time(row.settled_at)


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    """What was not let in, why, and who asked."""

    list_display = ("time_shown", "transaction", "reason", "account", "by")
    list_filter = ("reason",)
    search_fields = ("transaction__id", "account")
    fieldsets = (
        (None, {"fields": (("transaction", "reason"), ("account", "by"), "time_shown", "events")}),
    )
    empty_reason = _("A refusal appears here when a transaction is not let in.")

    @admin.display(description=_("time (UTC+8)"), ordering="at")
    def time_shown(self, refusal: Refusal) -> str:
        return _time(refusal.at)

    @admin.display(description=_("legs"))
    def events(self, refusal: Refusal) -> SafeString:
        return legs_html(refusal.legs)


def _time(at: datetime | None) -> str:
    return NOTHING if at is None else time_text(at)
