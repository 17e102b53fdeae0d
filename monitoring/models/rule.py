"""Rules, their conditions and thresholds, and the frozen versions engines load."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.models.choices import LevelChoice, ModeChoice, ThresholdCmpChoice, UnitChoice
from monitoring.models.indicator import Indicator


class Rule(models.Model):
    """Groups of conditions, ANDed; the members of a group are ORed."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    category = models.CharField(_("category"), max_length=30, blank=True)
    advice_zh = models.CharField(_("Chinese advice"), max_length=200, blank=True)
    advice_en = models.CharField(_("English advice"), max_length=200, blank=True)
    key = models.JSONField(_("judged by"), default=list)
    mode = models.CharField(_("mode"), max_length=10, choices=ModeChoice, default=ModeChoice.DRAFT)
    source_note = models.TextField(_("source"), blank=True)
    confidence = models.CharField(_("confidence"), max_length=1, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mode__in=ModeChoice.values), name="mode_known"
            )
        ]

    def __str__(self) -> str:
        return self.code


class Condition(models.Model):
    """`indicator` [over `over`, at least `floor`] [minus `minus`] compared with thresholds."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="conditions")
    group = models.PositiveSmallIntegerField(_("AND group"), default=1)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator")
    )
    over = models.ForeignKey(
        Indicator,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("divided by"),
    )
    minus = models.DecimalField(_("minus"), max_digits=20, decimal_places=8, default=0)
    floor = models.DecimalField(
        _("divisor at least"), max_digits=20, decimal_places=8, null=True, blank=True
    )
    cmp = models.CharField(_("comparison"), max_length=5, choices=ThresholdCmpChoice)
    unit = models.CharField(_("unit"), max_length=10, choices=UnitChoice)
    history = HistoricalRecords()

    class Meta:
        ordering = ["rule", "group", "pk"]
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")

    def __str__(self) -> str:
        ratio = f" / {self.over}" if self.over else ""
        return f"{self.rule} {self.indicator}{ratio} {self.get_cmp_display()}"


class Threshold(models.Model):
    """The number of one level of one condition, in the condition's unit."""

    condition = models.ForeignKey(
        Condition, models.CASCADE, related_name="thresholds", verbose_name=_("condition")
    )
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=8)
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["condition", "pk"]
        verbose_name = _("threshold")
        verbose_name_plural = _("thresholds")
        constraints = [
            models.UniqueConstraint(
                fields=["condition", "level"],
                name="one_threshold_a_level",
                violation_error_message=_("This condition already has a threshold for the level."),
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=LevelChoice.values), name="level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.value.normalize():f} ({self.get_level_display()})"


class RuleVersion(models.Model):
    """A rule as it was judged by: its whole specification, frozen. Alerts keep theirs."""

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    spec = models.JSONField(_("specification"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("author")
    )
    effective_from = models.DateTimeField(_("effective from"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["rule", "-number"]
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_version_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"
