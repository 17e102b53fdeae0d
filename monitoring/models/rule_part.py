"""What a rule may have beside its conditions: exemptions, a second step, what follows a level."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.models.choices import (
    ActionChoice,
    FieldChoice,
    LevelChoice,
    ReleaseChoice,
    ThenSideChoice,
    ThresholdCmpChoice,
)
from monitoring.models.indicator import Indicator
from monitoring.models.rule import Rule


class Exemption(models.Model):
    """Events that are not counted by the rule's indicators."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="exemptions")
    field = models.CharField(_("field"), max_length=30, choices=FieldChoice)
    values = models.CharField(
        _("values"),
        max_length=1000,
        help_text=_("A list is separated by commas; flags are true or false."),
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("exemption")
        verbose_name_plural = _("exemptions")

    def __str__(self) -> str:
        return f"{self.field} {self.values}"


class ThenStep(models.Model):
    """What must follow, once the conditions hold, for the rule to fire."""

    rule = models.OneToOneField(Rule, models.CASCADE, related_name="then_step")
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator")
    )
    side = models.CharField(
        _("side"), max_length=10, choices=ThenSideChoice, default=ThenSideChoice.OPPOSITE
    )
    cmp = models.CharField(_("comparison"), max_length=5, choices=ThresholdCmpChoice)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=8)
    within_ms = models.PositiveIntegerField(_("within (ms)"), null=True, blank=True)
    until = models.CharField(
        _("until"),
        max_length=10,
        blank=True,
        help_text=_("HH:MM of the same trading day, or next HH:MM of the next one."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("step that follows")
        verbose_name_plural = _("step that follows")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(side__in=ThenSideChoice.values), name="then_side_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.get_cmp_display()} {self.value.normalize():f}"


class LevelAction(models.Model):
    """What follows when a level is reached, and who ends it."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="level_actions")
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    action = models.CharField(_("action"), max_length=20, choices=ActionChoice)
    mask = models.JSONField(_("stops"), default=list, blank=True)
    release = models.CharField(
        _("ended by"), max_length=20, choices=ReleaseChoice, default=ReleaseChoice.AUTO_DAY
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "level", "action"],
                name="one_action_a_level",
                violation_error_message=_("The level already has this action."),
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=LevelChoice.values), name="action_level_known"
            ),
            models.CheckConstraint(
                condition=models.Q(action__in=ActionChoice.values), name="action_known"
            ),
            models.CheckConstraint(
                condition=models.Q(release__in=ReleaseChoice.values), name="release_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.get_action_display()}"
