"""Cancel: flips the transaction's own row; what it reserved the poster gives back."""

from contextlib import nullcontext

from django.db.models import F
from django.utils import timezone

from ledger.actions.confirm import state_of
from ledger.actions.durable import can_write_at_once, durable_write
from ledger.actions.messages import wake_posters
from ledger.domain.transaction import State, Step, after
from ledger.failpoints import failpoint
from ledger.models import LedgerTransaction
from riskgw.rows import insert_new

_TOMBSTONE = (
    "id", "state", "body_hash", "memo", "holds", "is_due", "tried_by", "decided_at", "decided_by",
)  # fmt: skip
# A try may come between two looks, and nothing ever takes a transaction away.
_ROUNDS_MAX = 3


def cancel(identifier: str, by: str) -> State:
    """The state it then has; an unknown id gets a tombstone, which a late try will find."""
    for _ in range(_ROUNDS_MAX):
        if _flip(identifier, by):
            return State.CANCELLED
        state = state_of(identifier)
        if state is State.UNKNOWN:
            if _bury(identifier, by):
                return State.CANCELLED
        elif state is not State.TRIED:
            return after(state, Step.CANCEL)
    raise AssertionError(f"{identifier} is neither there nor not there")


def _bury(identifier: str, by: str) -> bool:
    """False if a try came in between."""
    state = after(State.UNKNOWN, Step.CANCEL).value
    row = (identifier, state, "", "", False, False, "", timezone.now(), by)
    with durable_write():
        return bool(insert_new(LedgerTransaction, _TOMBSTONE, [row]))


def _flip(identifier: str, by: str) -> bool:
    # One statement: alone it is a commit of its own.
    with nullcontext() if can_write_at_once() else durable_write():
        changed = LedgerTransaction.objects.filter(pk=identifier, state=State.TRIED.value).update(
            state=after(State.TRIED, Step.CANCEL).value,
            decided_at=timezone.now(),
            decided_by=by,
            is_due=F("holds"),
        )
        failpoint("cancel.state")
        if changed:
            wake_posters()
    return bool(changed)
