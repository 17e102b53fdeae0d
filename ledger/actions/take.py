"""Tries that decrease something, one judged after the other, on PostgreSQL: two messages.

1. The first begins the transaction, reads all accounts, and locks those to be decreased in the
   order of their names.
2. The second writes everything and commits. If a transaction was known, PostgreSQL refuses, and
   nothing is kept.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import DatabaseError, IntegrityError

from ledger.actions.known_accounts import Kind
from ledger.actions.messages import insert_messages, wake_posters
from ledger.actions.prepared import BEGIN, COMMIT, ROLLBACK, Prepared, asked
from ledger.domain.account import Account, Usability
from ledger.domain.admission import Decided, Try, reserves
from ledger.domain.direction import TRUSTS, Direction, Trust
from ledger.domain.legs import Request, as_kept
from ledger.failpoints import failpoint
from ledger.models import LedgerAccount, LedgerLeg, LedgerTransaction, Refusal
from riskgw.rows import plain_array, text_array

_FIGURES = "id, direction, posted, reserved, overdraft, usability"
# Not FOR UPDATE, which would also stop whoever refers to the row.
_LOOK = Prepared(
    "ledger_look",
    f"""
    WITH taken AS MATERIALIZED (
        SELECT {_FIGURES} FROM {LedgerAccount._meta.db_table}
        WHERE id = ANY($1::varchar[]) ORDER BY id FOR NO KEY UPDATE
    )
    SELECT * FROM taken
    UNION ALL SELECT {_FIGURES} FROM {LedgerAccount._meta.db_table} WHERE id = ANY($2::varchar[])
    """,  # noqa: SLF001  # documented
)
_TAKE = Prepared(
    "ledger_take",
    f"""
    WITH new AS (
        INSERT INTO {LedgerTransaction._meta.db_table} (
            id, state, body_hash, value_date, memo, reverses_id, holds, is_due, tried_at, tried_by,
            decided_at, decided_by
        )
        SELECT given.id, state, hash, value_date, memo, reverses, holds, sure, $1::timestamptz, who,
            CASE WHEN sure THEN $1::timestamptz END, CASE WHEN sure THEN who ELSE '' END
        FROM unnest(
            $2::varchar[], $3::varchar[], $4::varchar[], $5::date[], $6::varchar[], $7::varchar[],
            $8::boolean[], $9::varchar[], $10::boolean[]
        ) AS given(id, state, hash, value_date, memo, reverses, holds, who, sure)
        RETURNING id, is_due
    ), refusal AS (
        INSERT INTO {Refusal._meta.db_table} (transaction_id, reason, account, legs, by, at)
        SELECT given.id, reason, account, legs, who, $1::timestamptz
        FROM unnest(
            $11::varchar[], $12::varchar[], $13::varchar[], $14::jsonb[], $15::varchar[]
        ) AS given(id, reason, account, legs, who)
    ), leg AS (
        INSERT INTO {LedgerLeg._meta.db_table}
            (transaction_id, account_id, place, side, amount, trust)
        SELECT * FROM unnest(
            $16::varchar[], $17::varchar[], $18::smallint[], $19::varchar[], $20::bigint[],
            $21::varchar[]
        )
        RETURNING id, transaction_id, trust
    ), message AS (
        {insert_messages("$1::timestamptz")} leg
        JOIN new ON new.id = leg.transaction_id WHERE is_due
    )
    UPDATE {LedgerAccount._meta.db_table} AS account SET reserved = account.reserved + given.amount
    FROM unnest($22::varchar[], $23::bigint[]) AS given(id, amount) WHERE account.id = given.id
    """,  # noqa: SLF001  # documented
)


def take(
    tries: Sequence[Try],
    fixed: Mapping[str, Kind],
    decided: Callable[[Sequence[Try], Mapping[str, Account]], list[Decided]],
    at: datetime,
) -> list[Decided] | None:
    """What was `decided` of the accounts as they were; None if something was known."""
    with _broken_off():
        accounts = _accounts(tries, fixed)
        failpoint("at_once.locked")
        found = decided(tries, accounts)
        try:
            asked(_TAKE.of(*_values(found, fixed, at)), COMMIT)
        except IntegrityError:
            asked(ROLLBACK)
            return None
    failpoint("at_once.taken")
    if any(each.is_confirmed for each in found):
        wake_posters()
    return found


@contextmanager
def _broken_off() -> Iterator[None]:
    """Nothing stays begun."""
    is_over = False
    try:
        yield
        is_over = True
    finally:
        if not is_over:
            with suppress(DatabaseError):
                asked(ROLLBACK)


def _accounts(tries: Sequence[Try], fixed: Mapping[str, Kind]) -> dict[str, Account]:
    """All accounts as they are; those to be decreased stay so until the commit."""
    taken = {
        leg.account
        for each in tries
        for leg in each.request.legs
        if TRUSTS[fixed[leg.account].direction, leg.side] is Trust.IN
    }
    rows = asked(BEGIN, _LOOK.of(text_array(sorted(taken)), text_array(fixed.keys() - taken)))
    found = {name: _account(figures) for name, *figures in rows if name is not None}
    # A direction never changes; on another database than before we would not go on.
    assert all(found[name].direction is kind.direction for name, kind in fixed.items())
    return found


def _account(figures: Sequence[str | None]) -> Account:
    direction, posted, reserved, overdraft, usability = (each or "" for each in figures)
    return Account(
        Direction(direction), int(posted), int(reserved), int(overdraft), Usability(usability)
    )


def _values(found: Sequence[Decided], fixed: Mapping[str, Kind], at: datetime) -> Iterator[str]:
    """In the order of the statement's parameters."""
    # All writers meet the ids in the same order, so none waits for another in a circle.
    ordered = sorted(found, key=lambda each: each.request.id)
    yield str(at)
    yield from heads_of(ordered)
    yield from _refusals([each for each in ordered if not each.is_admitted])
    yield from legs_of([each.request for each in ordered if each.is_admitted], fixed)
    sums = reserves(found)
    yield text_array(sums)
    yield plain_array(sums.values())


