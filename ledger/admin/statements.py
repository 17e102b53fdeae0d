"""Statement lines, day cuts and reconciliations."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ledger.admin.amounts import amount_text
from ledger.models import DayCut, Reconciliation, StatementLine
from riskgw.reference.admin.records import ReadOnlyAdmin, time_text


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin):
    """Every posting with the balance after it. Statements are exported from the page Ledger."""

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
