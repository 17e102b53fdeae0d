"""Confirm: the transaction's own rows and no others, without a condition that could refuse it."""

from datetime import datetime

from django.utils import timezone

from ledger.actions.durable import can_write_at_once, durable_write
from ledger.actions.messages import wake_posters, write_messages
from ledger.actions.prepared import FREELY, Prepared, asked
from ledger.domain.direction import Trust
from ledger.domain.transaction import State, Step, after
from ledger.failpoints import failpoint
from ledger.models import LedgerLeg, LedgerTransaction, PostingMessage
from ledger.models.choices import MessageChoice

_TABLE = LedgerTransaction._meta.db_table  # noqa: SLF001  # documented
_CONFIRM = Prepared(
    "ledger_confirm",
    f"""
    WITH flipped AS (
        UPDATE {_TABLE} SET state = '{after(State.TRIED, Step.CONFIRM)}', is_due = true,
            decided_at = $3::timestamptz, decided_by = $2::varchar
        WHERE id = $1::varchar AND state = '{State.TRIED}' RETURNING id
    ), message AS (
        INSERT INTO {PostingMessage._meta.db_table} (leg_id, kind, created_at)
        SELECT leg.id, CASE trust WHEN '{Trust.IN}' THEN '{MessageChoice.SECOND}'
            ELSE '{MessageChoice.FIRST}' END, $3::timestamptz
        FROM flipped JOIN {LedgerLeg._meta.db_table} AS leg ON leg.transaction_id = flipped.id
    )
    SELECT id FROM flipped
    """,  # noqa: SLF001  # documented
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
    found = asked(FREELY, _CONFIRM.of(identifier, by, str(now)))
    if found:
        wake_posters()
    return bool(found)
