"""Posting: balance, release, statement line and the mark that it is done, in one commit.

1. Due transactions are taken whole, oldest first, past those that another poster has.
2. Their accounts are locked in the order of their names.
3. Each leg moves its balance and becomes a line; cancelled ones only give back.
Nothing here is a condition that could refuse: what was admitted is posted.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, connection
from django.utils import timezone

from ledger.actions.durable import durable_write, gate, written
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
from riskgw.rows import Statement, at_once, changes, insertions

BATCH_MAX = 500


@dataclass(frozen=True)
class Settled:
    """What one commit did, and how long the oldest of it had waited."""

    count: int
    lag: timedelta
    # The accounts whose figures changed, each with its new lines; transactions that were posted.
    moves: Mapping[str, int] = field(default_factory=dict)
    posted: int = 0


class _Due(NamedTuple):
    """A transaction that a poster has in hand."""

    id: str
    state: str
    value_date: date | None
    decided_at: datetime | None


class _Leg(NamedTuple):
    """One event of it."""

    id: int
    transaction: str
    account: str
    side: str
    amount: int
    trust: str


@dataclass
class _Book:
    """An account while its lines are written."""

    id: str
    figures: Account
    seq: int
    seal: str
    posted_at: datetime
    lines: list[tuple[Any, ...]] = field(default_factory=list)

    def post(self, leg: _Leg, day: date, value_date: date) -> None:
        side = Side(leg.side)
        self.figures = self.figures.posting(side, leg.amount)
        self.seq += 1
        line = Line(
            self.id, self.seq, leg.transaction, side, leg.amount, self.figures.posted,
            instant_ns(self.posted_at), day, value_date,
        )  # fmt: skip
        self.seal = seal(line, self.seal)
        self.lines.append(
            (
                self.id, self.seq, leg.id, leg.transaction, leg.side, leg.amount,
                self.figures.posted, self.posted_at, day, value_date, self.seal,
            )
        )  # fmt: skip

    def release(self, leg: _Leg) -> None:
        if leg.trust == Trust.IN.value:
            self.figures = self.figures.releasing(leg.amount)

    @property
    def row(self) -> tuple[Any, ...]:
        figures = self.figures
        return self.id, figures.posted, figures.reserved, self.seq, self.seal, self.posted_at


_BALANCE = ("id", "posted", "reserved", "seq", "seal", "posted_at")
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
    taken: list[_Due] = []
    moves: dict[str, int] = {}
    try:
        with durable_write():
            at_once(gate())
            taken += _take(batch_max, besides)
            if not taken:
                return Settled(0, timedelta())
            failpoint("post.taken")
            moves |= _post(taken)
            failpoint("post.commit")
    except (IntegrityError, AssertionError) as fault:
        raise CannotPost([each.id for each in taken]) from fault
    oldest = min(each.decided_at for each in taken if each.decided_at)
    posted = sum(each.state == State.CONFIRMED.value for each in taken)
    return Settled(len(taken), timezone.now() - oldest, moves, posted)


def _post(taken: Sequence[_Due]) -> dict[str, int]:
    """The accounts that were touched, with the lines each got."""
    found = LedgerLeg.objects.filter(transaction__in=[each.id for each in taken])
    rows = found.order_by("transaction_id", "place")
    legs = [
        _Leg(*row)
        for row in rows.values_list("pk", "transaction_id", "account_id", "side", "amount", "trust")
    ]
    now = timezone.now()
    books = _books(legs, now)
    failpoint("post.locked")
    _enter(taken, legs, books, books_day(now))
    written("post", _writes(taken, legs, books.values(), now))
    return {name: len(book.lines) for name, book in books.items()}


def _take(batch_max: int, besides: Collection[str]) -> list[_Due]:
    waiting = due().exclude(pk__in=besides) if besides else due()
    locked = waiting.select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked,
        no_key=connection.features.has_select_for_no_key_update,
    )
    rows = locked.values_list("pk", "state", "value_date", "decided_at")
    return [_Due(*row) for row in rows[:batch_max]]


def _books(legs: Iterable[_Leg], now: datetime) -> dict[str, _Book]:
    """Not FOR UPDATE, which would also stop whoever refers to the rows."""
    rows = LedgerAccount.objects.filter(pk__in={leg.account for leg in legs}).order_by("pk")
    locked = rows.select_for_update(no_key=connection.features.has_select_for_no_key_update)
    # A clock that is set back does not set back the order of the lines.
    return {
        row.pk: _Book(row.pk, row.figures, row.seq, row.seal, max(now, row.posted_at or now))
        for row in locked
    }


def _enter(taken: Iterable[_Due], legs: Iterable[_Leg], books: dict[str, _Book], day: date) -> None:
    by_transaction: dict[str, list[_Leg]] = {}
    for leg in legs:
        by_transaction.setdefault(leg.transaction, []).append(leg)
    for each in taken:
        for leg in by_transaction.get(each.id, ()):
            if each.state == State.CONFIRMED.value:
                books[leg.account].post(leg, day, each.value_date or day)
            else:
                books[leg.account].release(leg)


def _writes(
    taken: Sequence[_Due], legs: Iterable[_Leg], books: Iterable[_Book], now: datetime
) -> Iterator[tuple[str, list[Statement]]]:
    """What is written, by name and in order."""
    some = list(books)
    yield "lines", insertions(StatementLine, _LINE, [line for book in some for line in book.lines])
    yield "balances", changes(LedgerAccount, _BALANCE, [book.row for book in some])
    settled = [(each.id, _settled(each.state), False, now) for each in taken]
    names = ("id", "state", "is_due", "settled_at")
    yield "transactions", changes(LedgerTransaction, names, settled)
    posted = {each.id for each in taken if each.state == State.CONFIRMED.value}
    applied = [(leg.id, now) for leg in legs if leg.transaction in posted]
    yield "messages", changes(PostingMessage, ("leg", "applied_at"), applied)


def _settled(state: str) -> str:
    """A cancelled transaction stays so; what it held is given back."""
    if state == State.CANCELLED.value:
        return state
    return after(State(state), Step.POST).value
