"""Posting messages: rows first, hints afterwards."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction

from ledger.domain.direction import Trust
from ledger.models import LedgerLeg, PostingMessage
from ledger.models.choices import MessageChoice
from riskgw.bus.wake import wake
from riskgw.rows import Row, Statement, at_once, new_insertions

POST_TASK = "ledger.post"
LEG = ("transaction", "account", "place", "side", "amount", "trust")
_MESSAGES = PostingMessage._meta.db_table  # noqa: SLF001  # documented
_LEGS = LedgerLeg._meta.db_table  # noqa: SLF001  # documented


def insert_messages(at: str) -> str:
    """SQL up to its FROM: the message of each `leg`, first or second by its trust."""
    return (
        f"INSERT INTO {_MESSAGES} (leg_id, kind, created_at)"
        f" SELECT leg.id, CASE leg.trust WHEN '{Trust.IN}' THEN '{MessageChoice.SECOND}'"
        f" ELSE '{MessageChoice.FIRST}' END, {at} FROM"
    )


def legs_with_messages(legs: Sequence[Row], at: datetime) -> list[Statement]:
    """Legs of transactions that are confirmed as they are let in, each with its message."""
    when = connection.ops.adapt_datetimefield_value(at)
    if connection.vendor != "postgresql":
        inserted = new_insertions(LedgerLeg, LEG, legs)
        # Some may have been known, with messages: then nothing of the batch stays.
        messages, values = _messages({leg[0] for leg in legs}, at)
        return [*inserted, (f"{messages} ON CONFLICT DO NOTHING", values)] if legs else []
    return [
        (
            f"WITH leg AS ({inserted}, id, trust) {insert_messages('%s')} leg",
            [*values, when],
        )
        for inserted, values in new_insertions(LedgerLeg, LEG, legs)
    ]


def write_messages(transactions: Collection[str], at: datetime) -> None:
    """The message of every leg, first or second by its trust; a hint once they are committed."""
    if not transactions:
        return
    at_once([_messages(transactions, at)])
    wake_posters()


def _messages(transactions: Collection[str], at: datetime) -> Statement:
    when = connection.ops.adapt_datetimefield_value(at)
    places = ", ".join(["%s"] * len(transactions))
    statement = f"{insert_messages('%s')} {_LEGS} AS leg WHERE transaction_id IN ({places})"
    return statement, [when, *transactions]


def wake_posters() -> None:
    transaction.on_commit(lambda: wake(POST_TASK))
