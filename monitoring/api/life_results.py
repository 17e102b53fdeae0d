"""How notes, silences, deliveries and warnings look to programs: docs/protocols/live.md."""

from typing import Any

from rest_framework import serializers

from monitoring.actions.announce_silences import silence_json
from monitoring.actions.warn_customers import warning_json
from monitoring.api.results import TextsResult
from monitoring.domain.silence import MATCHED, SilenceState
from monitoring.models import AlertNote, CustomerWarning, Notification, Silence, WebhookDelivery
from monitoring.models.choices import LevelChoice
from monitoring.models.webhook import TopicChoice
from riskgw.web.fields import KnownField
from riskgw.web.lists import PageResult


class NoteResult(serializers.Serializer[Any]):
    """One gesture or comment."""

    at = serializers.DateTimeField()
    author = serializers.CharField(source="author.username")
    gesture = serializers.ChoiceField(AlertNote.Gesture.choices)
    text = serializers.CharField()
    owner = KnownField()


class NotePage(PageResult):
    """Notes, the oldest first."""

    results = NoteResult(many=True)


class OwnerResult(serializers.Serializer[Any]):
    """Somebody who may handle alerts."""

    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")


class OwnerPage(PageResult):
    """All of them."""

    results = OwnerResult(many=True)


class AttemptResult(serializers.Serializer[Any]):
    """When it was tried, and what came of it."""

    at = serializers.CharField()
    result = serializers.CharField()


class NotificationResult(serializers.Serializer[Any]):
    """A message to a channel; `grouped` is how many went out as one."""

    id = serializers.IntegerField()
    channel = serializers.CharField(source="channel.name")
    kind = serializers.ChoiceField(Notification.Kind.choices)
    address = KnownField()
    state = serializers.ChoiceField(Notification.State.choices)
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    log = AttemptResult(many=True)
    grouped = serializers.IntegerField()


class EscalationResult(serializers.Serializer[Any]):
    """A step that was taken."""

    step = serializers.CharField(source="step.name")
    at = serializers.DateTimeField()


class MatchersResult(serializers.Serializer[Any]):
    """What a silence is about; only what is given."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: serializers.CharField(required=False) for name in MATCHED}


class SilenceResult(serializers.Serializer[Any]):
    """A silence; `alerts` it has silenced, and how many of those are still open."""

    id = serializers.IntegerField()
    matchers = MatchersResult()
    reason = serializers.CharField()
    owner = serializers.CharField()
    starts_ns = serializers.IntegerField()
    ends_ns = serializers.IntegerField()
    state = serializers.ChoiceField([(each.value, each.value) for each in SilenceState])
    mutes_warnings = serializers.BooleanField()
    alerts = serializers.IntegerField()
    open_alerts = serializers.IntegerField()

    def to_representation(self, instance: Silence) -> dict[str, Any]:
        return silence_json(instance)


class SilencePage(PageResult):
    """Silences, the one that ends last first."""

    results = SilenceResult(many=True)


class WarningResult(serializers.Serializer[Any]):
    """What a customer was told, by which alert, and whether the counter has it."""

    id = serializers.IntegerField()
    alert = serializers.CharField()
    rule = serializers.CharField()
    level = serializers.ChoiceField(LevelChoice.choices)
    key = serializers.DictField(child=serializers.CharField())
    accounts = serializers.ListField(child=serializers.CharField())
    counters = serializers.ListField(child=serializers.CharField())
    text = TextsResult()
    values = serializers.DictField(child=serializers.CharField())
    time_ns = serializers.IntegerField()
    created_ns = serializers.IntegerField()
    acknowledged_ns = serializers.IntegerField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True)
    comment = serializers.CharField()

    def to_representation(self, instance: CustomerWarning) -> dict[str, Any]:
        return warning_json(instance)


class WarningPage(PageResult):
    """Customer warnings, newest first."""

    results = WarningResult(many=True)


class AlertDeliveriesResult(serializers.Serializer[Any]):
    """Everything that was sent because of an alert."""

    notifications = NotificationResult(many=True)
    escalations = EscalationResult(many=True)
    warning = WarningResult(allow_null=True)


class WebhookDeliveryResult(serializers.Serializer[Any]):
    """A message to a program; `id` is its idempotency key."""

    id = serializers.UUIDField(source="uid")
    endpoint = serializers.CharField(source="endpoint.name")
    topic = serializers.ChoiceField(TopicChoice.choices)
    state = serializers.ChoiceField(WebhookDelivery.State.choices)
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    log = AttemptResult(many=True)
    body = serializers.CharField()


class WebhookDeliveryPage(PageResult):
    """Webhook deliveries, newest first."""

    results = WebhookDeliveryResult(many=True)
