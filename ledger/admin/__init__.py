"""The admin site's pages for the books: to look at. What changes them goes through the API."""

from ledger.admin.accounts import LedgerAccountAdmin
from ledger.admin.statements import DayCutAdmin, ReconciliationAdmin, StatementLineAdmin
from ledger.admin.transactions import LedgerTransactionAdmin, RefusalAdmin

__all__ = [
    "DayCutAdmin",
    "LedgerAccountAdmin",
    "LedgerTransactionAdmin",
    "ReconciliationAdmin",
    "RefusalAdmin",
    "StatementLineAdmin",
]
