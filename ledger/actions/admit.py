"""Try: events are let in or refused, and never wait for an account that they only add to.

1. What only increases goes to one of this process's two combiners, what decreases anything to
   the other; one short transaction inserts a whole batch.
2. Of those that only increase the rows of accounts are read, not locked; those to be decreased
   are locked in the order of their names.
3. A batch is decided in the order it arrived. The truth is read from the rows each time, so that
   any number of processes may do this at once.
4. All are written as new. If one was known, nothing of the batch is kept, and it is done again
   without that one, which is answered with what is stored.
On PostgreSQL that is one message for what only increases (`give`) and for what fits as a whole
(`hold`), and two for the rest (`take`). What these leave, and everything on SQLite, goes statement
by statement.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from ledger.actions.combiner import BatchLost, Combiner
from ledger.actions.durable import can_write_at_once, durable_write, gate, written
from ledger.actions.give import give
from ledger.actions.hold import hold
from ledger.actions.known_accounts import Kind, kinds
from ledger.actions.messages import LEG, legs_with_messages, wake_posters
from ledger.actions.take import take
from ledger.domain.account import Account, Usability
from ledger.domain.admission import Decided, Try, Verdict, decide, reserves, reserving
from ledger.domain.direction import TRUSTS, Direction, Trust
from ledger.domain.legs import Request, as_kept
from ledger.domain.transaction import State
from ledger.failpoints import failpoint
from ledger.models import LedgerAccount, LedgerLeg, LedgerTransaction, Refusal
from riskgw.rows import Row, Statement, at_once, changes, new_insertions

Verdicts = dict[str, Verdict]

BATCH_MAX = 1000
LET_IN = Verdict()
# Each finds some that were known; those are not in the next.
_ROUNDS_MAX = 10


class _Crossed(RuntimeError):
    """Somebody else was first with these."""

    def __init__(self, ids: Collection[str]) -> None:
        super().__init__(f"{len(ids)} transactions were known")
        self.ids = ids


def admit(tries: Sequence[Try], kinds: Mapping[str, Kind]) -> Verdicts:
    """Every try is tried or rejected afterwards; the verdicts of those that were new."""
    giving: list[Try] = []
    taking: list[Try] = []
    for each in tries:
        (taking if is_taking(each.request, kinds) else giving).append(each)
    verdicts: Verdicts = {}
    # Who waits for others' work must not keep from them the last connection that is lent.
    connection.ensure_connection()
    for combiner, some in ((_giving, giving), (_taking, taking)):
        if some:
            found = combiner.ask(some)
            # Of two with one id, the first has the verdict and the other finds it stored.
            verdicts |= {each.request.id: found[each] for each in some if each in found}
    return verdicts


def has_to_wait() -> bool:
    """Whether a decrease might, for whoever has an account."""
    return _taking.is_late or not can_write_at_once()


def is_taking(request: Request, kinds: Mapping[str, Kind]) -> bool:
    """Whether anything is to be reserved for it."""
    return any(TRUSTS[kinds[leg.account].direction, leg.side] is Trust.IN for leg in request.legs)


def _give(tries: Sequence[Try]) -> dict[Try, Verdict]:
    """What only increases, in one message where that can be; the rest as anything else."""
    known = _reversed_before([each.request for each in tries if each.request.reverses])
    fresh = _fresh(tries, known)
    if fresh and can_write_at_once():
        fixed = kinds(leg.account for each in fresh for leg in each.request.legs)
        new = give(fresh, fixed, timezone.now())
        if new is not None:
            return {each: LET_IN for each in fresh if each.request.id in new}
    return _store(tries)


def _take(tries: Sequence[Try]) -> dict[Try, Verdict]:
    """What decreases something, in one message or two where that can be."""
    known = _reversed_before([each.request for each in tries if each.request.reverses])
    for _ in range(_ROUNDS_MAX):
        fresh = _fresh(tries, known)
        if not fresh:
            return {}
        if not can_write_at_once():
            break
        fixed = kinds(leg.account for each in fresh for leg in each.request.legs)
        now = timezone.now()
        held = hold(fresh, fixed, now)
        if held.known:
            known |= held.known
            continue
        found = held.decided or take(fresh, fixed, _decide, now)
        if found is None:
            break
        return {each.wanted: each.verdict for each in found}
    return _store(tries)


def _store(tries: Sequence[Try]) -> dict[Try, Verdict]:
    known = _reversed_before([each.request for each in tries if each.request.reverses])
    for _ in range(_ROUNDS_MAX):
        fresh = _fresh(tries, known)
        try:
            return {each.wanted: each.verdict for each in _stored(fresh)} if fresh else {}
        except _Crossed as crossed:
            known |= set(crossed.ids)
    raise BatchLost("others were always first")


def _fresh(tries: Sequence[Try], known: Collection[str]) -> list[Try]:
    """Of those with one id the first."""
    first = {each.request.id: each for each in reversed(tries) if each.request.id not in known}
    return [each for each in tries if first.get(each.request.id) is each]


def _reversed_before(reversals: Sequence[Request]) -> set[str]:
    """Those whose original somebody else takes back: they are no refusals, but mistakes."""
    if not reversals:
        return set()
    standing = (State.TRIED.value, State.CONFIRMED.value, State.POSTED.value)
    rows = LedgerTransaction.objects.filter(
        reverses__in={each.reverses for each in reversals}, state__in=standing
    )
    by = dict(rows.values_list("reverses", "pk"))
    return {each.id for each in reversals if by.get(each.reverses, each.id) != each.id}


# Apart from each other: who only gives shares commits, and never a wait for an account.
_giving, _taking = Combiner(_give, BATCH_MAX), Combiner(_take, BATCH_MAX)


def _stored(tries: Sequence[Try]) -> list[Decided]:
    """One commit: transactions, legs or refusals, reservations, messages."""
    now = timezone.now()
    with durable_write():
        accounts = _accounts(tries)
        failpoint("admit.locked")
        found = _decide(tries, accounts)
        rows = [_row(each, now) for each in found]
        answers = written("admit", _writes(found, rows, accounts, now))
        new = {row[0] for answer in answers["transactions"] for row in answer}
        if len(new) != len(rows):
            raise _Crossed({row[0] for row in rows} - new)
        if any(each.is_confirmed for each in found):
            wake_posters()
        failpoint("admit.commit")
    return found


def _writes(
    found: Sequence[Decided],
    rows: Sequence[Row],
    accounts: Mapping[str, Account],
    now: datetime,
) -> Iterator[tuple[str, list[Statement]]]:
    """What is written, by name and in order. Legs of a transaction that was known are its own."""
    yield "transactions", new_insertions(LedgerTransaction, _TRANSACTION, rows)
    refused = [each for each in found if not each.is_admitted]
    yield "refusals", new_insertions(Refusal, _REFUSAL, [_refusal(each, now) for each in refused])
    for is_confirmed in (False, True):
        admitted = [
            each for each in found
            if each.is_admitted and each.is_confirmed is is_confirmed
        ]  # fmt: skip
        legs = [row for each in admitted for row in _legs(each, accounts)]
        yield (
            ("confirmed", legs_with_messages(legs, now)) if is_confirmed
            else ("legs", new_insertions(LedgerLeg, LEG, legs))
        )  # fmt: skip
    reserved = list(reserves(found).items())
    yield "reserved", changes(LedgerAccount, ("id", "reserved"), reserved, is_added=True)


def _accounts(tries: Iterable[Try]) -> dict[str, Account]:
    """All accounts as they are; those to be decreased stay so until the commit."""
    legs = {(leg.account, leg.side) for each in tries for leg in each.request.legs}
    fixed = kinds(name for name, _ in legs)
    taken = sorted({name for name, side in legs if TRUSTS[fixed[name].direction, side] is Trust.IN})
    others = sorted({name for name, _ in legs} - set(taken))
    looks = [_look(others, ""), _look(taken, _LOCKED)]
    rows = [row for answer in at_once([*gate(), *looks])[-len(looks) :] for row in answer]
    accounts = {name: _account(*figures) for name, *figures in rows}
    # A direction never changes; on another database than before we would not go on.
    assert all(accounts[name].direction is kind.direction for name, kind in fixed.items())
    return accounts


# Not FOR UPDATE, which would also stop whoever refers to the row. SQLite locks as a whole.
_LOCKED = " ORDER BY id FOR NO KEY UPDATE"
_FIGURES = "id, direction, posted, reserved, overdraft, usability"


def _look(names: Sequence[str], lock: str) -> Statement:
    table = LedgerAccount._meta.db_table  # noqa: SLF001  # documented
    if connection.features.has_select_for_no_key_update:
        found = f"SELECT {_FIGURES} FROM {table} WHERE id = ANY(%s::varchar[]){lock}"
        return found, [list(names)]
    places = ", ".join(["%s"] * len(names))
    return f"SELECT {_FIGURES} FROM {table} WHERE id IN ({places})", list(names)


def _account(direction: str, posted: int, reserved: int, overdraft: int, usability: str) -> Account:
    return Account(Direction(direction), posted, reserved, overdraft, Usability(usability))


def _decide(tries: Sequence[Try], accounts: Mapping[str, Account]) -> list[Decided]:
    """In the order of arrival."""
    figures, found = dict(accounts), []
    for each in tries:
        verdict = decide(each.request.legs, figures)
        figures.update(reserving(figures, verdict.reserves))
        found.append(Decided(each, verdict))
    return found


_TRANSACTION = (
    "id", "state", "body_hash", "value_date", "memo", "reverses", "holds", "is_due", "tried_at",
    "tried_by", "decided_at", "decided_by",
)  # fmt: skip


def _row(each: Decided, now: datetime) -> tuple[Any, ...]:
    wanted, is_confirmed = each.wanted, each.is_confirmed
    request = wanted.request
    return (
        request.id, each.state.value, request.body_hash, request.value_date, request.memo,
        request.reverses, bool(each.verdict.reserves), is_confirmed, now, wanted.by,
        now if is_confirmed else None, wanted.by if is_confirmed else "",
    )  # fmt: skip


def _legs(each: Decided, accounts: Mapping[str, Account]) -> list[tuple[Any, ...]]:
    request = each.wanted.request
    return [
        (
            request.id, leg.account, place, leg.side.value, leg.amount,
            TRUSTS[accounts[leg.account].direction, leg.side].value,
        )
        for place, leg in enumerate(request.legs)
    ]  # fmt: skip


_REFUSAL = ("transaction", "reason", "account", "legs", "by", "at")


def _refusal(each: Decided, now: datetime) -> tuple[Any, ...]:
    """Its events are among the refusals, and never were among the legs."""
    verdict, wanted = each.verdict, each.wanted
    assert verdict.reason is not None
    legs = as_kept(each.request.legs)
    return each.request.id, verdict.reason.value, verdict.account, legs, wanted.by, now
