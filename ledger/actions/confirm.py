"""Confirm: the transaction's own rows and no others, without a condition that could refuse it."""

from django.utils import timezone

from ledger.actions.durable import durable_write
from ledger.actions.messages import write_messages
from ledger.domain.transaction import State, Step, after
from ledger.failpoints import failpoint
from ledger.models import LedgerTransaction


def confirm(identifier: str, by: str) -> State:
    """The state it then has; `IllegalStep` or `UnknownTransaction` if it went another way."""
    now = timezone.now()
    with durable_write():
        changed = LedgerTransaction.objects.filter(pk=identifier, state=State.TRIED.value).update(
            state=after(State.TRIED, Step.CONFIRM).value,
            decided_at=now,
            decided_by=by,
            is_due=True,
        )
        failpoint("confirm.state")
        if changed:
            write_messages([identifier], now)
            failpoint("confirm.messages")
            return State.CONFIRMED
    return after(state_of(identifier), Step.CONFIRM)


def state_of(identifier: str) -> State:
    """Read without waiting for whoever is changing it."""
    row = LedgerTransaction.objects.filter(pk=identifier).values_list("state", flat=True).first()
    return State.UNKNOWN if row is None else State(row)
