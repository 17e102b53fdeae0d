"""Confirm: the transaction's own rows and no others, without a condition that could refuse it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils import timezone

from ledger.actions.combiner import Combiner
from ledger.actions.durable import can_write_at_once, durable_write
from ledger.actions.messages import insert_messages, wake_posters, write_messages
from ledger.actions.prepared import FREELY, Prepared, asked
from ledger.domain.transaction import State, Step, after
from ledger.failpoints import failpoint
from ledger.models import LedgerLeg, LedgerTransaction
from riskgw.rows import text_array

_TABLE = LedgerTransaction._meta.db_table  # noqa: SLF001  # documented
_CONFIRM = Prepared(
    "ledger_confirm",
    f"""
    WITH flipped AS (
        UPDATE {_TABLE} SET state = '{after(State.TRIED, Step.CONFIRM)}', is_due = true,
            decided_at = $3::timestamptz, decided_by = $2::varchar
        WHERE id = $1::varchar AND state = '{State.TRIED}' RETURNING id
    ), message AS (
        {insert_messages("$3::timestamptz")} flipped
        JOIN {LedgerLeg._meta.db_table} AS leg ON leg.transaction_id = flipped.id
    )
    SELECT id FROM flipped
    """,  # noqa: SLF001  # documented
)
# Whoever has one of them makes nobody wait who wants another: it is left out, and asked for alone.
_CONFIRM_MANY = Prepared(
    "ledger_confirm_many",
    f"""
    WITH free AS MATERIALIZED (
        SELECT id FROM {_TABLE} WHERE id = ANY($1::varchar[]) AND state = '{State.TRIED}'
        FOR NO KEY UPDATE SKIP LOCKED
    ), flipped AS (
        UPDATE {_TABLE} AS tried SET state = '{after(State.TRIED, Step.CONFIRM)}', is_due = true,
            decided_at = $3::timestamptz, decided_by = given.who
        FROM free JOIN unnest($1::varchar[], $2::varchar[]) AS given(id, who) USING (id)
        WHERE tried.id = free.id RETURNING tried.id
    ), message AS (
        {insert_messages("$3::timestamptz")} flipped
        JOIN {LedgerLeg._meta.db_table} AS leg ON leg.transaction_id = flipped.id
    )
    SELECT id FROM flipped
    """,  # noqa: SLF001  # documented
)
BATCH_MAX = 1000
# A try may come between two looks, and nothing ever takes a transaction back to it.
_ROUNDS_MAX = 3


def confirm(identifier: str, by: str) -> State:
    """The state it then has; `IllegalStep` or `UnknownTransaction` if it went another way."""
    if can_write_at_once():
        # Who waits for others' work must not keep from them the last connection that is lent.
        connection.ensure_connection()
        if identifier in _confirming.ask([(identifier, by)]):
            return State.CONFIRMED
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


def confirm_at_once(given: Sequence[tuple[str, str]]) -> set[str]:
    """One commit for all; those of them that it flipped, not those that somebody else has."""
    by = dict(reversed(given))
    call = _CONFIRM_MANY.of(text_array(by), text_array(by.values()), str(timezone.now()))
    found = {str(identifier) for (identifier,) in asked(FREELY, call)}
    failpoint("at_once.confirmed")
    if found:
        wake_posters()
    return found


_confirming = Combiner(confirm_at_once, BATCH_MAX)


def _flip_at_once(identifier: str, by: str, now: datetime) -> bool:
    """The same in one message there and back. Who sees the transaction sees its legs, too."""
    found = asked(FREELY, _CONFIRM.of(identifier, by, str(now)))
    if found:
        wake_posters()
    return bool(found)
