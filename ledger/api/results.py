"""What the ledger answers, and how its rows are written as text."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rest_framework import serializers

from ledger.actions.try_transactions import Outcome
from ledger.domain.account import Usability
from ledger.domain.admission import Reason
from ledger.domain.direction import TRUSTS, Direction, Side, Trust
from ledger.domain.money import money_text
from ledger.domain.transaction import State
from ledger.models import LedgerAccount, LedgerTransaction, StatementLine
from ledger.queries import Balance, Period, accounts_by_id
from ledger.telling import account_told
from riskgw.web.lists import PageResult

# All times are said in UTC.
_time = partial(serializers.DateTimeField, default_timezone=UTC)
_STATES = [state.value for state in State if state is not State.UNKNOWN]


class AccountResult(serializers.Serializer[Any]):
    """An account."""

    id = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    direction = serializers.ChoiceField([each.value for each in Direction])
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a field like any other
    overdraft = serializers.CharField()
    usability = serializers.ChoiceField([each.value for each in Usability])


class ListedAccountResult(AccountResult):
    """An account with its figures: `posted` is credits minus debits, `available` is null where
    nothing limits it. In a tree it may have accounts below it.
    """

    posted = serializers.CharField()
    reserved = serializers.CharField()
    available = serializers.CharField(allow_null=True)
    seq = serializers.IntegerField()
    posted_at = _time(allow_null=True)
    has_children = serializers.BooleanField()


class AccountPage(PageResult):
    """Accounts by id."""

    results = ListedAccountResult(many=True)


class AccountChangeResult(serializers.Serializer[Any]):
    """What was done with an account: by whom, when and why."""

    what = serializers.CharField()
    usability = serializers.ChoiceField([each.value for each in Usability])
    reason = serializers.CharField()
    by = serializers.CharField()
    at = _time()


class LegResult(serializers.Serializer[Any]):
    """A leg with its trust."""

    account = serializers.CharField()
    side = serializers.ChoiceField([each.value for each in Side])
    amount = serializers.CharField()
    trust = serializers.ChoiceField([each.value for each in Trust])


class TryResult(serializers.Serializer[Any]):
    """What a try is told, now and whenever it is repeated."""

    id = serializers.CharField()
    state = serializers.ChoiceField(_STATES)
    reason = serializers.ChoiceField([each.value for each in Reason], allow_null=True)
    legs = LegResult(many=True)


class StateResult(serializers.Serializer[Any]):
    """Where the transaction stands."""

    state = serializers.ChoiceField(_STATES)


class HistoryResult(serializers.Serializer[Any]):
    """One thing that happened to a transaction."""

    what = serializers.CharField()
    at = _time()
    by = serializers.CharField(allow_null=True)
    account = serializers.CharField(allow_null=True)
    applied_at = _time(allow_null=True)


class TransactionResult(TryResult):
    """A transaction with all that happened to it."""

    value_date = serializers.DateField(allow_null=True)
    memo = serializers.CharField()
    reverses = serializers.CharField(allow_null=True)
    history = HistoryResult(many=True)


class BulkItemResult(serializers.Serializer[Any]):
    """The answer to one of many: status and body as if it had been asked alone."""

    id = serializers.CharField()
    status = serializers.IntegerField()
    body = serializers.JSONField()


class BulkResult(serializers.Serializer[Any]):
    """The answers, in the order of the items."""

    items = BulkItemResult(many=True)


class BalanceResult(serializers.Serializer[Any]):
    """`posted` is credits minus debits; `available` as the account's direction counts it."""

    posted = serializers.CharField()
    reserved = serializers.CharField()
    available = serializers.CharField(allow_null=True)
    seq = serializers.IntegerField()
    as_of = _time()


class LineResult(serializers.Serializer[Any]):
    """One posting; `balance_after` is signed like `posted`."""

    seq = serializers.IntegerField()
    transaction = serializers.CharField()
    side = serializers.ChoiceField([each.value for each in Side])
    amount = serializers.CharField()
    balance_after = serializers.CharField()
    posted_at = _time()
    posting_date = serializers.DateField()
    value_date = serializers.DateField()


