"""Orders: the business events that unload has stored."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.api.results import OrderPage
from monitoring.models import OrderRecord
from monitoring.models.choices import EventChoice
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page

_FILTERS = {
    "account": "account",
    "symbol": "symbol",
    "event": "event",
    "exchange": "exchange",
    "ref": "order_ref",
    "counter": "counter",
    "access_system": "access_system",
    "day": "trading_day",
    "since": "time_ns__gte",
}


class OrderFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    account = serializers.CharField(required=False, max_length=40)
    symbol = serializers.CharField(required=False, max_length=40)
    event = serializers.ChoiceField(EventChoice.choices, required=False)
    exchange = serializers.CharField(required=False, max_length=12)
    ref = serializers.CharField(required=False, max_length=80)
    counter = serializers.CharField(required=False, max_length=40)
    access_system = serializers.CharField(required=False, max_length=40)
    day = serializers.DateField(required=False)
    since = InstantField(required=False)


class OrderListArguments(OrderFilters, ListArguments):
    """Filters, and from where in the list."""


def orders_found(values: Mapping[str, Any]) -> QuerySet[OrderRecord]:
    """Those that fit all filters."""
    filters = {_FILTERS[name]: value for name, value in values.items()}
    return OrderRecord.objects.filter(**filters)


class ListOrders(Handler):
    """Business events, newest first."""

    arguments = OrderListArguments
    result = OrderPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        return self.rendered(page(orders_found(self.values), ("-time_ns", "-pk"), cursor))
