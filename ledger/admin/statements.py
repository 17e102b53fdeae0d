"""Statement lines with their export, day cuts and reconciliations."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm

from ledger.admin.amounts import amount_text
from ledger.domain.money import money_text
from ledger.models import DayCut, Reconciliation, StatementLine
from riskgw.reference.admin.records import ReadOnlyAdmin, time_text


class StatementLineResource(resources.ModelResource):
    """Amounts as decimal text in the account's currency."""

    amount = fields.Field()
    balance_after = fields.Field()

    class Meta:
        model = StatementLine
        fields = export_order = (
            "account", "seq", "posting_date", "value_date", "posted_at", "transaction", "side",
            "amount", "balance_after",
        )  # fmt: skip

    def dehydrate_amount(self, line: StatementLine) -> str:
        return money_text(line.amount, line.account.currency)

    def dehydrate_balance_after(self, line: StatementLine) -> str:
        return money_text(line.balance_after, line.account.currency)


@admin.register(StatementLine)
class StatementLineAdmin(ExportMixin, ReadOnlyAdmin):
    """Every posting with the balance after it."""

    export_form_class = ExportForm
    # With a byte order mark, by which Excel knows Chinese.
    to_encoding = "utf-8-sig"
    resource_classes = (StatementLineResource,)
    formats = (CSV, XLSX)
    list_display = (
        "account", "seq", "posted", "posting_date", "value_date", "transaction", "side",
        "amount_shown", "balance_shown",
    )  # fmt: skip
    list_filter = ("posting_date", "side")
    list_select_related = ("account",)
    search_fields = ("account__id", "transaction")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("account", "seq"),
                    ("transaction", "side"),
                    ("amount_shown", "balance_shown"),
                    ("posted", "posting_date", "value_date"),
                    "seal",
                )
            },
        ),
    )
    empty_reason = _("A line appears here when a transaction is posted.")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may look may take it along."""
        return bool(self.has_view_permission(request))

    @admin.display(description=_("posted"), ordering="posted_at")
    def posted(self, line: StatementLine) -> str:
        return time_text(line.posted_at)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, line: StatementLine) -> str:
        return amount_text(line.amount, line.account.currency)

    @admin.display(description=_("balance"))
    def balance_shown(self, line: StatementLine) -> str:
        return amount_text(line.balance_after, line.account.currency)


@admin.register(DayCut)
class DayCutAdmin(ReadOnlyAdmin):
    """Days of the books that are closed."""

    list_display = ("closed", "next", "in_flight", "unposted", "by", "at")
    fields: Any = (("closed", "next"), ("in_flight", "unposted"), ("by", "at"))
    empty_reason = _("Until the first day cut, the books are on the calendar's day.")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Balances beside their events, day by day."""

    list_display = ("day", "at", "accounts", "difference_count")
    fields: Any = (("day", "at"), "accounts", "differences")
    empty_reason = _("A result appears here after each reconciliation.")

    @admin.display(description=_("differences"))
    def difference_count(self, row: Reconciliation) -> int:
        return len(row.differences)
