"""Headroom: what is left before each rule's levels."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from monitoring.asking import Place, Unanswered, ask, ask_all
from monitoring.domain.exchange_fee import with_fee
from monitoring.domain.headroom import still_at, with_reset
from monitoring.live_queries import KINDS, accounts_of
from monitoring.market_time import market_ns
from monitoring.rule_queries import exchange_fees
from riskgw.messages.restriction import Restriction
from riskgw.reference.api_keys import counters_of
from riskgw.reference.models import Account
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import Problem, not_found

__all__ = ["ShowHeadroom", "Unanswered", "cause_of"]


# Of one customer or group; each is a question to a shard.
ACCOUNTS_MAX = 20


class HeadroomArguments(serializers.Serializer[Any]):
    """Of which account, customer or control group: one of them, at most 20 of its accounts.

    Where rules look at contracts, in which (600000, or SSE:600000).
    """

    account = serializers.CharField(required=False, max_length=40)
    customer = serializers.CharField(required=False, max_length=40)
    group = serializers.CharField(required=False, max_length=40)
    symbol = serializers.CharField(required=False, default="", max_length=40)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(kind in attrs for kind in KINDS) != 1:
            raise serializers.ValidationError(
                {"account": "One of account, customer and group."}, "one_of"
            )
        return attrs


class HeadroomResult(serializers.Serializer[Any]):
    """A rule's value beside its levels, under a key; `left` before the next level.

    `fee` is what the exchange asks for the information volume so far, in CNY, where that is known.
    """

    rule = serializers.CharField()
    indicator = serializers.CharField()
    unit = serializers.CharField()
    key = serializers.DictField(child=serializers.CharField())
    value = serializers.JSONField(allow_null=True)
    warn = serializers.JSONField(allow_null=True)
    restrict = serializers.JSONField(allow_null=True)
    limit = serializers.JSONField(allow_null=True)
    left = serializers.JSONField(allow_null=True)
    resets_at = serializers.CharField(allow_null=True)
    fee = serializers.CharField(required=False)
    fee_group = serializers.CharField(required=False)


class ShowHeadroom(Handler):
    """What somebody has left before each rule's levels, from the shards' own state."""

    arguments = HeadroomArguments
    result = HeadroomResult
    is_list = True

    def answer(self) -> Answer:
        exchange, _, symbol = self.values["symbol"].rpartition(":")
        (kind,) = (each for each in KINDS if each in self.values)
        found = accounts_of(kind, self.values[kind], counters_of(self.user))
        if exchange:
            found = found.filter(exchange_id=exchange)
        places = [_place(account, symbol) for account in found[:ACCOUNTS_MAX]]
        if not places:
            raise not_found(f"There is no such {kind}.")
        return self.rendered(_rows(places))


def cause_of(restriction: Restriction) -> list[dict[str, Any]]:
    """The figures that keep the restriction's rule at or above its level; Unanswered."""
    scope = restriction.scope
    accounts = Account.objects.select_related("group")
    for name in ("group", "customer", "counter"):
        if name in scope:
            accounts = accounts.filter(**{f"{name}__code": scope[name]})
    if "account" in scope:
        accounts = accounts.filter(code=scope["account"])
    exchange, _, symbol = scope.get("contract", "").rpartition(":")
    if exchange:
        accounts = accounts.filter(exchange_id=exchange)
    account = accounts.first()
    if account is None:
        raise Unanswered(restriction.id)
    _, rows = ask(_place(account, symbol), market_ns())
    return still_at(rows, restriction.rule, restriction.level)


def _rows(places: Sequence[Place]) -> list[dict[str, Any]]:
    """A figure of a whole group comes with each of its accounts, and is said once."""
    try:
        answers = ask_all(places, market_ns())
    except Unanswered:
        detail = "No shard has answered in time."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unreachable", detail) from None
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for as_of_ns, left in answers:
        for row in with_fee(left, exchange_fees()):
            key = row["rule"], row["indicator"], *sorted(row["key"].items())
            rows.setdefault(key, with_reset(row, as_of_ns))
    return list(rows.values())


def _place(account: Account, symbol: str) -> Place:
    """An account without a group is a group of its own."""
    group = account.group.code if account.group else account.code
    return Place(account.exchange_id, account.code, group, symbol)
