"""Tries that only increase, on PostgreSQL: a whole batch in one message there and back.

One statement writes transactions, legs and messages, if all accounts are as they were taken to
be: of that direction, and open. If not, it writes nothing, and they are decided one by one. Of a
transaction that was known it writes nothing either.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from ledger.actions.durable import gate
from ledger.actions.known_accounts import Kind
from ledger.actions.messages import INSERT_MESSAGES, KINDS, LEG, wake_posters
from ledger.domain.account import Usability
from ledger.domain.transaction import State
from ledger.models import LedgerAccount, LedgerLeg, LedgerTransaction
from riskgw.rows import Row, at_once, given

_ACCOUNTS = LedgerAccount._meta.db_table  # noqa: SLF001  # documented
_AS_TAKEN = (
    f"(SELECT count(*) FROM {_ACCOUNTS} JOIN unnest(%s::varchar[], %s::varchar[])"
    " AS taken(id, direction) USING (id, direction) WHERE usability = %s) = %s"
)


def give(
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    legs: Sequence[Row],
    fixed: Mapping[str, Kind],
    at: datetime,
) -> set[str] | None:
    """The transactions that were new; None if not all accounts are as they were taken to be."""
    # All writers meet the ids in the same order, so none waits for another in a circle.
    ordered = sorted(rows, key=itemgetter(0))
    transactions, values = given(LedgerTransaction, names, ordered, _AS_TAKEN)
    is_new = "transaction_id IN (SELECT id FROM new)"
    events, leg_values = given(LedgerLeg, LEG, legs, is_new)
    statement = (
        f"WITH new AS ({transactions} ON CONFLICT DO NOTHING RETURNING id, state),"
        f" leg AS ({events} RETURNING id, trust, transaction_id), message AS ({INSERT_MESSAGES}"
        f" leg WHERE transaction_id IN (SELECT id FROM new WHERE state = %s))"
        f" SELECT id FROM new UNION ALL SELECT NULL WHERE NOT {_AS_TAKEN}"
    )
    taken = [
        list(fixed), [kind.direction.value for kind in fixed.values()],
        Usability.OPEN.value, len(fixed),
    ]  # fmt: skip
    confirmed = State.CONFIRMED.value
    parameters = [*values, *taken, *leg_values, *KINDS, at, confirmed, *taken]
    answers = at_once([*gate(), (statement, parameters)])
    new = {row[0] for row in answers[-1]}
    if None in new:
        return None
    wake_posters()
    return new
