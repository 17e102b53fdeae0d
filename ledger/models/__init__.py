"""The ledger's tables."""

from ledger.models.account import AccountChange, LedgerAccount
from ledger.models.proposal import OverdraftPermit, Voucher
from ledger.models.statement import DayCut, Reconciliation, StatementLine
from ledger.models.transaction import LedgerLeg, LedgerTransaction, PostingMessage, Refusal
from ledger.models.unit import BusinessUnit

__all__ = [
    "AccountChange",
    "BusinessUnit",
    "DayCut",
    "LedgerAccount",
    "LedgerLeg",
    "LedgerTransaction",
    "OverdraftPermit",
    "PostingMessage",
    "Reconciliation",
    "Refusal",
    "StatementLine",
    "Voucher",
]