def heads_of(ordered: Sequence[Decided]) -> Iterator[str]:
    """Columns of the transactions themselves."""
    requests = [each.request for each in ordered]
    yield text_array(request.id for request in requests)
    yield text_array(each.state for each in ordered)
    yield text_array(request.body_hash for request in requests)
    yield text_array(request.value_date for request in requests)
    yield text_array(request.memo for request in requests)
    yield text_array(request.reverses for request in requests)
    yield plain_array(bool(each.verdict.reserves) for each in ordered)
    yield text_array(each.wanted.by for each in ordered)
    yield plain_array(each.is_confirmed for each in ordered)


def _refusals(refused: Sequence[Decided]) -> Iterator[str]:
    yield text_array(each.request.id for each in refused)
    yield text_array(each.verdict.reason for each in refused)
    yield text_array(each.verdict.account for each in refused)
    yield text_array(json.dumps(as_kept(each.request.legs)) for each in refused)
    yield text_array(each.wanted.by for each in refused)


def legs_of(admitted: Sequence[Request], fixed: Mapping[str, Kind]) -> Iterator[str]:
    """Columns of their legs."""
    legs = [
        (request.id, place, leg) for request in admitted for place, leg in enumerate(request.legs)
    ]
    yield text_array(identifier for identifier, _, _ in legs)
    yield text_array(leg.account for _, _, leg in legs)
    yield plain_array(place for _, place, _ in legs)
    yield text_array(leg.side for _, _, leg in legs)
    yield plain_array(leg.amount for _, _, leg in legs)
    yield text_array(TRUSTS[fixed[leg.account].direction, leg.side] for _, _, leg in legs)
