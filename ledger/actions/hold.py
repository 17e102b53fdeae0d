"""Tries that decrease something, on PostgreSQL: one message for a whole batch, if all of it fits.

One statement locks the accounts to be decreased, sees whether all are open and have what the batch
takes together, and then writes everything; else it writes nothing, and they are judged one after
the other (`take`). What fits together fits in any order. If one was known it locks nothing, either:
a repeat waits for no account.
The figures are those of the locked rows. Nothing is summed over other rows, which a statement would
see as they stood before it waited.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError

from ledger.actions.known_accounts import Kind
from ledger.actions.messages import insert_messages, wake_posters
from ledger.actions.prepared import GATED, Prepared, asked
from ledger.actions.take import heads_of, legs_of
from ledger.domain.account import Usability
from ledger.domain.admission import Decided, Try, Verdict, reserves
from ledger.domain.direction import Direction
from ledger.domain.legs import decreases
from ledger.failpoints import failpoint
from ledger.models import LedgerAccount, LedgerLeg, LedgerTransaction
from riskgw.rows import plain_array, text_array

_ACCOUNTS = LedgerAccount._meta.db_table  # noqa: SLF001  # documented
_TRANSACTIONS = LedgerTransaction._meta.db_table  # noqa: SLF001  # documented
_HOLD = Prepared(
    "ledger_hold",
    f"""
    WITH known AS MATERIALIZED (
        SELECT id FROM {_TRANSACTIONS} WHERE id = ANY($5::varchar[])
    ), taken AS MATERIALIZED (
        SELECT id, direction, posted, reserved, overdraft, usability FROM {_ACCOUNTS}
        WHERE id = ANY($1::varchar[]) AND NOT EXISTS (SELECT FROM known)
        ORDER BY id FOR NO KEY UPDATE
    ), fit AS MATERIALIZED (
        SELECT NOT EXISTS (
            SELECT FROM unnest($1::varchar[], $2::bigint[]) AS given(id, amount)
            LEFT JOIN taken USING (id)
            WHERE (
                usability = '{Usability.OPEN}' AND amount <= overdraft - reserved
                    + CASE direction WHEN '{Direction.CREDIT}' THEN posted ELSE -posted END
            ) IS NOT TRUE
        ) AND NOT EXISTS (
            SELECT FROM unnest($3::varchar[]) AS other(id)
            WHERE (
                SELECT usability FROM {_ACCOUNTS} AS account WHERE account.id = other.id
            ) IS DISTINCT FROM '{Usability.OPEN}'
        ) AS yes
    ), new AS (
        INSERT INTO {_TRANSACTIONS} (
            id, state, body_hash, value_date, memo, reverses_id, holds, is_due, tried_at, tried_by,
            decided_at, decided_by
        )
        SELECT given.id, state, hash, value_date, memo, reverses, holds, sure, $4::timestamptz, who,
            CASE WHEN sure THEN $4::timestamptz END, CASE WHEN sure THEN who ELSE '' END
        FROM fit, unnest(
            $5::varchar[], $6::varchar[], $7::varchar[], $8::date[], $9::varchar[], $10::varchar[],
            $11::boolean[], $12::varchar[], $13::boolean[]
        ) AS given(id, state, hash, value_date, memo, reverses, holds, who, sure)
        WHERE fit.yes
        RETURNING id, is_due
    ), leg AS (
        INSERT INTO {LedgerLeg._meta.db_table}
            (transaction_id, account_id, place, side, amount, trust)
        SELECT given.id, account, place, side, amount, trust
        FROM new JOIN unnest(
            $14::varchar[], $15::varchar[], $16::smallint[], $17::varchar[], $18::bigint[],
            $19::varchar[]
        ) AS given(id, account, place, side, amount, trust) USING (id)
        RETURNING id, transaction_id, trust
    ), message AS (
        {insert_messages("$4::timestamptz")} leg
        JOIN new ON new.id = leg.transaction_id WHERE is_due
    ), held AS (
        UPDATE {_ACCOUNTS} AS account SET reserved = account.reserved + given.amount
        FROM fit, unnest($1::varchar[], $2::bigint[]) AS given(id, amount)
        WHERE account.id = given.id AND fit.yes
    )
    SELECT id, false FROM known UNION ALL SELECT NULL, yes FROM fit
    """,  # noqa: SLF001  # names and values of ours
)


class Held(NamedTuple):
    """All of them, let in; or none, because not all fit or because of those that were known."""

    decided: list[Decided] | None
    known: set[str]


def hold(tries: Sequence[Try], fixed: Mapping[str, Kind], at: datetime) -> Held:
    directions = {name: kind.direction for name, kind in fixed.items()}
    found = [Decided(each, Verdict(decreases(each.request.legs, directions))) for each in tries]
    sums = reserves(found)
    # All writers meet the ids in the same order, and each before its legs, so that none waits for
    # another in a circle.
    ordered = sorted(found, key=lambda each: each.request.id)
    call = _HOLD.of(
        text_array(sums),
        plain_array(sums.values()),
        text_array(fixed.keys() - sums.keys()),
        str(at),
        *heads_of(ordered),
        *legs_of([each.request for each in ordered], fixed),
    )
    try:
        answers = asked(GATED, call)
    except IntegrityError:
        # Somebody was first in between.
        return Held(None, set())
    if (None, "t") not in answers:
        return Held(None, {identifier for identifier, _ in answers if identifier is not None})
    failpoint("at_once.held")
    if any(each.is_confirmed for each in found):
        wake_posters()
    return Held(found, set())
