"""The daily reconciliation: balances beside events, kept with its result."""

from django.utils import timezone

from ledger.actions.durable import durable_write, shut_gate
from ledger.models import LedgerAccount, Reconciliation
from ledger.queries import books_day
from ledger.verification import differences


def reconcile() -> Reconciliation:
    """With tries and posters outside, so that both sides stand at one moment."""
    with durable_write():
        shut_gate()
        now = timezone.now()
        return Reconciliation.objects.create(
            day=books_day(now),
            at=now,
            accounts=LedgerAccount.objects.count(),
            differences=differences(),
        )