class PeriodResult(serializers.Serializer[Any]):
    """Balances are signed like `posted`."""

    opening = serializers.CharField()
    debit = serializers.CharField()
    credit = serializers.CharField()
    closing = serializers.CharField()
    lines = serializers.IntegerField()
    first_seq = serializers.IntegerField(allow_null=True)
    last_seq = serializers.IntegerField(allow_null=True)


class TotalsResult(serializers.Serializer[Any]):
    """Debit balances and credit balances of one currency; they are equal."""

    currency = serializers.CharField()
    debit = serializers.CharField()
    credit = serializers.CharField()


class TrialBalanceResult(serializers.Serializer[Any]):
    """All accounts at one moment, and the day the books are on."""

    as_of = _time()
    day = serializers.DateField()
    unposted = serializers.IntegerField()
    rows = TotalsResult(many=True)


class AgeGroupResult(serializers.Serializer[Any]):
    """Undecided tries at least so old, and younger than the next group's."""

    since_seconds = serializers.FloatField()
    count = serializers.IntegerField()


class FlowResult(serializers.Serializer[Any]):
    """How far posting is behind, and how old the oldest undecided try is, in seconds."""

    unposted = serializers.IntegerField()
    unposted_oldest_seconds = serializers.FloatField(allow_null=True)
    unposted_seconds_max = serializers.FloatField()
    in_flight = serializers.IntegerField()
    in_flight_oldest_seconds = serializers.FloatField(allow_null=True)
    in_flight_seconds_max = serializers.FloatField()
    ages = AgeGroupResult(many=True)


class PostedSecondResult(serializers.Serializer[Any]):
    """One second: how late the latest posting was, and how many transactions were posted."""

    second = serializers.IntegerField()
    lag_ms = serializers.IntegerField()
    posted = serializers.IntegerField()


class PostingResult(serializers.Serializer[Any]):
    """The last two minutes of posting, as last told."""

    as_of_ns = serializers.IntegerField(allow_null=True)
    has_poster = serializers.BooleanField()
    alarms = serializers.ListField(child=serializers.CharField())
    history = PostedSecondResult(many=True)


class HotAccountResult(serializers.Serializer[Any]):
    """An account and its movements within the last minute."""

    id = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    movements = serializers.IntegerField()
    posted = serializers.CharField()
    reserved = serializers.CharField()
    available = serializers.CharField(allow_null=True)
    overdraft = serializers.CharField()
    usability = serializers.ChoiceField([each.value for each in Usability])
    seq = serializers.IntegerField()


class DayCutResult(serializers.Serializer[Any]):
    """A day of the books that was closed."""

    closed = serializers.DateField()
    next = serializers.DateField()
    in_flight = serializers.IntegerField()
    unposted = serializers.IntegerField()
    by = serializers.CharField()
    at = _time()


class DifferenceResult(serializers.Serializer[Any]):
    """A balance that its events contradict, both in minor units."""

    account = serializers.CharField()
    what = serializers.CharField()
    balance = serializers.CharField()
    events = serializers.CharField()


class ReconciliationResult(serializers.Serializer[Any]):
    """Balances beside their events."""

    day = serializers.DateField()
    at = _time()
    accounts = serializers.IntegerField()
    differences = DifferenceResult(many=True)


class DaysResult(serializers.Serializer[Any]):
    """The day of the books, and what closed and proved the days before."""

    day = serializers.DateField()
    cuts = DayCutResult(many=True)
    reconciliations = ReconciliationResult(many=True)


def account_shown(account: LedgerAccount) -> dict[str, Any]:
    return {
        "id": account.pk,
        "name": account.name,
        "currency": account.currency,
        "direction": account.direction,
        "parent": account.parent_id,
        "overdraft": money_text(account.overdraft, account.currency),
        "usability": account.usability,
    }


