"""Silences: what is known, and for a while not worth anybody's attention."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.domain.silence import (
    AHEAD_MAX,
    LENGTH_MAX,
    MATCHED,
    SilenceState,
    Step,
    state_at,
)
from monitoring.models.choices import LevelChoice


class Silence(models.Model):
    """Alerts that fit all its matchers are stored and marked, and nobody is told of them.

    One that begins later is a maintenance window.
    """

    class StepChoice(models.TextChoices):
        BEGUN = Step.BEGUN, _("has begun")
        ENDING = Step.ENDING, _("ends soon")
        ENDED = Step.ENDED, _("has ended")

    rule = models.CharField(_("rule"), max_length=30, blank=True)
    category = models.CharField(_("category"), max_length=30, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    group = models.CharField(_("control group"), max_length=40, blank=True)
    customer = models.CharField(_("customer"), max_length=40, blank=True)
    counter = models.CharField(_("counter"), max_length=40, blank=True)
    contract = models.CharField(
        _("contract"), max_length=60, blank=True, help_text=_("As in alerts: SSE:600519.")
    )
    exchange = models.CharField(_("exchange"), max_length=12, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    starts_at = models.DateTimeField(_("begins"), default=timezone.now)
    ends_at = models.DateTimeField(_("ends"))
    mutes_warnings = models.BooleanField(
        _("customers are not warned either"),
        default=False,
        help_text=_("Without this, customers and counters still get their warnings."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # What was last announced of it.
    told = models.CharField(
        _("announced"), max_length=10, choices=StepChoice, blank=True, editable=False
    )
    history = HistoricalRecords(excluded_fields=["told"])

    class Meta:
        ordering = ["-ends_at", "-pk"]
        verbose_name = _("silence")
        verbose_name_plural = _("silences")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="silence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~Q(**dict.fromkeys(MATCHED, "")), name="silence_has_a_matcher"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="silence_has_a_reason"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="silence_end")]

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self.matchers.items())

    @property
    def matchers(self) -> dict[str, str]:
        return {name: value for name in MATCHED if (value := getattr(self, name))}

    def state(self, now: datetime | None = None) -> SilenceState:
        return state_at(self.starts_at, self.ends_at, now or timezone.now())

    def clean(self) -> None:
        """What is wrong, beside the field it is about."""
        if not self.matchers:
            raise ValidationError(_("A silence needs at least one matcher."))
        if not (self.starts_at and self.ends_at):
            return  # reported as missing
        if self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("A silence ends after it begins.")})
        if self.ends_at - self.starts_at > LENGTH_MAX:
            text = _("A silence lasts at most %(days)s days.")
            fault = ValidationError(text, "length", {"days": LENGTH_MAX.days})
            raise ValidationError({"ends_at": fault})
        if self.starts_at - timezone.now() > AHEAD_MAX:
            text = _("A silence begins within %(days)s days.")
            fault = ValidationError(text, "ahead", {"days": AHEAD_MAX.days})
            raise ValidationError({"starts_at": fault})
