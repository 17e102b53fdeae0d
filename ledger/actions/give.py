"""Tries that only increase, on PostgreSQL: a whole batch in one message there and back.

One statement writes transactions, legs and messages, if all accounts are as they were taken to
be: of that direction, and open. If not, it writes nothing, and they are decided one by one. Of a
transaction that was known it writes nothing either.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ledger.actions.known_accounts import Kind
from ledger.actions.messages import insert_messages, wake_posters
from ledger.actions.prepared import GATED, Prepared, asked
from ledger.domain.account import Usability
from ledger.domain.admission import Try
from ledger.domain.direction import Trust
from ledger.domain.transaction import State
from ledger.failpoints import failpoint
from ledger.models import LedgerAccount, LedgerLeg, LedgerTransaction
from riskgw.rows import plain_array, text_array

_GIVE = Prepared(
    "ledger_give",
    f"""
    WITH usable AS MATERIALIZED (
        SELECT NOT EXISTS (
            SELECT FROM unnest($1::varchar[], $2::varchar[]) AS taken(id, direction)
            WHERE (
                SELECT usability FROM {LedgerAccount._meta.db_table} AS account
                WHERE account.id = taken.id AND account.direction = taken.direction
            ) IS DISTINCT FROM '{Usability.OPEN}'
        ) AS yes
    ), new AS (
        INSERT INTO {LedgerTransaction._meta.db_table} (
            id, state, body_hash, value_date, memo, reverses_id, holds, is_due, tried_at, tried_by,
            decided_at, decided_by
        )
        SELECT given.id, CASE WHEN sure THEN '{State.CONFIRMED}' ELSE '{State.TRIED}' END, hash,
            value_date, memo, reverses, false, sure, $3::timestamptz, who,
            CASE WHEN sure THEN $3::timestamptz END, CASE WHEN sure THEN who ELSE '' END
        FROM usable, unnest(
            $4::varchar[], $5::varchar[], $6::date[], $7::varchar[], $8::varchar[], $9::varchar[],
            $10::boolean[]
        ) AS given(id, hash, value_date, memo, reverses, who, sure)
        WHERE usable.yes
        ON CONFLICT DO NOTHING RETURNING id, is_due
    ), leg AS (
        INSERT INTO {LedgerLeg._meta.db_table}
            (transaction_id, account_id, place, side, amount, trust)
        SELECT given.id, account, place, side, amount, '{Trust.POST}'
        FROM new JOIN unnest(
            $11::varchar[], $12::varchar[], $13::smallint[], $14::varchar[], $15::bigint[]
        ) AS given(id, account, place, side, amount) USING (id)
        RETURNING id, transaction_id, trust
    ), message AS (
        {insert_messages("$3::timestamptz")} leg
        JOIN new ON new.id = leg.transaction_id WHERE is_due
    )
    SELECT id FROM new UNION ALL SELECT NULL FROM usable WHERE NOT yes
    """,  # noqa: SLF001  # names and values of ours
)


def give(tries: Sequence[Try], fixed: Mapping[str, Kind], at: datetime) -> set[str] | None:
    """The transactions that were new; None if not all accounts are as they were taken to be."""
    # All writers meet the ids in the same order, so none waits for another in a circle.
    ordered = sorted(tries, key=lambda each: each.request.id)
    requests = [each.request for each in ordered]
    legs = [
        (request.id, place, leg) for request in requests for place, leg in enumerate(request.legs)
    ]
    call = _GIVE.of(
        text_array(fixed),
        text_array(kind.direction for kind in fixed.values()),
        str(at),
        text_array(request.id for request in requests),
        text_array(request.body_hash for request in requests),
        text_array(request.value_date for request in requests),
        text_array(request.memo for request in requests),
        text_array(request.reverses for request in requests),
        text_array(each.by for each in ordered),
        plain_array(each.is_confirmed for each in ordered),
        text_array(identifier for identifier, _, _ in legs),
        text_array(leg.account for _, _, leg in legs),
        plain_array(place for _, place, _ in legs),
        text_array(leg.side for _, _, leg in legs),
        plain_array(leg.amount for _, _, leg in legs),
    )
    new = {identifier for (identifier,) in asked(GATED, call)}
    failpoint("at_once.given")
    if None in new:
        return None
    wake_posters()
    return {each for each in new if each is not None}
