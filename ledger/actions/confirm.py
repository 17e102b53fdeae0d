"""Confirm: the transaction's own rows and no others, without a condition that could refuse it."""

from datetime import datetime

from django.utils import timezone

from ledger.actions.durable import can_write_at_once, durable_write
from ledger.actions.messages import messages_of, wake_posters, write_messages
from ledger.domain.transaction import State, Step, after
from ledger.failpoints import failpoint
from ledger.models import LedgerTransaction
from riskgw.rows import at_once

_TABLE = LedgerTransaction._meta.db_table  # noqa: SLF001  # documented
_FLIP = (
    f"UPDATE {_TABLE} SET state = %s, decided_at = %s, decided_by = %s, is_due = true"
    " WHERE id = %s AND state = %s RETURNING id"
)
# A try may come between two looks, and nothing ever takes a transaction back to it.
_ROUNDS_MAX = 3


def confirm(identifier: str, by: str) -> State:
    """The state it then has; `IllegalStep` or `UnknownTransaction` if it went another way."""
    for _ in range(_ROUNDS_MAX):
        if _flip(identifier, by, timezone.now()):
            return State.CONFIRMED
        state = state_of(identifier)
        # Tried by now: that it could be confirmed does not mean that it is.
        if state is not State.TRIED:
            return after(state, Step.CONFIRM)
    raise AssertionError(f"{identifier} is neither to be confirmed nor decided")


def state_of(identifier: str) -> State:
    """Read without waiting for whoever is changing it."""
    row = LedgerTransaction.objects.filter(pk=identifier).values_list("state", flat=True).first()
    return State.UNKNOWN if row is None else State(row)


def _flip(identifier: str, by: str, now: datetime) -> bool:
    if can_write_at_once():
        return _flip_at_once(identifier, by, now)
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
    return bool(changed)


def _flip_at_once(identifier: str, by: str, now: datetime) -> bool:
    """The same in one message there and back. Who sees the transaction sees its legs, too."""
    confirmed = after(State.TRIED, Step.CONFIRM).value
    messages, values = messages_of("(SELECT id FROM flipped)", now)
    statement = (
        f"WITH flipped AS ({_FLIP}), message AS ({messages}) SELECT id FROM flipped",
        [confirmed, now, by, identifier, State.TRIED.value, *values],
    )
    (found,) = at_once([statement])
    if found:
        wake_posters()
    return bool(found)
