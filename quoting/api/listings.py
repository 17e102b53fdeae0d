"""What has happened, as lists by cursor, the newest first; prices in ticks."""

from typing import Any

from rest_framework import serializers

from quoting.api.engine import PAIR_MAX
from quoting.models import Deal, DeskAction, Pair
from quoting.models.choices import ActChoice, SideChoice, reason_text
from quoting.queries import pair_rows
from riskgw.web.fields import KnownField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, Page, PageResult, page
from riskgw.web.problems import not_found

NEWEST_FIRST = ("-id",)


class DealFilters(ListArguments):
    """Filters; all that are given must hold."""

    pair = serializers.CharField(required=False, max_length=PAIR_MAX)
    is_accepted = serializers.BooleanField(required=False)


class ActionFilters(ListArguments):
    """Filters; all that are given must hold."""

    pair = serializers.CharField(required=False, max_length=PAIR_MAX)
    by = serializers.CharField(required=False, max_length=150)
    act = serializers.ChoiceField(ActChoice.values, required=False)


class DealResult(serializers.Serializer[Any]):
    """The last look at a request to deal; prices are ticks of 10 to the power of -`decimals`."""

    id = serializers.IntegerField()
    at_ns = serializers.IntegerField()
    pair = serializers.CharField()
    decimals = serializers.IntegerField(allow_null=True)
    deal = serializers.CharField()
    party = KnownField()
    side = serializers.ChoiceField(SideChoice.values)
    size = serializers.IntegerField()
    price = serializers.IntegerField()
    is_accepted = serializers.BooleanField()
    reason = KnownField()
    text = serializers.CharField()
    requested_ns = serializers.IntegerField()
    price_at_request = serializers.IntegerField(allow_null=True)
    price_at_decision = serializers.IntegerField(allow_null=True)
    tolerance = serializers.IntegerField()
    by = KnownField()


class DealPage(PageResult):
    """Newest first."""

    results = DealResult(many=True)


class ActionResult(serializers.Serializer[Any]):
    """What somebody did at the desk; without a name, what the book did by itself."""

    id = serializers.IntegerField()
    at_ns = serializers.IntegerField()
    pair = KnownField()
    by = KnownField()
    act = serializers.ChoiceField(ActChoice.values)
    side = KnownField()
    level = serializers.IntegerField(allow_null=True)
    value = serializers.IntegerField(allow_null=True)
    bound = serializers.IntegerField(allow_null=True)
    text = KnownField()
    is_refused = serializers.BooleanField()
    reason = KnownField()


class ActionPage(PageResult):
    """Newest first."""

    results = ActionResult(many=True)


class ListDeals(Handler):
    """Requests to deal and how they were decided, newest first."""

    arguments = DealFilters
    result = DealPage

    def answer(self) -> Answer:
        filters = {
            name: self.values[name] for name in ("pair", "is_accepted") if name in self.values
        }
        found = page(Deal.objects.filter(**filters), NEWEST_FIRST, self.values.get("cursor"))
        names = {row.pair for row in found.results}
        decimals = dict(Pair.objects.filter(name__in=names).values_list("name", "decimals"))
        for row in found.results:
            row.decimals = decimals.get(row.pair)
            row.text = reason_text(row.reason) if row.reason else ""
        return self.rendered(found)


class ListActions(Handler):
    """What was done at the desk, newest first."""

    arguments = ActionFilters
    result = ActionPage

    def answer(self) -> Answer:
        filters = {name: self.values[name] for name in ("pair", "by", "act") if name in self.values}
        found = page(DeskAction.objects.filter(**filters), NEWEST_FIRST, self.values.get("cursor"))
        return self.rendered(Page(found.next, found.results))


def known_pair(name: str) -> Pair:
    """The pair with all its rows, or the problem that there is none."""
    row = pair_rows().filter(name=name).first()
    if row is None:
        raise not_found(reason_text("unknown_pair"))
    return row