def listed_account_shown(account: LedgerAccount) -> dict[str, Any]:
    return account_shown(account) | account_told(account) | {"posted_at": account.posted_at}


def try_shown(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "state": outcome.state.value,
        "reason": outcome.reason,
        "legs": [
            {
                "account": leg.account,
                "side": leg.side.value,
                "amount": leg.amount,
                "trust": leg.trust.value,
            }
            for leg in outcome.legs
        ],
    }


def transaction_shown(row: LedgerTransaction) -> dict[str, Any]:
    refusal = getattr(row, "refusal", None)
    return {
        "id": row.pk,
        "state": row.state,
        "reason": refusal.reason if refusal else None,
        "legs": list(_legs(row)),
        "value_date": row.value_date,
        "memo": row.memo,
        "reverses": row.reverses_id,
        "history": sorted(_history(row), key=lambda each: each["at"]),
    }


def _legs(row: LedgerTransaction) -> Iterator[dict[str, Any]]:
    refusal = getattr(row, "refusal", None)
    if refusal is None:
        for leg in row.legs.all():
            amount = money_text(leg.amount, leg.account.currency)
            yield leg_shown(leg.account_id, leg.side, amount, leg.trust)
        return
    accounts = accounts_by_id(leg["account"] for leg in refusal.legs)
    for leg in refusal.legs:
        account = accounts[leg["account"]]
        trust = TRUSTS[Direction(account.direction), Side(leg["side"])]
        amount = money_text(leg["amount"], account.currency)
        yield leg_shown(account.pk, leg["side"], amount, trust.value)


def leg_shown(account: str, side: str, amount: str, trust: str) -> dict[str, Any]:
    return {"account": account, "side": side, "amount": amount, "trust": trust}


def _history(row: LedgerTransaction) -> Iterator[dict[str, Any]]:
    """Try, verdict, decision, the posting message of each leg, settlement."""
    if row.tried_at:
        is_rejected = row.state == State.REJECTED.value
        yield _event("rejected" if is_rejected else "tried", row.tried_at, row.tried_by)
    if row.decided_at:
        is_cancelled = row.state == State.CANCELLED.value
        yield _event("cancelled" if is_cancelled else "confirmed", row.decided_at, row.decided_by)
    for leg in row.legs.all():
        if message := getattr(leg, "message", None):
            event = _event(f"{message.kind}_posting_message", message.created_at, None)
            yield event | {"account": leg.account_id, "applied_at": message.applied_at}
    if row.settled_at:
        is_cancelled = row.state == State.CANCELLED.value
        yield _event("released" if is_cancelled else "posted", row.settled_at, None)


def _event(what: str, at: datetime, by: str | None) -> dict[str, Any]:
    return {"what": what, "at": at, "by": by, "account": None, "applied_at": None}


def balance_shown(found: Balance) -> dict[str, Any]:
    figures, currency = found.figures, found.currency
    available = figures.available
    return {
        "posted": money_text(figures.posted, currency),
        "reserved": money_text(figures.reserved, currency),
        "available": None if available is None else money_text(available, currency),
        "seq": found.seq,
        "as_of": found.as_of,
    }


def line_shown(line: StatementLine, currency: str) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "transaction": line.transaction,
        "side": line.side,
        "amount": money_text(line.amount, currency),
        "balance_after": money_text(line.balance_after, currency),
        "posted_at": line.posted_at,
        "posting_date": line.posting_date,
        "value_date": line.value_date,
    }


def period_shown(found: Period) -> dict[str, Any]:
    return {
        "opening": money_text(found.opening, found.currency),
        "debit": money_text(found.debit, found.currency),
        "credit": money_text(found.credit, found.currency),
        "closing": money_text(found.closing, found.currency),
        "lines": found.lines,
        "first_seq": found.first_seq,
        "last_seq": found.last_seq,
    }
