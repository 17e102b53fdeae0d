"""Orders: the business events that unload has stored."""

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
    "day": "trading_day",
    "since": "time_ns__gte",
}


class OrderListArguments(ListArguments):
    """Filters; all that are given must hold."""

    account = serializers.CharField(required=False, max_length=40)
    symbol = serializers.CharField(required=False, max_length=40)
    event = serializers.ChoiceField(EventChoice.choices, required=False)
    day = serializers.DateField(required=False)
    since = InstantField(required=False)


class ListOrders(Handler):
    """Business events, newest first."""

    arguments = OrderListArguments
    result = OrderPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        filters = {_FILTERS[name]: value for name, value in self.values.items()}
        return self.rendered(
            page(OrderRecord.objects.filter(**filters), ("-time_ns", "-pk"), cursor)
        )
