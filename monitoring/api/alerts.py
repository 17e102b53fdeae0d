"""Alerts: listed and shown. What one does with them: `alert_gestures`."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.api.results import AlertPage, OrderPage, WholeAlertResult
from monitoring.live_queries import CUSTOMER, GROUP, alerts_of
from monitoring.models import Alert
from monitoring.models.choices import AlertStateChoice, LevelChoice
from monitoring.queries import alert_by_number, alerts_listed, orders_behind
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page
from riskgw.web.problems import not_found

NEWEST_FIRST = ("-time_ns", "pk")
UNKNOWN = "There is no such alert; one that was just raised is stored within about a second."
_ID_SIZE_MAX = 60
_UNOWNED = "-"
# What a filter's argument is called in the database.
_FILTERS = {
    "state": "state",
    "level": "level",
    "rule": "rule_version__rule__code",
    "account": "key__account",
    "contract": "key__contract",
    "category": "rule_version__spec__category",
    "episode": "episode_id",
    "newest": "is_newest",
    "day": "trading_day",
    "since": "time_ns__gte",
}


SHADOWS = ("exclude", "include", "only")


class AlertFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    state = serializers.ChoiceField(AlertStateChoice.choices, required=False)
    level = serializers.ChoiceField(LevelChoice.choices, required=False)
    rule = serializers.CharField(required=False, max_length=30)
    category = serializers.CharField(required=False, max_length=30)
    account = serializers.CharField(required=False, max_length=40)
    customer = serializers.CharField(
        required=False, max_length=40, help_text="Its own alerts, and those of its accounts."
    )
    group = serializers.CharField(
        required=False, max_length=40, help_text="Its own alerts, and those of its accounts."
    )
    contract = serializers.CharField(required=False, max_length=60)
    owner = serializers.CharField(
        required=False, max_length=150, help_text="A user name; - for what nobody owns."
    )
    episode = serializers.CharField(required=False, max_length=280)
    newest = serializers.BooleanField(
        required=False, help_text="true: of each episode only the highest alert."
    )
    silenced = serializers.BooleanField(required=False)
    shadow = serializers.ChoiceField(
        SHADOWS, required=False, help_text="Alerts of rules on trial; excluded if not given."
    )
    day = serializers.DateField(required=False)
    since = InstantField(required=False)


class AlertListArguments(AlertFilters, ListArguments):
    """Filters, and from where in the list."""


class AlertArguments(serializers.Serializer[Any]):
    """Which alert."""

    id = serializers.CharField(max_length=_ID_SIZE_MAX)


class AlertOrdersArguments(AlertArguments, ListArguments):
    """Which alert, and from where in the list."""


def alerts_found(values: Mapping[str, Any]) -> QuerySet[Alert]:
    """Those that fit all filters."""
    found = alerts_listed().filter(
        **{_FILTERS[name]: value for name, value in values.items() if name in _FILTERS}
    )
    for kind in (CUSTOMER, GROUP):
        if kind in values:
            found = found.filter(alerts_of(kind, values[kind]))
    shadow = values.get("shadow", "exclude")
    if shadow != "include":
        found = found.filter(shadow=shadow == "only")
    if "silenced" in values:
        found = found.filter(silence__isnull=not values["silenced"])
    if owner := values.get("owner"):
        is_unowned = owner == _UNOWNED
        found = found.filter(**({"owner": None} if is_unowned else {"owner__username": owner}))
    return found


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
        return self.rendered(alert_found(self.values["id"]))


class ListAlertOrders(Handler):
    """The orders behind an alert, newest first."""

    arguments = AlertOrdersArguments
    result = OrderPage

    def answer(self) -> Answer:
        orders = orders_behind(alert_found(self.values["id"]))
        return self.rendered(page(orders, ("-time_ns", "-pk"), self.values.get("cursor")))


def alert_found(number: str) -> Alert:
    """One that is stored."""
    alert = alert_by_number(number)
    if alert is None:
        raise not_found(UNKNOWN)
    return alert
