"""What counters send of their own accord: orders, executions, quotes, positions, funds."""

from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.actions.take_feed import Batch, take_feed
from monitoring.feed_gate import Contended, GateFull
from monitoring.market_time import market_ns
from riskgw.bus.connection import Unreachable
from riskgw.kernel.words import Offset, OrderType, Side, TimeInForce
from riskgw.messages.counter_feed import EVENTS, ITEMS_MAX, FeedKind, ItemFault
from riskgw.reference.api_keys import counters_of
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import Problem

_SOURCE = r"^[A-Za-z0-9._-]{1,40}$"


class _Sent(serializers.Serializer[Any]):
    """What all items have; `source_id` makes an item known again."""

    source_id = serializers.CharField(max_length=80)
    exchange = serializers.CharField(max_length=12)
    account = serializers.CharField(max_length=40)


class _SentEvent(_Sent):
    """Numbers are decimal text, times nanoseconds since 1970 (UTC)."""

    time_ns = serializers.IntegerField(required=False, help_text="without it, now")
    symbol = serializers.CharField(required=False)
    side = serializers.ChoiceField([str(each) for each in Side], required=False)
    offset = serializers.ChoiceField([str(each) for each in Offset], required=False)
    price = serializers.CharField(required=False)
    quantity = serializers.CharField(required=False)
    order_ref = serializers.CharField(required=False)
    cancel_of = serializers.CharField(required=False)
    origin = serializers.CharField(required=False, help_text="PBU or database of the order_ref")
    order_type = serializers.ChoiceField([str(each) for each in OrderType], required=False)
    tif = serializers.ChoiceField([str(each) for each in TimeInForce], required=False)


class SentOrder(_SentEvent):
    """An order, or a cancel."""

    event = serializers.ChoiceField(EVENTS[FeedKind.ORDERS], required=False)


class SentExecution(_SentEvent):
    """A report of the exchange."""

    event = serializers.ChoiceField(EVENTS[FeedKind.EXECUTIONS], required=False)
    exec_ref = serializers.CharField(required=False)


class SentQuote(_SentEvent):
    """A quote, or the end of one."""

    event = serializers.ChoiceField(EVENTS[FeedKind.QUOTES], required=False)
    fields = serializers.DictField(  # type: ignore[assignment]  # a field like any other
        child=serializers.CharField(), required=False, help_text="bid, bid_size, ask, ask_size, …"
    )


class SentQuoteRequest(_SentEvent):
    """A request for a quote."""

    event = serializers.ChoiceField(EVENTS[FeedKind.QUOTE_REQUESTS], required=False)


class SentPosition(_Sent):
    """What an account holds in a contract."""

    symbol = serializers.CharField()
    quantity = serializers.CharField()
    sellable = serializers.CharField(required=False)
    side = serializers.ChoiceField(["long", "short"], required=False)


class SentFunds(_Sent):
    """An account's money; without an exchange that of all."""

    exchange = serializers.CharField(required=False, max_length=12)
    available = serializers.CharField(required=False)
    equity = serializers.CharField(required=False)
    margin = serializers.CharField(required=False)
    frozen = serializers.CharField(required=False)
    deposits = serializers.CharField(required=False, help_text="paid in today")
    withdrawals = serializers.CharField(required=False, help_text="paid out today")
    realized_pnl = serializers.CharField(required=False)
    unrealized_pnl = serializers.CharField(required=False)
    fees = serializers.CharField(required=False)


class _ItemsField(serializers.Field[Any, Any, Any, Any]):
    """Items as they were sent: what is wrong with one is said beside its number."""

    default_error_messages = {"list": "A list of items.", "many": f"At most {ITEMS_MAX} items."}

    def to_internal_value(self, data: Any) -> list[object]:
        if not isinstance(data, list):
            self.fail("list")
        if len(data) > ITEMS_MAX:
            self.fail("many")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class FeedErrorResult(serializers.Serializer[Any]):
    """What is wrong with which item."""

    index = serializers.IntegerField()
    field = serializers.CharField()
    code = serializers.ChoiceField([str(each) for each in ItemFault])


class FeedResult(serializers.Serializer[Any]):
    """How many items were new, how many known, and what is wrong with the others."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    errors = serializers.ListField(child=FeedErrorResult())  # type: ignore[assignment]  # a field like any other


def _arguments(item: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The body of a feed of such items."""
    items = extend_schema_field(item(many=True))(type("ItemsField", (_ItemsField,), {}))
    fields = {"source": serializers.RegexField(_SOURCE), "items": items()}
    name = f"{item.__name__}Batch"
    text = "A batch; the same source and source_id again is a duplicate."
    return type(name, (serializers.Serializer,), {"__doc__": text, **fields})


class _FeedHandler(Handler):
    result = FeedResult
    feed: ClassVar[FeedKind]

    def answer(self) -> Answer:
        values = self.values
        counters = counters_of(self.user)
        counter = next(iter(counters)) if counters and len(counters) == 1 else None
        batch = Batch(
            self.feed, self.user.get_username(), values["source"], counter, values["items"],
            market_ns(),
        )  # fmt: skip
        try:
            return self.rendered(take_feed(batch))
        except (*Unreachable, GateFull, Contended) as error:
            detail = f"Send the batch again: {error}"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_taken", detail) from None


class FeedOrders(_FeedHandler):
    """Orders and cancels of a counter; each item counts once."""

    feed = FeedKind.ORDERS
    arguments = _arguments(SentOrder)


class FeedExecutions(_FeedHandler):
    """Fills and other reports; each item counts once."""

    feed = FeedKind.EXECUTIONS
    arguments = _arguments(SentExecution)


class FeedQuotes(_FeedHandler):
    """Quotes and their ends; each item counts once."""

    feed = FeedKind.QUOTES
    arguments = _arguments(SentQuote)


class FeedQuoteRequests(_FeedHandler):
    """Requests for quotes; each item counts once."""

    feed = FeedKind.QUOTE_REQUESTS
    arguments = _arguments(SentQuoteRequest)


class FeedPositions(_FeedHandler):
    """What accounts hold, from the next order on."""

    feed = FeedKind.POSITIONS
    arguments = _arguments(SentPosition)


class FeedFunds(_FeedHandler):
    """What accounts have, from the next order on."""

    feed = FeedKind.FUNDS
    arguments = _arguments(SentFunds)
