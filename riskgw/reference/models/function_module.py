"""Function modules: which code the running processes take up, and the thresholds of its metrics."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

NAME_PATTERN = r"[a-z][a-z0-9_]{1,39}"
CHECKSUM_PATTERN = r"[0-9a-f]{64}"
FOR_SECONDS_MAX = 24 * 3600


class FunctionModule(models.Model):
    """A module by where its code is and what the code's checksum is: other code is not run.

    Of the product's own modules the checksum may be empty: they come with the product.
    """

    class Origin(models.TextChoices):
        BUILT_IN = "built_in", _("part of the product")
        FOLDER = "folder", _("a file in the folder of modules")
        PACKAGE = "package", _("an installed package")

    name = models.CharField(
        _("name"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(rf"^{NAME_PATTERN}\Z")],
        help_text=_("As in the module's manifest."),
    )
    origin = models.CharField(_("comes from"), max_length=10, choices=Origin, default=Origin.FOLDER)
    path = models.CharField(
        _("path"),
        max_length=200,
        help_text=_("The file's name in the folder, or the name of the package's entry point."),
    )
    sha256 = models.CharField(
        _("checksum (SHA-256)"),
        max_length=64,
        blank=True,
        validators=[RegexValidator(rf"^{CHECKSUM_PATTERN}\Z")],
        help_text=_("As whoever wrote the module says it; code with another one is not run."),
    )
    is_enabled = models.BooleanField(_("loaded"), default=False)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    # Another number is an order to the processes: load anew, or let go.
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name = _("function module")
        verbose_name_plural = _("function modules")
        permissions = [("switch_functionmodule", "Can load, reload and disable function modules")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin="built_in") | ~models.Q(sha256=""),
                name="foreign_module_is_pinned",
                violation_error_message=_("Code from outside the product needs a checksum."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ModuleMetric(models.Model):
    """The thresholds of a figure that a function module brings along."""

    class Kind(models.TextChoices):
        SYSTEM = "system", _("system")
        BUSINESS = "business", _("business")

    class Cmp(models.TextChoices):
        AT_LEAST = "at_least", "≥"
        AT_MOST = "at_most", "≤"

    module = models.ForeignKey(
        FunctionModule, models.CASCADE, related_name="metrics", verbose_name=_("module")
    )
    name = models.CharField(_("name"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    unit = models.CharField(_("unit"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    cmp = models.CharField(_("comparison"), max_length=10, choices=Cmp)
    monitoring = models.DecimalField(
        _("monitoring threshold"), max_digits=24, decimal_places=8, null=True, blank=True
    )
    risk = models.DecimalField(
        _("risk threshold"), max_digits=24, decimal_places=8, null=True, blank=True
    )
    clear = models.DecimalField(
        _("ends at"), max_digits=24, decimal_places=8, null=True, blank=True,
        help_text=_("Back beyond this value, it is over; empty: beyond the lower threshold."),
    )  # fmt: skip
    for_seconds = models.PositiveIntegerField(
        _("must hold for (s)"), default=0, help_text=_("Before it is an alert."),
        validators=[MaxValueValidator(FOR_SECONDS_MAX)],
    )  # fmt: skip
    # How often it is measured, at the least.
    every_seconds = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["module", "name"]
        verbose_name = _("metric of a module")
        verbose_name_plural = _("metrics of modules")
        constraints = [
            models.UniqueConstraint(fields=["module", "name"], name="one_metric_of_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"

    def clean(self) -> None:
        if not may_clear(self.cmp, self.clear, (self.monitoring, self.risk)):
            raise ValidationError({"clear": _("At this value it would be beyond a threshold.")})


def may_clear(cmp: str, clear: Decimal | None, rungs: Iterable[Decimal | None]) -> bool:
    """Whether an episode may end there: further on, each reading would end it and begin it."""
    known = [rung for rung in rungs if rung is not None]
    if clear is None or not known:
        return True
    is_high = cmp == ModuleMetric.Cmp.AT_LEAST
    return clear <= min(known) if is_high else clear >= max(known)
