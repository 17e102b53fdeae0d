"""What is read of the ledger. No query here locks a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from ledger.domain.account import Account
from ledger.domain.alarms import AGES
from ledger.domain.direction import Direction, Side, Trust
from ledger.domain.proposals import ProposalState
from ledger.domain.transaction import State
from ledger.models import (
    DayCut,
    LedgerAccount,
    LedgerLeg,
    LedgerTransaction,
    OverdraftPermit,
    StatementLine,
    Voucher,
)
from riskgw.kernel.times import utc_datetime

PAGE_SIZE_MAX = 1000


def accounts_by_id(ids: Iterable[str]) -> dict[str, LedgerAccount]:
    return {each.pk: each for each in LedgerAccount.objects.filter(pk__in=set(ids))}


def transaction_of(identifier: str) -> LedgerTransaction | None:
    return (
        LedgerTransaction.objects.select_related("refusal")
        .prefetch_related("legs__account", "legs__message")
        .filter(pk=identifier)
        .first()
    )


@dataclass(frozen=True)
class Balance:
    """An account's figures as one read found them."""

    currency: str
    figures: Account
    seq: int
    as_of: datetime


def balance(account_id: str) -> Balance | None:
    """Now: one row, one read."""
    account = LedgerAccount.objects.filter(pk=account_id).first()
    if account is None:
        return None
    return Balance(account.currency, account.figures, account.seq, timezone.now())


