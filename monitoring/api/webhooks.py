"""Webhook deliveries: listed, and dead letters sent again."""

from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from monitoring.actions.resend_webhook import resend_webhooks
from monitoring.api.life_results import WebhookDeliveryPage, WebhookDeliveryResult
from monitoring.models import WebhookDelivery
from monitoring.models.webhook import TopicChoice
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page
from riskgw.web.problems import Problem, not_found

_FILTERS = {"state": "state", "topic": "topic", "endpoint": "endpoint__name"}


class DeliveryListArguments(ListArguments):
    """Filters, all of which must hold, and from where in the list."""

    state = serializers.ChoiceField(WebhookDelivery.State.choices, required=False)
    topic = serializers.ChoiceField(TopicChoice.choices, required=False)
    endpoint = serializers.CharField(required=False, max_length=40)


class DeliveryArguments(serializers.Serializer[Any]):
    """Which delivery."""

    id = serializers.UUIDField()


class ListWebhookDeliveries(Handler):
    """Webhook deliveries, newest first."""

    arguments = DeliveryListArguments
    result = WebhookDeliveryPage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        filters = {_FILTERS[name]: value for name, value in self.values.items()}
        found = WebhookDelivery.objects.select_related("endpoint").filter(**filters)
        return self.rendered(page(found, ("-pk",), cursor))


class ResendWebhook(Handler):
    """Send a dead letter again; 409 for one that waits or was delivered."""

    arguments = DeliveryArguments
    result = WebhookDeliveryResult

    def answer(self) -> Answer:
        found = WebhookDelivery.objects.select_related("endpoint").filter(uid=self.values["id"])
        row = found.first()
        if row is None:
            raise not_found("There is no such delivery.")
        if not resend_webhooks([row.pk]):
            detail = "Only a dead letter is sent again."
            raise Problem(HTTPStatus.CONFLICT, "not_dead", detail)
        row.refresh_from_db()
        return self.rendered(row)
