"""Problems: what could not become a judged order, as unload has stored it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.api.results import FeedProblemPage
from monitoring.models import ErrorOrder
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page

_FILTERS = {
    "problem": "problem",
    "protocol": "protocol",
    "conn": "conn",
    "account": "account",
    "day": "trading_day",
    "since": "at_ns__gte",
}


class ProblemFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    problem = serializers.CharField(required=False, max_length=20)
    protocol = serializers.CharField(required=False, max_length=20)
    conn = serializers.CharField(required=False, max_length=120)
    account = serializers.CharField(required=False, max_length=40)
    day = serializers.DateField(required=False)
    since = InstantField(required=False)


class ProblemListArguments(ProblemFilters, ListArguments):
    """Filters, and from where in the list."""


def problems_found(values: Mapping[str, Any]) -> QuerySet[ErrorOrder]:
    """Those that fit all filters."""
    filters = {_FILTERS[name]: value for name, value in values.items()}
    return ErrorOrder.objects.filter(**filters)


class ListProblems(Handler):
    """Problems of the feeds and rejects of the exchanges, newest first."""

    arguments = ProblemListArguments
    result = FeedProblemPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        return self.rendered(page(problems_found(self.values), ("-at_ns", "-pk"), cursor))
