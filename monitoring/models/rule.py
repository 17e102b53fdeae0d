"""Rules, their conditions and thresholds, and the frozen versions engines load."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.models.choices import (
    CheckPointChoice,
    LevelChoice,
    ModeChoice,
    SegmentChoice,
    ThresholdCmpChoice,
    UnitChoice,
    VersionModeChoice,
    VersionStateChoice,
)
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
    needs_approval = models.BooleanField(
        _("four eyes"),
        default=False,
        help_text=_("A change is in force only when a second person has approved it."),
    )
    check_point = models.CharField(
        _("judged"), max_length=10, choices=CheckPointChoice, default=CheckPointChoice.LIVE
    )
    sessions = models.JSONField(
        _("trading phases"),
        default=list,
        blank=True,
        help_text=_("The phases in which it judges; none chosen: in all."),
    )
    repeat = models.PositiveSmallIntegerField(
        _("episodes a day"), default=1, help_text=_("From which episode of a day on it counts.")
    )
    cooldown_ms = models.PositiveIntegerField(
        _("cool-down (ms)"), default=0, help_text=_("Silence after an episode.")
    )
    for_ms = models.PositiveIntegerField(
        _("must hold for (ms)"), default=0, help_text=_("Before it is an alert.")
    )
    clear_percent = models.DecimalField(
        _("ends below (% of the threshold)"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("Empty: as soon as the threshold is no longer reached."),
    )
    inhibits = models.JSONField(
        _("silences the rules"),
        default=list,
        blank=True,
        help_text=_("While this one holds for a key, those raise no alerts."),
    )
    follows_market = models.BooleanField(
        _("follows the market"),
        default=False,
        help_text=_("Keys seen today are judged again at each snapshot of their contract."),
    )
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
            ),
            models.CheckConstraint(
                condition=models.Q(check_point__in=CheckPointChoice.values),
                name="check_point_known",
            ),
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


SCOPE_FIELDS = ("exchange", "product", "contract", "segment", "group", "account")
_ONE_THRESHOLD = ("condition", "level", *SCOPE_FIELDS)


class Threshold(models.Model):
    """The number of one level of one condition, in the condition's unit.

    It is for what the scope names, or for all; from a trading day on, or always.
    """

    condition = models.ForeignKey(
        Condition, models.CASCADE, related_name="thresholds", verbose_name=_("condition")
    )
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=8)
    exchange = models.CharField(_("exchange"), max_length=10, blank=True)
    product = models.CharField(_("product"), max_length=30, blank=True)
    contract = models.CharField(_("contract"), max_length=40, blank=True)
    segment = models.CharField(_("segment"), max_length=10, blank=True, choices=SegmentChoice)
    group = models.CharField(_("control group"), max_length=40, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    effective_from = models.DateField(
        _("from trading day"), null=True, blank=True, help_text=_("Empty: always.")
    )
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["condition", "pk"]
        verbose_name = _("threshold")
        verbose_name_plural = _("thresholds")
        constraints = [
            models.UniqueConstraint(
                fields=_ONE_THRESHOLD,
                condition=models.Q(effective_from__isnull=True),
                name="one_threshold_a_level_and_scope",
                violation_error_message=_(
                    "This condition already has a threshold for the level and scope."
                ),
            ),
            models.UniqueConstraint(
                fields=(*_ONE_THRESHOLD, "effective_from"),
                name="one_threshold_a_day",
                violation_error_message=_(
                    "This condition already has a threshold for the level and scope from this day."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=LevelChoice.values), name="level_known"
            ),
            models.CheckConstraint(
                condition=models.Q(segment__in=["", *SegmentChoice.values]), name="segment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.value.normalize():f} ({self.get_level_display()})"

    @property
    def scope(self) -> dict[str, str]:
        """What the number is for: {} for all."""
        return {name: value for name in SCOPE_FIELDS if (value := getattr(self, name))}

    @property
    def is_default(self) -> bool:
        """For everything, and always."""
        return not self.scope and self.effective_from is None


class RuleVersion(models.Model):
    """A rule as it was judged by: its whole specification, frozen. Alerts keep theirs.

    In force is the newest approved one whose time has come; `mode` off ends the rule.
    """

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    spec = models.JSONField(_("specification"))
    mode = models.CharField(
        _("mode"), max_length=10, choices=VersionModeChoice, default=VersionModeChoice.LIVE
    )
    needs_approval = models.BooleanField(_("four eyes"), default=False)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=VersionStateChoice,
        default=VersionStateChoice.APPROVED,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    effective_from = models.DateTimeField(_("effective from"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["rule", "-number"]
        verbose_name = _("rule version")
        verbose_name_plural = _("rule versions")
        permissions = [("approve_ruleversion", "Can approve rule versions")]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_version_a_number"),
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(state=VersionStateChoice.PROPOSED),
                name="one_proposal_a_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(mode__in=VersionModeChoice.values), name="version_mode_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=VersionStateChoice.values), name="version_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=VersionStateChoice.APPROVED)
                | ~models.Q(decided_by=models.F("author")),
                name="version_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"
