"""Contracts, listed."""

from typing import Any

from rest_framework import serializers

from riskgw.reference.models import Contract
from riskgw.web.fields import KnownField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, PageResult, page

_PRICE: dict[str, Any] = {"max_digits": 18, "decimal_places": 5, "normalize_output": True}
_QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "normalize_output": True}
_FILTERS = {"exchange": "exchange_id", "symbol": "symbol"}


class ContractListArguments(ListArguments):
    """Filters; all that are given must hold."""

    exchange = serializers.CharField(required=False, max_length=12)
    symbol = serializers.CharField(required=False, max_length=20)


class ContractResult(serializers.Serializer[Contract]):
    """What can be traded, with the exchange's limits for one order."""

    exchange = serializers.CharField(source="exchange_id")
    symbol = serializers.CharField()
    name = KnownField()
    kind = KnownField()
    board = KnownField()
    tick = serializers.DecimalField(**_PRICE)
    lot = serializers.DecimalField(**_QUANTITY)
    order_quantity_max = serializers.DecimalField(**_QUANTITY)


class ContractPage(PageResult):
    """Contracts by exchange and symbol."""

    results = ContractResult(many=True)


class ListContracts(Handler):
    """Contracts by exchange and symbol."""

    arguments = ContractListArguments
    result = ContractPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        filters = {_FILTERS[name]: value for name, value in self.values.items()}
        contracts = Contract.objects.filter(**filters)
        return self.rendered(page(contracts, ("exchange_id", "symbol"), cursor))
