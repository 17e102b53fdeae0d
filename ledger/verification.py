"""Do the books hold: every row against the rows it follows from, located to the row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from ledger.domain.direction import TRUSTS, Side, Trust
from ledger.domain.legs import Leg, Request
from ledger.domain.statement import ORIGIN, breaks
from ledger.domain.transaction import State
from ledger.models import (
    LedgerAccount,
    LedgerLeg,
    LedgerTransaction,
    PostingMessage,
    Refusal,
    StatementLine,
)
from ledger.queries import trial_balance

_CHUNK = 2000
_POSTED, _REJECTED = State.POSTED.value, State.REJECTED.value
_CONFIRMED = (State.CONFIRMED.value, _POSTED)


@dataclass(frozen=True)
class Finding:
    """What does not hold, and in which row."""

    table: str
    row: str
    what: str


def findings(accounts: Iterable[str] | None = None) -> Iterator[Finding]:
    """Of these accounts, or of all the books. Posting goes on meanwhile; so look at rest."""
    rows = LedgerAccount.objects.order_by("pk")
    if accounts is not None:
        rows = rows.filter(pk__in=accounts)
    for account in rows.iterator(_CHUNK):
        yield from _account(account)
    if accounts is not None:
        return
    yield from _orphans()
    yield from _unlike()
    yield from _bodies()
    yield from _refusals()
    for totals in trial_balance().rows:
        if totals.debit != totals.credit:
            what = f"debits {totals.debit}, credits {totals.credit}"
            yield Finding("trial balance", totals.currency, what)


def _account(account: LedgerAccount) -> Iterator[Finding]:
    """The chain of its lines, and its own figures against the last of them."""
    lines = StatementLine.objects.filter(account=account.pk).order_by("seq")
    for fault in breaks((line.said, line.seal) for line in lines.iterator(_CHUNK)):
        yield Finding("statement line", f"{fault.account} {fault.seq}", fault.what)
    last = lines.order_by("-seq").first()
    stands = (last.seq, last.balance_after, last.seal) if last else (0, 0, ORIGIN)
    says = (account.seq, account.posted, account.seal)
    for name, one, other in zip(("seq", "posted", "seal"), says, stands, strict=True):
        if one != other:
            yield Finding("account", account.pk, f"{name} is {one}, its lines say {other}")
    held = held_of(account.pk)
    if account.reserved != held:
        yield Finding("account", account.pk, f"reserved is {account.reserved}, its legs say {held}")


def held_of(account: str) -> int:
    """The decreases that are admitted and neither posted nor given back."""
    states = (State.TRIED.value, State.CONFIRMED.value, State.CANCELLED.value)
    legs = LedgerLeg.objects.filter(
        account=account,
        trust=Trust.IN.value,
        transaction__state__in=states,
        transaction__settled_at=None,
    )
    return int(legs.aggregate(total=Sum("amount", default=0))["total"])


def _orphans() -> Iterator[Finding]:
    """Rows whose parent is gone; no constraint of the database says so."""
    legs = LedgerLeg.objects.filter(pk=OuterRef("leg_id"))
    transactions = LedgerTransaction.objects.filter(pk=OuterRef("transaction_id"))
    for leg in LedgerLeg.objects.filter(~Exists(transactions)).order_by("pk").iterator(_CHUNK):
        yield Finding("leg", str(leg), "has no transaction")
    for line in StatementLine.objects.filter(~Exists(legs)).order_by("pk").iterator(_CHUNK):
        yield Finding("statement line", str(line), "has no leg")
    for message in PostingMessage.objects.filter(~Exists(legs)).order_by("pk").iterator(_CHUNK):
        yield Finding("posting message", str(message), "has no leg")


def _unlike() -> Iterator[Finding]:
    """Rows that contradict the rows beside them."""
    lines = StatementLine.objects.exclude(
        leg__account=F("account"),
        leg__side=F("side"),
        leg__amount=F("amount"),
        leg__transaction=F("transaction"),
    )
    for line in lines.iterator(_CHUNK):
        yield Finding("statement line", str(line), "differs from its leg")
    for what, legs in _odd_legs():
        for leg in legs.iterator(_CHUNK):
            yield Finding("leg", str(leg), what)
    messages = PostingMessage.objects.select_related("leg__transaction").filter(
        Q(kind="second", leg__trust=Trust.POST.value)
        | Q(kind="first", leg__trust=Trust.IN.value)
        | Q(applied_at=None, leg__transaction__state=_POSTED)
        | Q(applied_at__isnull=False) & ~Q(leg__transaction__state=_POSTED)
    )
    for message in messages.iterator(_CHUNK):
        yield Finding("posting message", str(message.leg), "does not fit its leg or transaction")


def _odd_legs() -> Iterator[tuple[str, QuerySet[LedgerLeg]]]:
    legs = LedgerLeg.objects.order_by("transaction", "place")
    line = StatementLine.objects.filter(leg=OuterRef("pk"))
    message = PostingMessage.objects.filter(leg=OuterRef("pk"))
    account = LedgerAccount.objects.filter(pk=OuterRef("account"))
    is_posted, is_confirmed = (
        Q(transaction__state=_POSTED),
        Q(transaction__state__in=_CONFIRMED),
    )
    yield "has no account", legs.filter(~Exists(account))
    yield "is posted without a line", legs.filter(is_posted & ~Exists(line))
    yield "has a line and is not posted", legs.filter(~is_posted & Exists(line))
    yield "is confirmed without a message", legs.filter(is_confirmed & ~Exists(message))
    yield "has a message and is not confirmed", legs.filter(~is_confirmed & Exists(message))
    yield "is of a rejected transaction", legs.filter(transaction__state=_REJECTED)
    decreasing = [(direction, side) for (direction, side), trust in TRUSTS.items()
                  if trust is Trust.IN]  # fmt: skip
    is_in = Q()
    for direction, side in decreasing:
        is_in |= Q(account__direction=direction.value, side=side.value)
    is_trusted = Q(trust=Trust.IN.value)
    yield "is not trusted as it should be", legs.filter(is_in & ~is_trusted | ~is_in & is_trusted)


def _bodies() -> Iterator[Finding]:
    """The legs, value date and memo that were asked for are those that stand there."""
    rows = LedgerTransaction.objects.exclude(state=_REJECTED).prefetch_related("legs")
    for row in rows.order_by("pk").iterator(_CHUNK):
        legs = tuple(Leg(leg.account_id, Side(leg.side), leg.amount) for leg in row.legs.all())
        if not row.body_hash and not legs and row.state == State.CANCELLED.value:
            continue
        yield from _body(row, legs)


def _refusals() -> Iterator[Finding]:
    rows = LedgerTransaction.objects.filter(state=_REJECTED).select_related("refusal")
    for row in rows.order_by("pk").iterator(_CHUNK):
        refusal: Refusal | None = getattr(row, "refusal", None)
        if refusal is None:
            yield Finding("transaction", row.pk, "is rejected without a refusal")
            continue
        legs = tuple(Leg(leg["account"], Side(leg["side"]), leg["amount"]) for leg in refusal.legs)
        yield from _body(row, legs)
    for refusal in Refusal.objects.exclude(transaction__state=_REJECTED):
        yield Finding("refusal", refusal.transaction_id, "is of a transaction that was let in")


def _body(row: LedgerTransaction, legs: tuple[Leg, ...]) -> Iterator[Finding]:
    body = Request(row.pk, legs, row.value_date, row.memo, row.reverses_id)
    if body.body_hash != row.body_hash:
        yield Finding("transaction", row.pk, "its legs, value date or memo are not those asked for")


def differences() -> list[dict[str, str]]:
    """Daily: what each account says beside the sums of its events."""
    found = []
    sums = {
        (name, side): total
        for name, side, total in LedgerLeg.objects.filter(transaction__state=_POSTED)
        .order_by()
        .values_list("account", "side")
        .annotate(total=Sum("amount"))
    }
    for row in LedgerAccount.objects.order_by("pk").iterator(_CHUNK):
        events = sums.get((row.pk, Side.CREDIT.value), 0) - sums.get((row.pk, Side.DEBIT.value), 0)
        for what, says, stands in (
            ("posted", row.posted, events),
            ("reserved", row.reserved, held_of(row.pk)),
        ):
            if says != stands:
                found.append(
                    {"account": row.pk, "what": what, "balance": str(says), "events": str(stands)}
                )
    return found
