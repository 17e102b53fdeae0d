"""Reads: who is looked at, by account, customer or control group, and what is stored of them."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from monitoring.domain.live_view import StandingOrder
from monitoring.models import OrderRecord
from riskgw.kernel.words import EventKind
from riskgw.reference.models import Account, ControlGroup, Customer

# Kinds of parties, as they stand in addresses, and how an account says which it is of.
ACCOUNT, CUSTOMER, GROUP = "account", "customer", "group"
KINDS = (CUSTOMER, GROUP, ACCOUNT)
SUGGESTIONS_MAX = 20
_REFERENCES_AT_ONCE = 500


class Suggestion(NamedTuple):
    """A party that fits what was typed."""

    kind: str
    id: str
    name: str
    accounts: int


class Stored(NamedTuple):
    """What unload has stored of an order: its number, and by which counter it came."""

    number: str
    counter: str


def accounts_of(kind: str, code: str, counters: frozenset[str] | None) -> QuerySet[Account]:
    """The accounts of a party, at these counters, None for all.

    An account without a group is a group of its own.
    """
    if kind == CUSTOMER:
        who = Q(customer__code=code)
    elif kind == GROUP:
        who = Q(group__code=code) | Q(group=None, code=code)
    else:
        who = Q(code=code)
    accounts = Account.objects.select_related("customer", "group", "counter").filter(who)
    if counters is not None:
        accounts = accounts.filter(counter__code__in=counters)
    return accounts.order_by("counter__code", "exchange", "code")


def party_name(kind: str, code: str) -> str:
    """The name of a customer or group; accounts have none."""
    row: Customer | ControlGroup | None = None
    if kind == CUSTOMER:
        row = Customer.objects.filter(code=code).first()
    elif kind == GROUP:
        row = ControlGroup.objects.filter(code=code).first()
    return row.name if row else ""


def suggestions(
    text: str, kinds: Iterable[str], counters: frozenset[str] | None
) -> list[Suggestion]:
    """Parties whose code begins with the text or whose name has it, the shortest codes first."""
    accounts = Account.objects.all()
    if counters is not None:
        accounts = accounts.filter(counter__code__in=counters)
    found: list[Suggestion] = []
    for kind in kinds:
        if kind == ACCOUNT:
            found += _accounts_like(accounts, text)
        else:
            found += _parties_like(accounts, kind, text)
    return found[:SUGGESTIONS_MAX]


def _parties_like(accounts: QuerySet[Account], kind: str, text: str) -> list[Suggestion]:
    """Also those of an account that begins so."""
    like = (
        Q(**{f"{kind}__code__istartswith": text})
        | Q(**{f"{kind}__name__icontains": text})
        | Q(code__istartswith=text)
    )
    rows = (
        accounts.filter(like)
        .exclude(**{kind: None})
        .order_by()
        .values_list(f"{kind}__code", f"{kind}__name")
        .annotate(count=Count("pk"), size=Length(f"{kind}__code"))
        .order_by("size", f"{kind}__code")[:SUGGESTIONS_MAX]
    )
    return [Suggestion(kind, code, name, count) for code, name, count, _ in rows]


def _accounts_like(accounts: QuerySet[Account], text: str) -> list[Suggestion]:
    rows = (
        accounts.filter(code__istartswith=text)
        .order_by()
        .values_list("code")
        .annotate(count=Count("pk"), size=Length("code"))
        .order_by("size", "code")[:SUGGESTIONS_MAX]
    )
    return [Suggestion(ACCOUNT, code, "", count) for code, count, _ in rows]


def alerts_of(kind: str, code: str) -> Q:
    """Alerts of a customer or group itself, or of one of its accounts."""
    accounts = accounts_of(kind, code, None).values_list("code", flat=True)
    return Q(**{f"key__{kind}": code}) | Q(key__account__in=list(accounts))


def stored_orders(orders: Iterable[StandingOrder], day: date) -> dict[tuple[str, str, int], Stored]:
    """By origin, reference and time; what was heard a moment ago is not stored yet."""
    references = sorted({each.order_ref for each in orders})
    found = {}
    for start in range(0, len(references), _REFERENCES_AT_ONCE):
        rows = OrderRecord.objects.filter(
            trading_day=day,
            event=EventKind.ORDER,
            order_ref__in=references[start : start + _REFERENCES_AT_ONCE],
        )
        for row in rows:
            found[row.origin, row.order_ref, row.time_ns] = Stored(row.number, row.counter)
    return found