def balance_at(account_id: str, at_ns: int) -> Balance | None:
    """As it stood at a time, with what was reserved then and today's overdraft: one read, too."""
    at = utc_datetime(at_ns)
    lines = StatementLine.objects.filter(account=OuterRef("pk"), posted_at__lte=at)
    last = lines.order_by("-seq")
    held = (
        LedgerLeg.objects.filter(
            Q(transaction__settled_at=None) | Q(transaction__settled_at__gt=at),
            account=OuterRef("pk"),
            trust=Trust.IN.value,
            transaction__tried_at__lte=at,
        )
        .order_by()
        .values("account")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    found = (
        LedgerAccount.objects.filter(pk=account_id)
        .annotate(
            posted_then=Coalesce(Subquery(last.values("balance_after")[:1]), Value(0)),
            seq_then=Coalesce(Subquery(last.values("seq")[:1]), Value(0)),
            held_then=Coalesce(Subquery(held, output_field=BigIntegerField()), Value(0)),
        )
        .first()
    )
    if found is None:
        return None
    figures = Account(
        Direction(found.direction), found.posted_then, found.held_then, found.overdraft
    )
    return Balance(found.currency, figures, found.seq_then, at)


def statement(account_id: str, from_seq: int, limit: int) -> QuerySet[StatementLine]:
    return StatementLine.objects.filter(account=account_id, seq__gte=from_seq).order_by("seq")[
        : min(limit, PAGE_SIZE_MAX)
    ]


@dataclass(frozen=True)
class Period:
    """An account between two days of the books, both included; balances are signed."""

    currency: str
    opening: int
    debit: int
    credit: int
    closing: int
    lines: int
    first_seq: int | None
    last_seq: int | None


def period(account_id: str, first: date, last: date) -> Period | None:
    """Opening, turnover and closing, summed from the lines."""
    account = LedgerAccount.objects.filter(pk=account_id).first()
    if account is None:
        return None
    is_before = Q(posting_date__lt=first)
    is_in = Q(posting_date__gte=first)
    sums = StatementLine.objects.filter(account=account_id, posting_date__lte=last).aggregate(
        before_debit=Sum("amount", filter=is_before & Q(side=Side.DEBIT.value), default=0),
        before_credit=Sum("amount", filter=is_before & Q(side=Side.CREDIT.value), default=0),
        debit=Sum("amount", filter=is_in & Q(side=Side.DEBIT.value), default=0),
        credit=Sum("amount", filter=is_in & Q(side=Side.CREDIT.value), default=0),
        lines=Count("pk", filter=is_in),
        first_seq=Min("seq", filter=is_in),
        last_seq=Max("seq", filter=is_in),
    )
    opening = sums["before_credit"] - sums["before_debit"]
    closing = opening + sums["credit"] - sums["debit"]
    return Period(
        account.currency, opening, sums["debit"], sums["credit"], closing, sums["lines"],
        sums["first_seq"], sums["last_seq"],
    )  # fmt: skip


@dataclass(frozen=True)
class CurrencyTotals:
    """All debit balances and all credit balances of a currency."""

    currency: str
    debit: int
    credit: int


@dataclass(frozen=True)
class TrialBalance:
    """Debits equal credits in every currency, at every moment."""

    as_of: datetime
    unposted: int
    rows: list[CurrencyTotals]


def trial_balance() -> TrialBalance:
    rows = (
        LedgerAccount.objects.order_by("currency")
        .values("currency")
        .annotate(
            debit=Sum(-F("posted"), filter=Q(posted__lt=0), default=0),
            credit=Sum("posted", filter=Q(posted__gt=0), default=0),
        )
    )
    totals = [CurrencyTotals(**each) for each in rows]
    return TrialBalance(timezone.now(), unposted_count(), totals)


def due() -> QuerySet[LedgerTransaction]:
    """What the posters have to do, oldest first."""
    return LedgerTransaction.objects.filter(is_due=True).order_by("decided_at")


def unposted_count() -> int:
    return LedgerTransaction.objects.filter(state=State.CONFIRMED.value, is_due=True).count()


@dataclass(frozen=True)
class Flow:
    """How far the posters are behind, and what no coordinator has decided."""

    unposted: int
    unposted_oldest: timedelta | None
    in_flight: int
    in_flight_oldest: timedelta | None


@dataclass(frozen=True)
class AgeGroup:
    """Undecided tries of an age between two of `AGES`."""

    since: timedelta
    count: int


def flow(now: datetime) -> Flow:
    waiting = due().order_by().aggregate(count=Count("pk"), oldest=Min("decided_at"))
    tried = LedgerTransaction.objects.filter(state=State.TRIED.value)
    flying = tried.aggregate(count=Count("pk"), oldest=Min("tried_at"))
    return Flow(
        waiting["count"],
        now - waiting["oldest"] if waiting["oldest"] else None,
        flying["count"],
        now - flying["oldest"] if flying["oldest"] else None,
    )


def in_flight() -> QuerySet[LedgerTransaction]:
    """Tries that nobody has confirmed or cancelled."""
    return LedgerTransaction.objects.filter(state=State.TRIED.value)


def in_flight_ages(now: datetime) -> list[AgeGroup]:
    """How many there are of each age, youngest first."""
    bounds = [*AGES, None]
    counts = in_flight().aggregate(
        **{
            f"group{place}": Count(
                "pk",
                filter=Q(tried_at__lte=now - since)
                & (Q(tried_at__gt=now - until) if until else Q()),
            )
            for place, (since, until) in enumerate(pairwise(bounds))
            if since is not None
        }
    )
    return [AgeGroup(since, counts[f"group{place}"]) for place, since in enumerate(AGES)]


def has_outstanding(account_id: str) -> bool:
    """Whether a try on the account is still to be decided, posted or released."""
    unsettled = LedgerTransaction.objects.filter(
        Q(state__in=(State.TRIED.value, State.CONFIRMED.value)) | Q(is_due=True),
        pk=OuterRef("transaction"),
    )
    return LedgerLeg.objects.filter(Exists(unsettled), account=account_id).exists()


def books_day(now: datetime) -> date:
    """The day that postings go to: after a cut the one it opened, else the calendar's."""
    latest = DayCut.objects.order_by("-closed").first()
    return latest.next if latest else timezone.localdate(now)


def newest_holds(count_max: int) -> list[tuple[str, datetime]]:
    """Accounts of the newest tries that nobody has decided, with their times; newest last."""
    tried = LedgerTransaction.objects.filter(state=State.TRIED.value).order_by("-tried_at")
    at_of = dict(tried.values_list("pk", "tried_at")[:count_max])
    legs = LedgerLeg.objects.filter(transaction__in=at_of, trust=Trust.IN.value).order_by()
    pairs = [(name, at_of[pk]) for name, pk in legs.values_list("account", "transaction")]
    return sorted(((name, at) for name, at in pairs if at), key=lambda pair: pair[1])


def waiting_proposals() -> int:
    """Vouchers and permits that wait for a second person."""
    wait = Q(state=ProposalState.PROPOSED.value)
    return Voucher.objects.filter(wait).count() + OverdraftPermit.objects.filter(wait).count()


def opening_overdraft(account: LedgerAccount) -> int:
    """The limit it was opened with: that before the first permit."""
    given = OverdraftPermit.objects.filter(account=account, before__isnull=False)
    first = given.order_by("decided_at").first()
    if first is None or first.before is None:
        return account.overdraft
    return first.before
