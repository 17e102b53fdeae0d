"""The admin site's pages for the books: to look at. What changes them goes through the API."""

from ledger.admin.accounts import LedgerAccountAdmin
from ledger.admin.proposals import OverdraftPermitAdmin, VoucherAdmin
from ledger.admin.statements import DayCutAdmin, ReconciliationAdmin, StatementLineAdmin
from ledger.admin.transactions import LedgerTransactionAdmin, RefusalAdmin
from ledger.admin.units import BusinessUnitAdmin

__all__ = [
    "BusinessUnitAdmin",
    "DayCutAdmin",
    "LedgerAccountAdmin",
    "LedgerTransactionAdmin",
    "OverdraftPermitAdmin",
    "ReconciliationAdmin",
    "RefusalAdmin",
    "StatementLineAdmin",
    "VoucherAdmin",
]
