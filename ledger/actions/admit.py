"""Try: events are let in or refused, and never wait for an account that they only add to.

1. What is known by its id answers as it did before.
2. The others go to one of this process's two combiners, where one short transaction inserts a
   whole batch: those that only increase, for which the rows of accounts are read, not locked;
   and those that decrease anything, for which they are locked in the order of their names.
3. A batch is decided in the order it arrived. The truth is read from the rows each time, so that
   any number of processes may do this at once.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from ledger.actions.durable import durable_write, enter_gate
from ledger.actions.messages import write_messages
from ledger.domain.account import Account
from ledger.domain.admission import Verdict, decide, reserved
from ledger.domain.direction import TRUSTS, Direction
from ledger.domain.legs import Request, decreases
from ledger.domain.transaction import State
from ledger.failpoints import failpoint
from ledger.models import LedgerAccount, LedgerLeg, LedgerTransaction, Refusal
from ledger.queries import accounts_by_id
from riskgw.rows import insert, insert_new

Verdicts = dict[str, Verdict]

BATCH_MAX = 500
QUEUE_MAX = 20_000


class TooBusy(RuntimeError):
    """More tries wait than will be decided soon."""


class BatchLost(RuntimeError):
    """Another's request broke the batch; nothing of it is stored, and it may be tried again."""


@dataclass(frozen=True)
class Try:
    """A request, who makes it, and whether it is confirmed in the same commit."""

    request: Request
    by: str
    is_confirmed: bool = False


@dataclass
class _Ticket:
    """A try that waits for its batch."""

    wanted: Try
    is_decided: bool = False
    verdict: Verdict | None = None
    fault: Exception | None = None


