"""How a party looks to programs while orders come: docs/protocols/live.md."""

from typing import Any

from rest_framework import serializers

from monitoring.api.restrictions import RestrictionResult
from monitoring.domain.live_view import AccountView, FundsSeen, HeldPosition, StandingOrder
from monitoring.live_party import AccountSeen, PartySeen
from monitoring.live_queries import KINDS, Stored
from riskgw.kernel.decimals import MONEY_DIGITS, PERCENT_DIGITS, PRICE_DIGITS, QUANTITY_DIGITS
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Offset, Side
from riskgw.messages.event import decimal_or_none
from riskgw.messages.restriction import Act, TradingState, restriction_line, trading_state
from riskgw.web.lists import PageResult

RESTRICTIONS_MAX = 100
POSITIONS_MAX = 500
PENDING = ("replica_not_fed", "replica_too_old")
_LONG, _SHORT = "long", "short"


class FundsResult(serializers.Serializer[Any]):
    """Money as the counter told it; decimal text, null where it did not say."""

    available = serializers.CharField(allow_null=True)
    equity = serializers.CharField(allow_null=True)
    margin = serializers.CharField(allow_null=True)
    risk_percent = serializers.CharField(allow_null=True)


class SeenAccountResult(serializers.Serializer[Any]):
    """An account at a counter. `trading` and `stopped` are null while restrictions are unknown;
    `funds` and `positions_known` say what no counter has told.
    """

    exchange = serializers.CharField()
    account = serializers.CharField()
    counter = serializers.CharField(allow_null=True)
    customer = serializers.CharField(allow_null=True)
    group = serializers.CharField(allow_null=True)
    trading = serializers.ChoiceField([str(each) for each in TradingState], allow_null=True)
    stopped = serializers.ListField(
        child=serializers.ChoiceField([str(each) for each in Act]), allow_null=True
    )
    positions_known = serializers.BooleanField(allow_null=True)
    funds = FundsResult(allow_null=True)
    live_orders = serializers.IntegerField(allow_null=True)


class PositionResult(serializers.Serializer[Any]):
    """One side of a contract. Where nobody told what was held, `quantity` is null and `change` is
    what today's trades did to it.
    """

    exchange = serializers.CharField()
    account = serializers.CharField()
    counter = serializers.CharField(allow_null=True)
    symbol = serializers.CharField()
    side = serializers.ChoiceField((_LONG, _SHORT))
    quantity = serializers.CharField(allow_null=True)
    change = serializers.CharField(allow_null=True)
    sellable = serializers.CharField(allow_null=True)
    last = serializers.CharField(allow_null=True)
    is_stale = serializers.BooleanField()


class StandingOrderResult(serializers.Serializer[Any]):
    """A live order; `id` is that of GET orders, null until it is stored, about a second."""

    id = serializers.CharField(allow_null=True)
    time_ns = serializers.IntegerField()
    age_ms = serializers.IntegerField()
    exchange = serializers.CharField()
    account = serializers.CharField()
    counter = serializers.CharField(allow_null=True)
    symbol = serializers.CharField(allow_null=True)
    side = serializers.ChoiceField([str(each) for each in Side], allow_null=True)
    offset = serializers.ChoiceField([str(each) for each in Offset], allow_null=True)
    price = serializers.CharField(allow_null=True)
    quantity = serializers.CharField(allow_null=True)
    live = serializers.CharField()
    origin = serializers.CharField(allow_null=True)
    order_ref = serializers.CharField()


class StandingOrderPage(PageResult):
    """Live orders, newest first; `total` of all accounts."""

    results = StandingOrderResult(many=True)
    total = serializers.IntegerField()


class PartyResult(serializers.Serializer[Any]):
    """A party. While `pending` says why, nothing live is known here: accounts only.

    `restrictions` are null while they are not known.
    """

    kind = serializers.ChoiceField(KINDS)
    id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    as_of_ns = serializers.IntegerField()
    pending = serializers.ChoiceField(PENDING, allow_null=True)
    accounts = SeenAccountResult(many=True)
    accounts_total = serializers.IntegerField()
    positions = PositionResult(many=True)
    positions_total = serializers.IntegerField()
    orders = StandingOrderPage()
    restrictions = RestrictionResult(many=True, allow_null=True)


class SuggestionResult(serializers.Serializer[Any]):
    """A party that fits, and how many accounts it has."""

    kind = serializers.ChoiceField(KINDS)
    id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    accounts = serializers.IntegerField()


class SuggestionPage(PageResult):
    """At most twenty."""

    results = SuggestionResult(many=True)


def account_json(seen: AccountSeen) -> dict[str, Any]:
    row, view = seen.row, seen.view
    return {
        "exchange": row.exchange_id,
        "account": row.code,
        "counter": seen.counter or None,
        "customer": row.customer.code if row.customer else None,
        "group": row.group.code if row.group else None,
        "trading": None if seen.stopped is None else str(trading_state(seen.stopped)),
        "stopped": None if seen.stopped is None else [str(act) for act in seen.stopped],
        "positions_known": view.positions_known if view else None,
        "funds": _funds(view),
        "live_orders": view.orders_total if view else None,
    }


def _funds(view: AccountView | None) -> dict[str, str | None] | None:
    funds: FundsSeen | None = view.funds if view else None
    if funds is None:
        return None
    return {
        "available": decimal_or_none(funds.available, MONEY_DIGITS),
        "equity": decimal_or_none(funds.equity, MONEY_DIGITS),
        "margin": decimal_or_none(funds.margin, MONEY_DIGITS),
        "risk_percent": decimal_or_none(funds.risk_percent, PERCENT_DIGITS),
    }


def position_json(position: HeldPosition, counter: str) -> dict[str, Any]:
    return {
        "exchange": position.exchange,
        "account": position.account,
        "counter": counter or None,
        "symbol": position.contract.partition(":")[2],
        "side": _SHORT if position.is_short else _LONG,
        "quantity": decimal_or_none(position.quantity, QUANTITY_DIGITS),
        "change": decimal_or_none(position.change, QUANTITY_DIGITS),
        "sellable": decimal_or_none(position.sellable, QUANTITY_DIGITS),
        "last": decimal_or_none(position.last, PRICE_DIGITS),
        "is_stale": position.is_stale,
    }


def order_json(
    order: StandingOrder, stored: Stored | None, counter: str, as_of_ns: int
) -> dict[str, Any]:
    """The counter it came by, where that is stored, else the account's."""
    return {
        "id": stored.number if stored else None,
        "time_ns": order.time_ns,
        "age_ms": max(0, as_of_ns - order.time_ns) // NS_PER_MS,
        "exchange": order.exchange,
        "account": order.account,
        "counter": (stored.counter if stored else "") or counter or None,
        "symbol": order.contract.partition(":")[2] if order.contract else None,
        "side": order.side,
        "offset": order.offset,
        "price": decimal_or_none(order.price, PRICE_DIGITS),
        "quantity": decimal_or_none(order.quantity, QUANTITY_DIGITS),
        "live": decimal_or_none(order.live, QUANTITY_DIGITS),
        "origin": order.origin or None,
        "order_ref": order.order_ref,
    }


def restrictions_json(seen: PartySeen) -> list[dict[str, Any]] | None:
    """The newest of them."""
    if seen.restrictions is None:
        return None
    return [restriction_line(each) for each in seen.restrictions[:RESTRICTIONS_MAX]]
