"""Posting: balance, release, statement line and the mark that it is done, in one commit.

1. Due transactions are taken whole, oldest first, past those that another poster has.
2. Their accounts are locked in the order of their names.
3. Each leg moves its balance and becomes a line; cancelled ones only give back.
Nothing here is a condition that could refuse: what was admitted is posted.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone

from ledger.actions.durable import durable_write, enter_gate
from ledger.domain.account import Account
from ledger.domain.direction import Side, Trust
from ledger.domain.statement import Line, seal
from ledger.domain.transaction import State, Step, after
from ledger.failpoints import failpoint
from ledger.models import (
    LedgerAccount,
    LedgerLeg,
    LedgerTransaction,
    PostingMessage,
    StatementLine,
)
from ledger.queries import books_day, due
from riskgw.kernel.times import instant_ns
from riskgw.rows import insert

BATCH_MAX = 500


@dataclass(frozen=True)
class Settled:
    """What one commit did, and how long the oldest of it had waited."""

    count: int
    lag: timedelta


@dataclass
class _Book:
    """An account while its lines are written."""

    id: str
    figures: Account
    seq: int
    seal: str
    posted_at: datetime
    lines: list[tuple[Any, ...]] = field(default_factory=list)

    def post(self, leg: LedgerLeg, day: date, value_date: date) -> None:
        side = Side(leg.side)
        self.figures = self.figures.posting(side, leg.amount)
        self.seq += 1
        line = Line(
            self.id, self.seq, leg.transaction_id, side, leg.amount, self.figures.posted,
            instant_ns(self.posted_at), day, value_date,
        )  # fmt: skip
        self.seal = seal(line, self.seal)
        self.lines.append(
            (
                self.id, self.seq, leg.pk, leg.transaction_id, leg.side, leg.amount,
                self.figures.posted, self.posted_at, day, value_date, self.seal,
            )
        )  # fmt: skip

    def release(self, leg: LedgerLeg) -> None:
        if leg.trust == Trust.IN.value:
            self.figures = self.figures.releasing(leg.amount)


_LINE = (
    "account", "seq", "leg", "transaction", "side", "amount", "balance_after", "posted_at",
    "posting_date", "value_date", "seal",
)  # fmt: skip


class CannotPost(RuntimeError):
    """A broken invariant of ours stands in the way of these; nothing of them was posted."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(f"{len(ids)} transactions cannot be posted")
        self.ids = ids


def post_due(batch_max: int = BATCH_MAX, besides: Collection[str] = ()) -> Settled:
    """One batch; a count of nothing when nothing is due but what other posters have."""
    taken: list[LedgerTransaction] = []
    try:
        with durable_write():
            enter_gate()
            taken += _take(batch_max, besides)
            if not taken:
                return Settled(0, timedelta())
            failpoint("post.taken")
            _post(taken)
            failpoint("post.commit")
    except (IntegrityError, AssertionError) as fault:
        raise CannotPost([each.pk for each in taken]) from fault
    oldest = min(each.decided_at for each in taken if each.decided_at)
    return Settled(len(taken), timezone.now() - oldest)


def _post(taken: Sequence[LedgerTransaction]) -> None:
    legs = list(LedgerLeg.objects.filter(transaction__in=[each.pk for each in taken]))
    now = timezone.now()
    books = _books(legs, now)
    failpoint("post.locked")
    _enter(taken, legs, books, books_day(now))
    _write(books.values())
    _settle(taken, legs, now)


def _take(batch_max: int, besides: Collection[str]) -> list[LedgerTransaction]:
    waiting = due().exclude(pk__in=besides) if besides else due()
    locked = waiting.select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked,
        no_key=connection.features.has_select_for_no_key_update,
    )
    return list(locked[:batch_max])


def _books(legs: Iterable[LedgerLeg], now: datetime) -> dict[str, _Book]:
    """Not FOR UPDATE, which would also stop whoever refers to the rows."""
    rows = LedgerAccount.objects.filter(pk__in={leg.account_id for leg in legs}).order_by("pk")
    locked = rows.select_for_update(no_key=connection.features.has_select_for_no_key_update)
    # A clock that is set back does not set back the order of the lines.
    return {
        row.pk: _Book(row.pk, row.figures, row.seq, row.seal, max(now, row.posted_at or now))
        for row in locked
    }


def _enter(
    taken: Iterable[LedgerTransaction],
    legs: Iterable[LedgerLeg],
    books: dict[str, _Book],
    day: date,
) -> None:
    by_transaction: dict[str, list[LedgerLeg]] = {}
    for leg in legs:
        by_transaction.setdefault(leg.transaction_id, []).append(leg)
    for each in taken:
        for leg in by_transaction.get(each.pk, ()):
            if each.state == State.CONFIRMED.value:
                books[leg.account_id].post(leg, day, each.value_date or day)
            else:
                books[leg.account_id].release(leg)


def _write(books: Iterable[_Book]) -> None:
    insert(StatementLine, _LINE, [line for book in books for line in book.lines])
    failpoint("post.lines")
    for book in books:
        LedgerAccount.objects.filter(pk=book.id).update(
            posted=book.figures.posted,
            reserved=book.figures.reserved,
            seq=book.seq,
            seal=book.seal,
            posted_at=book.posted_at,
        )
        failpoint("post.balance")


def _settle(taken: Sequence[LedgerTransaction], legs: Iterable[LedgerLeg], now: datetime) -> None:
    confirmed = [each.pk for each in taken if each.state == State.CONFIRMED.value]
    cancelled = [each.pk for each in taken if each.state == State.CANCELLED.value]
    LedgerTransaction.objects.filter(pk__in=confirmed).update(
        state=after(State.CONFIRMED, Step.POST).value, is_due=False, settled_at=now
    )
    failpoint("post.state")
    LedgerTransaction.objects.filter(pk__in=cancelled).update(is_due=False, settled_at=now)
    failpoint("post.released")
    posted = [leg.pk for leg in legs if leg.transaction_id in set(confirmed)]
    PostingMessage.objects.filter(leg__in=posted).update(applied_at=now)
