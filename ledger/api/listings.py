"""Lists of the books: accounts, what is in flight, what was refused."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from rest_framework import serializers

from ledger.api.fields import IdArguments, IdField
from ledger.api.results import (
    AccountChangeResult,
    AccountPage,
    LegResult,
    leg_shown,
    listed_account_shown,
)
from ledger.domain.account import Usability
from ledger.domain.admission import Reason
from ledger.domain.alarms import IN_FLIGHT_MAX
from ledger.domain.direction import TRUSTS, Direction, Side
from ledger.domain.money import money_text
from ledger.models import AccountChange, LedgerAccount, LedgerLeg, LedgerTransaction, Refusal
from ledger.queries import accounts_by_id, in_flight
from riskgw.kernel.times import utc_datetime
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, Page, PageResult, page
from riskgw.web.problems import not_found

OLDEST_FIRST, NEWEST_FIRST = ("tried_at", "pk"), ("-pk",)
CHANGES_MAX = 100
# In place of a parent: accounts without one.
ROOT = "-"
_SEARCH_SIZE_MAX = 100
_time = partial(serializers.DateTimeField, default_timezone=UTC)


class AccountFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold. `parent` is `-` for accounts without one."""

    search = serializers.CharField(required=False, max_length=_SEARCH_SIZE_MAX)
    usability = serializers.ChoiceField([each.value for each in Usability], required=False)
    direction = serializers.ChoiceField([each.value for each in Direction], required=False)
    currency = serializers.RegexField(r"\A[A-Z]{3}\Z", required=False)
    parent = IdField(required=False)  # type: ignore[assignment]  # a field like any other


class InFlightFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold. `older_than_seconds` is an age."""

    account = IdField(required=False)
    older_than_seconds = serializers.IntegerField(required=False, min_value=0, max_value=10**9)


class RefusalFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    reason = serializers.ChoiceField([each.value for each in Reason], required=False)
    account = IdField(required=False)
    by = serializers.CharField(required=False, max_length=150)
    since = InstantField(required=False)


class AccountListArguments(ListArguments, AccountFilters):
    """Filters and the place in the list."""


class InFlightArguments(ListArguments, InFlightFilters):
    """Filters and the place in the list."""


class RefusalArguments(ListArguments, RefusalFilters):
    """Filters and the place in the list."""


class InFlightResult(serializers.Serializer[Any]):
    """A try that waits for its decision; `is_aged`: somebody should look for its coordinator."""

    id = serializers.CharField()
    tried_at = _time()
    tried_by = serializers.CharField()
    age_seconds = serializers.FloatField()
    is_aged = serializers.BooleanField()
    reserves = serializers.BooleanField()
    memo = serializers.CharField()
    legs = LegResult(many=True)


class InFlightPage(PageResult):
    """Oldest first."""

    results = InFlightResult(many=True)


class RefusalResult(serializers.Serializer[Any]):
    """A try that was not let in: why, because of which account, and who asked."""

    id = serializers.CharField()
    at = _time()
    reason = serializers.ChoiceField([each.value for each in Reason])
    account = serializers.CharField()
    by = serializers.CharField()
    memo = serializers.CharField()
    legs = LegResult(many=True)


class RefusalPage(PageResult):
    """Newest first."""

    results = RefusalResult(many=True)


class ListAccounts(Handler):
    """Accounts with their figures, by id; by `parent` level by level as a tree."""

    arguments = AccountListArguments
    result = AccountPage

    def answer(self) -> Answer:
        found = page(accounts_found(self.values), ("id",), self.values.get("cursor"))
        shown = [
            listed_account_shown(account) | {"has_children": account.has_children}
            for account in found.results
        ]
        return self.rendered(Page(found.next, shown))


class ListAccountChanges(Handler):
    """What was done with an account, newest first, no more than the last hundred."""

    arguments = IdArguments
    result = AccountChangeResult
    is_list = True

    def answer(self) -> Answer:
        name = self.values["id"]
        if not LedgerAccount.objects.filter(pk=name).exists():
            raise not_found("There is no such account.")
        return self.rendered(
            AccountChange.objects.filter(account=name).order_by("-pk")[:CHANGES_MAX]
        )


class ListInFlight(Handler):
    """Tries that nobody has confirmed or cancelled, oldest first."""

    arguments = InFlightArguments
    result = InFlightPage

    def answer(self) -> Answer:
        found = page(in_flight_found(self.values), OLDEST_FIRST, self.values.get("cursor"))
        now = timezone.now()
        return self.rendered(
            Page(found.next, [_in_flight_shown(each, now) for each in found.results])
        )


class ListRefusals(Handler):
    """What was not let in, newest first."""

    arguments = RefusalArguments
    result = RefusalPage

    def answer(self) -> Answer:
        found = page(refusals_found(self.values), NEWEST_FIRST, self.values.get("cursor"))
        return self.rendered(Page(found.next, list(_refusals_shown(found.results))))


def accounts_found(values: Mapping[str, Any]) -> QuerySet[LedgerAccount, Any]:
    below = LedgerAccount.objects.filter(parent=OuterRef("pk"))
    rows = LedgerAccount.objects.annotate(has_children=Exists(below))
    for name in ("usability", "direction", "currency"):
        if name in values:
            rows = rows.filter(**{name: values[name]})
    if "search" in values:
        text = values["search"]
        rows = rows.filter(Q(id__icontains=text) | Q(name__icontains=text))
    if "parent" in values:
        parent = None if values["parent"] == ROOT else values["parent"]
        rows = rows.filter(parent=parent)
    return rows


def in_flight_found(values: Mapping[str, Any]) -> QuerySet[LedgerTransaction]:
    rows = in_flight().prefetch_related("legs__account")
    if "account" in values:
        legs = LedgerLeg.objects.filter(transaction=OuterRef("pk"), account=values["account"])
        rows = rows.filter(Exists(legs))
    if "older_than_seconds" in values:
        now_ns = int(timezone.now().timestamp() * 1e9)
        until_ns = now_ns - values["older_than_seconds"] * 10**9
        rows = rows.filter(tried_at__lte=utc_datetime(until_ns))
    return rows


def refusals_found(values: Mapping[str, Any]) -> QuerySet[Refusal]:
    rows = Refusal.objects.select_related("transaction")
    for name in ("reason", "account", "by"):
        if name in values:
            rows = rows.filter(**{name: values[name]})
    if "since" in values:
        rows = rows.filter(at__gte=utc_datetime(values["since"]))
    return rows


def legs_shown(
    legs: Iterable[Mapping[str, Any]], accounts: Mapping[str, LedgerAccount]
) -> list[dict[str, Any]]:
    """Legs that are kept in minor units, as a refusal or a voucher keeps them."""
    shown = []
    for leg in legs:
        account = accounts[leg["account"]]
        trust = TRUSTS[Direction(account.direction), Side(leg["side"])]
        amount = money_text(leg["amount"], account.currency)
        shown.append(leg_shown(account.pk, leg["side"], amount, trust.value))
    return shown


def _in_flight_shown(row: LedgerTransaction, now: datetime) -> dict[str, Any]:
    assert row.tried_at is not None
    age = now - row.tried_at
    return {
        "id": row.pk,
        "tried_at": row.tried_at,
        "tried_by": row.tried_by,
        "age_seconds": age.total_seconds(),
        "is_aged": age > IN_FLIGHT_MAX,
        "reserves": row.holds,
        "memo": row.memo,
        "legs": [
            leg_shown(
                leg.account_id, leg.side, money_text(leg.amount, leg.account.currency), leg.trust
            )
            for leg in row.legs.all()
        ],
    }


def _refusals_shown(rows: list[Refusal]) -> Iterator[dict[str, Any]]:
    accounts = accounts_by_id(leg["account"] for row in rows for leg in row.legs)
    for row in rows:
        yield {
            "id": row.transaction_id,
            "at": row.at,
            "reason": row.reason,
            "account": row.account,
            "by": row.by,
            "memo": row.transaction.memo,
            "legs": legs_shown(row.legs, accounts),
        }
