"""Try as a caller sees it: checked, admitted once, and answered the same ever after."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.actions.admit import admit, has_to_wait, is_taking
from ledger.actions.confirm import confirm, state_of
from ledger.actions.durable import can_write_at_once
from ledger.actions.known_accounts import Kind, kinds
from ledger.actions.prepared import FREELY, Prepared, asked
from ledger.domain.acceptance import Unacceptable, Wanted, accepted
from ledger.domain.admission import Try, Verdict
from ledger.domain.direction import TRUSTS, Side, Trust
from ledger.domain.legs import Request
from ledger.domain.money import money_text
from ledger.domain.transaction import VERDICTS, IllegalStep, State
from ledger.models import LedgerTransaction, Refusal
from riskgw.rows import text_array


class BodyConflict(ValueError):
    """The id belongs to a transaction of another body."""


class AlreadyReversed(ValueError):
    """Another reversal stands."""


@dataclass(frozen=True)
class ShownLeg:
    """A leg with its trust; the amount as text in the account's currency."""

    account: str
    side: Side
    amount: str
    trust: Trust


@dataclass(frozen=True)
class Outcome:
    """What a try is told."""

    request: Request
    state: State
    reason: str | None
    kinds: Mapping[str, Kind]

    @property
    def id(self) -> str:
        return self.request.id

    @cached_property
    def legs(self) -> list[ShownLeg]:
        """Written out only for who wants to read it."""
        return [
            ShownLeg(
                leg.account,
                leg.side,
                money_text(leg.amount, self.kinds[leg.account].currency),
                TRUSTS[self.kinds[leg.account].direction, leg.side],
            )
            for leg in self.request.legs
        ]


Answered = Outcome | Unacceptable | BodyConflict | AlreadyReversed


def try_transactions(
    wanted: Sequence[Wanted], by: str, confirmed: frozenset[str] = frozenset()
) -> list[Answered]:
    """An answer for each, in order; those whose id is among `confirmed` go on to confirmed."""
    known = kinds(leg.account for each in wanted for leg in each.legs)
    currencies = {name: kind.currency for name, kind in known.items()}
    read: list[Request | Unacceptable] = []
    for each in wanted:
        try:
            read.append(accepted(each, currencies))
        except Unacceptable as fault:
            read.append(fault)
    requests = [each for each in read if isinstance(each, Request)]
    answers = iter(_tried(requests, known, by, confirmed))
    return [next(answers) if isinstance(each, Request) else each for each in read]


def try_requests(
    requests: Sequence[Request], by: str, confirmed: frozenset[str] = frozenset()
) -> list[Answered]:
    """The same for requests in minor units."""
    accounts = kinds(leg.account for each in requests for leg in each.legs)
    return _tried(requests, accounts, by, confirmed)


def _tried(
    requests: Sequence[Request], accounts: Mapping[str, Kind], by: str, confirmed: frozenset[str]
) -> list[Answered]:
    """`accounts` are theirs at least."""
    if not requests:
        return []
    # A repeat must not wait for an account; one that would not wait is found by its insert.
    known = _stored({each.id for each in requests if is_taking(each, accounts) and has_to_wait()})
    fresh = {each.id: each for each in reversed(requests) if each.id not in known}
    tries = [Try(each, by, each.id in confirmed) for each in requests if fresh.get(each.id) is each]
    verdicts = admit(tries, accounts) if tries else {}
    for name, verdict in verdicts.items():
        known[name] = _Known(
            fresh[name].body_hash, _state(verdict, name in confirmed), verdict.reason
        )
    # Somebody else was first with these.
    known |= _stored(fresh.keys() - verdicts.keys())
    return [
        _answer(each, known.get(each.id), accounts, by, each.id in confirmed) for each in requests
    ]


@dataclass(frozen=True)
class _Known:
    """What is stored under an id."""

    body_hash: str
    state: State
    reason: str | None


def _stored(ids: Collection[str]) -> dict[str, _Known]:
    if not ids:
        return {}
    if can_write_at_once():
        found = asked(FREELY, _KNOWN.of(text_array(ids)))
        return {
            str(pk): _Known(str(body), State(str(state)), reason)
            for pk, body, state, reason in found
        }
    rows = LedgerTransaction.objects.filter(pk__in=ids).values_list(
        "pk", "body_hash", "state", "refusal__reason"
    )
    return {pk: _Known(body, State(state), reason) for pk, body, state, reason in rows}


_KNOWN = Prepared(
    "ledger_known",
    f"""
    SELECT known.id, body_hash, state, reason FROM {LedgerTransaction._meta.db_table} AS known
    LEFT JOIN {Refusal._meta.db_table} AS refusal ON refusal.transaction_id = known.id
    WHERE known.id = ANY($1::varchar[])
    """,  # noqa: SLF001  # documented
)


def _state(verdict: Verdict, is_confirmed: bool) -> State:
    if verdict.reason:
        return State.REJECTED
    return State.CONFIRMED if is_confirmed else State.TRIED


def _answer(
    request: Request,
    known: _Known | None,
    accounts: Mapping[str, Kind],
    by: str,
    is_confirmed: bool,
) -> Answered:
    if known is None:
        return AlreadyReversed(f"{request.reverses} has been reversed")
    # A tombstone has no body to differ from.
    if known.body_hash not in ("", request.body_hash):
        return BodyConflict(f"{request.id} is another transaction")
    state = VERDICTS[known.state]
    if is_confirmed and state is State.TRIED:
        state = known.state if known.state is not State.TRIED else _confirmed(request.id, by)
    return Outcome(request, state, known.reason, accounts)


def _confirmed(identifier: str, by: str) -> State:
    try:
        return confirm(identifier, by)
    except IllegalStep:
        return VERDICTS[state_of(identifier)]
