"""The ledger's tables."""

from ledger.models.account import AccountChange, LedgerAccount
from ledger.models.statement import DayCut, Reconciliation, StatementLine
from ledger.models.transaction import LedgerLeg, LedgerTransaction, PostingMessage, Refusal

__all__ = [
    "AccountChange",
    "DayCut",
    "LedgerAccount",
    "LedgerLeg",
    "LedgerTransaction",
    "PostingMessage",
    "Reconciliation",
    "Refusal",
    "StatementLine",
]