class _Combiner:
    """Whoever comes first decides for all who wait; the others find it done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Ticket] = []

    def decide(self, tries: Sequence[Try]) -> Verdicts:
        tickets = [_Ticket(each) for each in tries]
        with self._lock:
            if len(self._waiting) + len(tickets) > QUEUE_MAX:
                raise TooBusy(f"{len(self._waiting)} tries are waiting")
            self._waiting += tickets
        with self._turn:
            while not all(ticket.is_decided for ticket in tickets):
                self._decide_batch()
        for ticket in tickets:
            if ticket.fault is not None:
                raise ticket.fault
        return {each.wanted.request.id: each.verdict for each in tickets if each.verdict}

    def _decide_batch(self) -> None:
        with self._lock:
            batch = self._waiting[:BATCH_MAX]
            del self._waiting[:BATCH_MAX]
        verdicts: Verdicts = {}
        fault: Exception | None = BatchLost("the batch broke off")
        try:
            verdicts = _store([ticket.wanted for ticket in batch])
            fault = None
        except DatabaseError as error:
            fault = error
        finally:
            for ticket in batch:
                # Of two with one id, the first has the verdict and the other finds it stored.
                ticket.verdict = verdicts.pop(ticket.wanted.request.id, None)
                ticket.fault = fault
                ticket.is_decided = True


# Apart from each other: who only gives shares commits, and never a wait for an account.
_giving, _taking = _Combiner(), _Combiner()


def admit(tries: Sequence[Try], accounts: Mapping[str, LedgerAccount]) -> Verdicts:
    """Every try is tried or rejected afterwards; the verdicts of those that were new.

    `accounts` says which directions they have: what never changes.
    """
    directions = {name: Direction(each.direction) for name, each in accounts.items()}
    taking = [each for each in tries if decreases(each.request.legs, directions)]
    giving = [each for each in tries if not decreases(each.request.legs, directions)]
    verdicts: Verdicts = {}
    if giving:
        verdicts |= _giving.decide(giving)
    if taking:
        verdicts |= _taking.decide(taking)
    return verdicts


@dataclass(frozen=True)
class _Decided:
    wanted: Try
    verdict: Verdict


def _store(tries: Sequence[Try]) -> Verdicts:
    """One commit: transactions, legs or refusals, reservations, messages."""
    now = timezone.now()
    with durable_write():
        enter_gate()
        accounts = _accounts(tries)
        failpoint("admit.locked")
        rows = [_row(each, accounts, now) for each in tries]
        new = insert_new(LedgerTransaction, _TRANSACTION, rows)
        failpoint("admit.transactions")
        found = _decide(tries, new, accounts)
        _refuse([each for each in found if each.verdict.reason], now)
        admitted = [each for each in found if not each.verdict.reason]
        insert(LedgerLeg, _LEG, [row for each in admitted for row in _legs(each, accounts)])
        failpoint("admit.legs")
        _reserve(admitted)
        _confirm([each.wanted for each in admitted if each.wanted.is_confirmed], now)
        failpoint("admit.commit")
    return {each.wanted.request.id: each.verdict for each in found}


def _accounts(tries: Iterable[Try]) -> dict[str, Account]:
    """All accounts as they are; those to be decreased stay so until the commit."""
    legs = [leg for each in tries for leg in each.request.legs]
    rows = accounts_by_id(leg.account for leg in legs)
    directions = {name: Direction(row.direction) for name, row in rows.items()}
    if taken := decreases(legs, directions):
        locked = LedgerAccount.objects.filter(pk__in=taken).order_by("pk")
        # Not FOR UPDATE, which would also stop whoever refers to the row.
        no_key = connection.features.has_select_for_no_key_update
        rows |= {row.pk: row for row in locked.select_for_update(no_key=no_key)}
    return {name: row.figures for name, row in rows.items()}


def _decide(tries: Iterable[Try], new: set[str], accounts: Mapping[str, Account]) -> list[_Decided]:
    """In the order of arrival; of two tries with one id the first."""
    left, figures, found = set(new), dict(accounts), []
    for each in tries:
        if each.request.id not in left:
            continue
        left.remove(each.request.id)
        verdict = decide(each.request.legs, figures)
        figures = reserved(figures, verdict.reserves) if verdict.reserves else figures
        found.append(_Decided(each, verdict))
    return found


_TRANSACTION = (
    "id", "state", "body_hash", "value_date", "memo", "reverses", "holds", "is_due", "tried_at",
    "tried_by", "decided_by",
)  # fmt: skip


def _row(each: Try, accounts: Mapping[str, Account], now: datetime) -> tuple[Any, ...]:
    request = each.request
    directions = {leg.account: accounts[leg.account].direction for leg in request.legs}
    holds = bool(decreases(request.legs, directions))
    return (
        request.id, State.TRIED.value, request.body_hash, request.value_date, request.memo,
        request.reverses, holds, False, now, each.by, "",
    )  # fmt: skip


_LEG = ("transaction", "account", "place", "side", "amount", "trust")


def _legs(each: _Decided, accounts: Mapping[str, Account]) -> list[tuple[Any, ...]]:
    request = each.wanted.request
    return [
        (
            request.id, leg.account, place, leg.side.value, leg.amount,
            TRUSTS[accounts[leg.account].direction, leg.side].value,
        )
        for place, leg in enumerate(request.legs)
    ]  # fmt: skip


_REFUSAL = ("transaction", "reason", "account", "legs", "by", "at")


def _refuse(refused: Sequence[_Decided], now: datetime) -> None:
    """Their events are among the refusals, and never were among the legs."""
    if not refused:
        return
    ids = [each.wanted.request.id for each in refused]
    LedgerTransaction.objects.filter(pk__in=ids).update(state=State.REJECTED.value, holds=False)
    failpoint("admit.rejected")
    rows = []
    for each in refused:
        assert each.verdict.reason is not None
        legs = [
            {"account": leg.account, "side": leg.side.value, "amount": leg.amount}
            for leg in each.wanted.request.legs
        ]
        wanted, verdict = each.wanted, each.verdict
        reason = each.verdict.reason.value
        rows.append((wanted.request.id, reason, verdict.account, legs, wanted.by, now))
    insert(Refusal, _REFUSAL, rows)


def _reserve(admitted: Iterable[_Decided]) -> None:
    sums: dict[str, int] = {}
    for each in admitted:
        for name, amount in each.verdict.reserves.items():
            sums[name] = sums.get(name, 0) + amount
    for name, amount in sorted(sums.items()):
        LedgerAccount.objects.filter(pk=name).update(reserved=F("reserved") + amount)
        failpoint("admit.reserved")


def _confirm(tries: Sequence[Try], now: datetime) -> None:
    if not tries:
        return
    ids = [each.request.id for each in tries]
    LedgerTransaction.objects.filter(pk__in=ids).update(
        state=State.CONFIRMED.value, is_due=True, decided_at=now, decided_by=F("tried_by")
    )
    failpoint("admit.confirmed")
    write_messages(ids, now)
