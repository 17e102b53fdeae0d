"""Escalation: who hears of an alert that nobody has taken up."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.models.alert import Alert
from monitoring.models.choices import LevelChoice
from monitoring.models.notification import Channel
from monitoring.models.rule import Rule

MINUTES_MAX = 24 * 60


class EscalationStep(models.Model):
    """An alert that is still open after so many minutes is told to a user, a role or a channel.

    With a channel that takes addresses, a user or each user of a role is written to.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    rule = models.ForeignKey(
        Rule, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("rule")
    )
    category = models.CharField(_("category"), max_length=30, blank=True)
    level_min = models.CharField(
        _("from level"), max_length=10, choices=LevelChoice, default=LevelChoice.LIMIT
    )
    after_minutes = models.PositiveSmallIntegerField(
        _("after (minutes)"), validators=[MinValueValidator(1), MaxValueValidator(MINUTES_MAX)]
    )
    role = models.ForeignKey(
        Group, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("role")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("channel")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["after_minutes", "pk"]
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__isnull=False) | Q(user__isnull=False) | Q(channel__isnull=False),
                name="escalation_tells_somebody",
            ),
            models.CheckConstraint(
                condition=Q(after_minutes__gte=1, after_minutes__lte=MINUTES_MAX),
                name="escalation_within_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not (self.role or self.user or self.channel):
            raise ValidationError(_("Say whom to tell: a role, a user or a channel."))


class Escalation(models.Model):
    """A step that was taken for an alert; the row is what keeps it from being taken twice."""

    alert = models.ForeignKey(
        Alert, models.CASCADE, related_name="escalations", verbose_name=_("alert")
    )
    step = models.ForeignKey(
        EscalationStep, models.PROTECT, related_name="taken", verbose_name=_("escalation step")
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [
            models.UniqueConstraint(fields=["alert", "step"], name="escalation_step_taken_once")
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.at:%H:%M:%S}"
