"""Signed webhooks: who is called, and every call, waiting, delivered or dead."""

import uuid
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

SECRET_PREFIX = "RISKGW_WEBHOOK_"  # noqa: S105  # the beginning of a name
_VARIABLE = RegexValidator(
    rf"^{SECRET_PREFIX}[A-Z0-9_]{{1,40}}$",
    _("The name begins with RISKGW_WEBHOOK_, then capitals, digits and _."),
)


class TopicChoice(models.TextChoices):
    ALERTS = "alerts", _("alerts")
    RESTRICTIONS = "restrictions", _("restrictions")
    CUSTOMER_WARNING = "customer_warning", _("customer warnings")


class WebhookEndpoint(models.Model):
    """A program that is called. Its secret stands in an environment variable."""

    name = models.SlugField(_("name"), max_length=40, unique=True)
    url = models.CharField(
        _("address"), max_length=300, validators=[URLValidator(schemes=["http", "https"])]
    )
    variable = models.CharField(
        _("environment variable"),
        max_length=60,
        validators=[_VARIABLE],
        help_text=_("Holds the secret that signs."),
    )
    topics = models.JSONField(_("topics"), default=list)
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not self.topics or set(self.topics) - set(TopicChoice.values):
            raise ValidationError({"topics": _("Choose at least one topic.")})
        # Addresses are shown and exported; a password in one would be too.
        if "@" in urlsplit(self.url).netloc:
            raise ValidationError({"url": _("An address holds no name and no password.")})


class WebhookDelivery(models.Model):
    """One message to one endpoint. Its body is written once, so every attempt sends the same."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("dead letter")
        DISMISSED = "dismissed", _("dismissed")

    uid = models.UUIDField(_("number"), default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="deliveries", verbose_name=_("webhook")
    )
    topic = models.CharField(_("topic"), max_length=20, choices=TopicChoice)
    body = models.TextField(_("body"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # [{"at", "result"}], one for each attempt.
    log = models.JSONField(_("attempts and results"), default=list)
    done_at = models.DateTimeField(_("delivered or given up"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(
                fields=["endpoint", "topic", "id"],
                condition=Q(state="pending"),
                name="webhook_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.topic} {self.uid}"
