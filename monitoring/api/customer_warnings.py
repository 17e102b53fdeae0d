"""Customer warnings: listed, shown, acknowledged by the counter."""

from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from monitoring.actions.acknowledge_warning import (
    AlreadyAcknowledged,
    WarningUnknown,
    acknowledge_warning,
)
from monitoring.api.life_results import WarningPage, WarningResult
from monitoring.models import CustomerWarning
from monitoring.models.choices import LevelChoice
from riskgw.kernel.times import utc_datetime
from riskgw.reference.api_keys import counters_of
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page
from riskgw.web.problems import Problem, not_found

_UNKNOWN = "There is no such customer warning."
_STATES = ("open", "acknowledged")


class WarningListArguments(ListArguments):
    """Filters, all of which must hold, and from where in the list."""

    state = serializers.ChoiceField(_STATES, required=False)
    level = serializers.ChoiceField(LevelChoice.choices, required=False)
    rule = serializers.CharField(required=False, max_length=30)
    account = serializers.CharField(required=False, max_length=40)
    counter = serializers.CharField(required=False, max_length=40)
    since = InstantField(required=False)


class WarningArguments(serializers.Serializer[Any]):
    """Which warning."""

    id = serializers.IntegerField()


class AcknowledgeWarningArguments(WarningArguments):
    """Which warning, and what there is to say."""

    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class ListWarnings(Handler):
    """Customer warnings, newest first."""

    arguments = WarningListArguments
    result = WarningPage

    def answer(self) -> Answer:
        found = _found(self)
        values = self.values
        if state := values.get("state"):
            found = found.filter(acknowledged_at__isnull=state == "open")
        for name, column in (("level", "level"), ("rule", "alert__rule_version__rule__code")):
            if name in values:
                found = found.filter(**{column: values[name]})
        for name, column in (("account", "accounts"), ("counter", "counters")):
            if name in values:
                found = _holding(found, column, values[name])
        if "since" in values:
            found = found.filter(created_at__gte=utc_datetime(values["since"]))
        return self.rendered(page(found, ("-pk",), values.get("cursor")))


class ShowWarning(Handler):
    """One customer warning."""

    arguments = WarningArguments
    result = WarningResult

    def answer(self) -> Answer:
        return self.rendered(_one(self))


class AcknowledgeWarning(Handler):
    """The counter says that it has the warning and has shown it; 409 if it was said before."""

    arguments = AcknowledgeWarningArguments
    result = WarningResult

    def answer(self) -> Answer:
        _one(self)
        try:
            warning = acknowledge_warning(self.values["id"], self.user, self.values["comment"])
        except WarningUnknown:
            raise not_found(_UNKNOWN) from None
        except AlreadyAcknowledged:
            detail = "This warning was acknowledged before."
            raise Problem(HTTPStatus.CONFLICT, "already_acknowledged", detail) from None
        return self.rendered(warning)


def _one(handler: Handler) -> CustomerWarning:
    """A counter learns of no other's."""
    warning = _found(handler).filter(pk=handler.values["id"]).first()
    own = counters_of(handler.user)
    if warning is None or not (own is None or own & {*warning.counters}):
        raise not_found(_UNKNOWN)
    return warning


def _found(handler: Handler) -> QuerySet[CustomerWarning]:
    """Those of the counters whose key was shown; people see all."""
    found = CustomerWarning.objects.select_related("alert__rule_version__rule", "acknowledged_by")
    own = counters_of(handler.user)
    if own is None:
        return found
    is_own = Q(pk__in=[])
    for counter in own:
        is_own |= Q(counters__icontains=f'"{counter}"')
    return found.filter(is_own)


def _holding(
    found: QuerySet[CustomerWarning], column: str, value: str
) -> QuerySet[CustomerWarning]:
    """Rows whose list names it. Codes have no quotes, so the text of the JSON tells."""
    return found.filter(**{f"{column}__icontains": f'"{value}"'})
