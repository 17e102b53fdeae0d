"""Channels to people, what goes to which, and all that was sent or could not be."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.models.alert import Alert
from monitoring.models.choices import LevelChoice
from monitoring.models.customer_warning import CustomerWarning
from monitoring.models.rule import Rule

CHANNEL_PREFIX = "RISKGW_CHANNEL_"
# Only variables meant for it: a page must not send any other secret of the process anywhere.
_VARIABLE = RegexValidator(
    rf"^{CHANNEL_PREFIX}[A-Z0-9_]{{1,40}}$",
    _("The name begins with RISKGW_CHANNEL_, then capitals, digits and _."),
)


class LanguageChoice(models.TextChoices):
    EN = "en", "English"
    ZH = "zh-hans", "简体中文"


class Channel(models.Model):
    """A way to people. Its address with all secrets stands in an environment variable."""

    name = models.SlugField(_("name"), max_length=40, unique=True)
    variable = models.CharField(
        _("environment variable"),
        max_length=60,
        validators=[_VARIABLE],
        help_text=_(
            "Holds the Apprise URL. {address} in it stands for the address of a person or customer."
        ),
    )
    language = models.CharField(
        _("language"), max_length=8, choices=LanguageChoice, default=LanguageChoice.ZH
    )
    # What comes meanwhile is one message.
    interval_seconds = models.PositiveSmallIntegerField(
        _("seconds between messages"), default=10, validators=[MaxValueValidator(3600)]
    )
    is_active = models.BooleanField(_("in use"), default=True)
    # Who delivers has it until then; the next message goes out no earlier than next_at.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    next_at = models.DateTimeField(null=True, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["leased_until", "next_at"])

    class Meta:
        ordering = ["name"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """Which alerts go to a channel; all that is given must fit."""

    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="routes", verbose_name=_("channel")
    )
    rule = models.ForeignKey(
        Rule, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("rule")
    )
    category = models.CharField(_("category"), max_length=30, blank=True)
    level_min = models.CharField(
        _("from level"), max_length=10, choices=LevelChoice, default=LevelChoice.WARN
    )
    tells_silences = models.BooleanField(_("tells of silences"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["channel", "pk"]
        verbose_name = _("route")
        verbose_name_plural = _("routes")

    def __str__(self) -> str:
        parts = [str(self.rule or self.category or "*"), str(self.get_level_min_display())]
        return f"{' '.join(parts)} → {self.channel}"


class Notification(models.Model):
    """One message to a channel: waiting, sent, or given up, with every attempt."""

    class Kind(models.TextChoices):
        ALERT = "alert", _("alert")
        ESCALATION = "escalation", _("escalation")
        SILENCE = "silence", _("silence")
        WARNING = "warning", _("customer warning")
        TEST = "test", _("test message")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")
        DISMISSED = "dismissed", _("dismissed")

    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="notifications", verbose_name=_("channel")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    alert = models.ForeignKey(
        Alert,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("alert"),
    )
    warning = models.ForeignKey(
        CustomerWarning,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("customer warning"),
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    title = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, validators=[MinValueValidator(0)]
    )
    # [{"at", "result"}], one for each attempt.
    log = models.JSONField(_("attempts and results"), default=list)
    # How many went out in the same message.
    grouped = models.PositiveIntegerField(_("in one message"), default=0)
    done_at = models.DateTimeField(_("sent or given up"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "alert"],
                condition=Q(kind="alert"),
                name="alert_told_once_a_channel",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "id"],
                condition=Q(state="pending"),
                name="notification_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.title
