"""Warnings to customers before a rule is touched, and when one is."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.domain.warning_text import PLACEHOLDERS, template_fault
from monitoring.models.alert import Alert
from monitoring.models.choices import LevelChoice, in_language
from monitoring.models.rule import Rule


class WarningTemplate(models.Model):
    """What customers are told at a level of a rule, or of every rule that has no own text."""

    rule = models.ForeignKey(
        Rule,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rule"),
        help_text=_("Empty: for every rule without a text of its own."),
    )
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    text_zh = models.TextField(_("Chinese text"), max_length=500)
    text_en = models.TextField(_("English text"), max_length=500)
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["rule", "level"]
        verbose_name = _("warning text")
        verbose_name_plural = _("warning texts")
        constraints = [
            models.UniqueConstraint(fields=["rule", "level"], name="one_warning_text_a_level"),
            models.UniqueConstraint(
                fields=["level"],
                condition=Q(rule__isnull=True),
                name="one_general_warning_text_a_level",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule or '*'} {self.get_level_display()}"

    def clean(self) -> None:
        faults = {
            name: _fault_text(fault)
            for name in ("text_zh", "text_en")
            if (fault := template_fault(getattr(self, name)))
        }
        if faults:
            raise ValidationError(faults)


class CustomerWarning(models.Model):
    """What a customer was told, once for a level of an episode, and whether the counter took it."""

    alert = models.OneToOneField(
        Alert, models.CASCADE, related_name="warning", verbose_name=_("alert")
    )
    episode_id = models.CharField(_("episode"), max_length=280)
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    accounts = models.JSONField(_("accounts"), default=list)
    counters = models.JSONField(_("counters"), default=list)
    text_zh = models.TextField(_("Chinese text"))
    text_en = models.TextField(_("English text"))
    values = models.JSONField(_("values"), default=dict)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    comment = models.CharField(_("comment"), max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("customer warning")
        verbose_name_plural = _("customer warnings")
        constraints = [
            models.UniqueConstraint(
                fields=["episode_id", "level"], name="one_warning_a_level_of_an_episode"
            )
        ]

    def __str__(self) -> str:
        return in_language(vars(self), "text")


def _fault_text(fault: str) -> ValidationError:
    return ValidationError(
        _("%(fault)s is no placeholder. There are: %(names)s."),
        params={"fault": fault, "names": " ".join(f"{{{name}}}" for name in PLACEHOLDERS)},
    )
