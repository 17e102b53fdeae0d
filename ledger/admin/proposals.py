"""Vouchers and overdraft permits, to look at; they are made and decided on the page Ledger."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ledger.admin.amounts import amount_text, legs_html
from ledger.models import OverdraftPermit, Voucher
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin

_DECISION: Any = (
    _("Decision"),
    {"fields": (("proposed_by", "proposed_at"), ("decided_by", "decided_at"), "decision_reason")},
)


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    """A transaction by hand, who made it and who decided."""

    list_display = ("id", "state", "proposed_by", "proposed_at", "decided_by", "reason")
    list_filter = ("state",)
    search_fields = ("id", "reason", "memo")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("id", "state"),
                    ("value_date", "memo"),
                    "reason",
                    "legs_shown",
                    "refusal",
                )
            },
        ),
        _DECISION,
    )
    empty_reason = _("Vouchers are proposed on the page Ledger.")

    @admin.display(description=_("legs"))
    def legs_shown(self, voucher: Voucher) -> SafeString:
        return legs_html(voucher.legs)


@admin.register(OverdraftPermit)
class OverdraftPermitAdmin(ReadOnlyAdmin):
    """Another overdraft limit, who asked for it and who allowed it."""

    list_display = (
        "id", "state", "account", "limit_amount", "expires_at", "proposed_by", "decided_by",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("account",)
    search_fields = ("id", "account__id", "reason")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("id", "state"),
                    ("account", "expires_at"),
                    ("limit_amount", "before_amount"),
                    "reason",
                )
            },
        ),
        _DECISION,
    )
    empty_reason = _("Permits are proposed on the page Ledger.")

    @admin.display(description=_("overdraft limit"), ordering="limit")
    def limit_amount(self, permit: OverdraftPermit) -> str:
        return amount_text(permit.limit, permit.account.currency)

    @admin.display(description=_("limit before"))
    def before_amount(self, permit: OverdraftPermit) -> str:
        if permit.before is None:
            return NOTHING
        return amount_text(permit.before, permit.account.currency)
