"""Accounts with their figures, and what was done with them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from ledger.admin.amounts import amount_text
from ledger.models import AccountChange, LedgerAccount
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, time_text


class ChangeInline(TabularInline):
    """Opened, frozen, thawed, closed: when, why, by whom."""

    model = AccountChange
    fields = readonly_fields = ("local_time", "what", "usability", "reason", "by")
    extra = 0
    can_delete = False
    # Whoever sees the account sees what was done with it.
    verbose_name_plural = _("account changes")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountChange]:
        return AccountChange.objects.order_by("-pk")

    @admin.display(description=_("time (UTC+8)"))
    def local_time(self, change: AccountChange) -> str:
        return time_text(change.at)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """Posted is credits minus debits; available is counted in the account's direction."""

    list_display = (
        "id", "name", "currency", "direction", "posted_amount", "reserved_amount",
        "available_amount", "usability",
    )  # fmt: skip
    list_filter = ("usability", "direction", "currency")
    search_fields = ("id", "name")
    fieldsets = (
        (None, {"fields": (("id", "name"), ("currency", "direction"), ("parent", "usability"))}),
        (
            _("Balance"),
            {
                "fields": (
                    ("posted_amount", "reserved_amount"),
                    ("overdraft_amount", "available_amount"),
                    ("seq", "last_posted"),
                    "seal",
                )
            },
        ),
    )
    inlines = (ChangeInline,)
    empty_reason = _("Accounts are opened through the API.")

    @admin.display(description=_("posted"), ordering="posted")
    def posted_amount(self, account: LedgerAccount) -> str:
        return amount_text(account.posted, account.currency)

    @admin.display(description=_("reserved"), ordering="reserved")
    def reserved_amount(self, account: LedgerAccount) -> str:
        return amount_text(account.reserved, account.currency)

    @admin.display(description=_("overdraft limit"))
    def overdraft_amount(self, account: LedgerAccount) -> str:
        return amount_text(account.overdraft, account.currency)

    @admin.display(description=_("available"))
    def available_amount(self, account: LedgerAccount) -> str:
        available = account.figures.available
        return NOTHING if available is None else amount_text(available, account.currency)

    @admin.display(description=_("last posted"))
    def last_posted(self, account: LedgerAccount) -> str:
        return time_text(account.posted_at) if account.posted_at else NOTHING
