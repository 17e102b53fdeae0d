"""Alerts: listed, shown, acknowledged, closed."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.actions.acknowledge_alert import acknowledge_alert
from monitoring.actions.close_alert import close_alert
from monitoring.actions.handle_alert import AlertUnknown, AlreadyHandled
from monitoring.api.results import AlertPage, AlertResult, OrderPage, WholeAlertResult
from monitoring.models import Alert
from monitoring.models.choices import AlertStateChoice, LevelChoice
from monitoring.queries import alert_by_number, alerts_listed, orders_behind
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page
from riskgw.web.problems import Problem, not_found

NEWEST_FIRST = ("-time_ns", "pk")
_UNKNOWN = "There is no such alert; one that was just raised is stored within about a second."
_ID_SIZE_MAX, _COMMENT_SIZE_MAX = 60, 2000
# What a filter's argument is called in the database.
_FILTERS = {
    "state": "state",
    "level": "level",
    "rule": "rule_version__rule__code",
    "account": "key__account",
    "day": "trading_day",
    "since": "time_ns__gte",
}


class AlertFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    state = serializers.ChoiceField(AlertStateChoice.choices, required=False)
    level = serializers.ChoiceField(LevelChoice.choices, required=False)
    rule = serializers.CharField(required=False, max_length=30)
    account = serializers.CharField(required=False, max_length=40)
    day = serializers.DateField(required=False)
    since = InstantField(required=False)


class AlertListArguments(AlertFilters, ListArguments):
    """Filters, and from where in the list."""


class AlertArguments(serializers.Serializer[Any]):
    """Which alert."""

    id = serializers.CharField(max_length=_ID_SIZE_MAX)


class AlertOrdersArguments(AlertArguments, ListArguments):
    """Which alert, and from where in the list."""


class AcknowledgeArguments(AlertArguments):
    """Which alert, and what there is to say."""

    comment = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=_COMMENT_SIZE_MAX
    )


class CloseArguments(AlertArguments):
    """Which alert, and the reason."""

    comment = serializers.CharField(max_length=_COMMENT_SIZE_MAX)


def alerts_found(values: Mapping[str, Any]) -> QuerySet[Alert]:
    """Those that fit all filters."""
    filters = {_FILTERS[name]: value for name, value in values.items()}
    return alerts_listed().filter(**filters)


class ListAlerts(Handler):
    """Alerts, newest first."""

    arguments = AlertListArguments
    result = AlertPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        return self.rendered(page(alerts_found(self.values), NEWEST_FIRST, cursor))


class ShowAlert(Handler):
    """One alert with all order references that are kept."""

    arguments = AlertArguments
    result = WholeAlertResult

    def answer(self) -> Answer:
        return self.rendered(_found(self.values["id"]))


class ListAlertOrders(Handler):
    """The orders behind an alert, newest first."""

    arguments = AlertOrdersArguments
    result = OrderPage

    def answer(self) -> Answer:
        orders = orders_behind(_found(self.values["id"]))
        return self.rendered(page(orders, ("-time_ns", "-pk"), self.values.get("cursor")))


class AcknowledgeAlert(Handler):
    """Say that somebody looks after an alert."""

    arguments = AcknowledgeArguments
    result = AlertResult

    def answer(self) -> Answer:
        return self.rendered(_handled(acknowledge_alert, self))


class CloseAlert(Handler):
    """Close an alert, with the reason."""

    arguments = CloseArguments
    result = AlertResult

    def answer(self) -> Answer:
        return self.rendered(_handled(close_alert, self))


def _found(number: str) -> Alert:
    alert = alert_by_number(number)
    if alert is None:
        raise not_found(_UNKNOWN)
    return alert


def _handled(action: Callable[..., Alert], handler: Handler) -> Alert:
    try:
        return action(handler.values["id"], handler.user, handler.values["comment"])
    except AlertUnknown:
        raise not_found(_UNKNOWN) from None
    except AlreadyHandled:
        detail = "Somebody else has been there first."
        raise Problem(HTTPStatus.CONFLICT, "already_handled", detail) from None
