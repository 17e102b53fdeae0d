"""Posting messages: rows first, hints afterwards."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from ledger.domain.direction import Trust
from ledger.models import LedgerLeg, PostingMessage
from ledger.models.choices import MessageChoice
from riskgw.bus.wake import wake

POST_TASK = "ledger.post"


def write_messages(transactions: Collection[str], at: datetime) -> None:
    """The message of every leg, first or second by its trust; a hint once they are committed."""
    if not transactions:
        return
    places = ", ".join(["%s"] * len(transactions))
    messages, legs = PostingMessage._meta.db_table, LedgerLeg._meta.db_table  # noqa: SLF001  # documented
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {messages} (leg_id, kind, created_at) "
            f"SELECT id, CASE trust WHEN %s THEN %s ELSE %s END, %s FROM {legs} "
            f"WHERE transaction_id IN ({places})",
            [
                Trust.IN.value, MessageChoice.SECOND.value, MessageChoice.FIRST.value,
                connection.ops.adapt_datetimefield_value(at), *transactions,
            ],
        )  # fmt: skip
    wake_posters()


def wake_posters() -> None:
    transaction.on_commit(lambda: wake(POST_TASK))
