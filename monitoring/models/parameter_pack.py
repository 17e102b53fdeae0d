"""Parameter packs: thresholds from one file, applied together when a second person approves."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.choices import LevelChoice, PackStateChoice


class ParameterPack(models.Model):
    """A file of thresholds as a draft; its author never applies it."""

    name = models.CharField(_("name"), max_length=80)
    effective_from = models.DateField(
        _("from trading day"), help_text=_("For the lines that name no day of their own.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=PackStateChoice, default=PackStateChoice.DRAFT
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
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
        ordering = ["-pk"]
        verbose_name = _("parameter pack")
        verbose_name_plural = _("parameter packs")
        permissions = [("approve_parameterpack", "Can approve parameter packs")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=PackStateChoice.values), name="pack_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=PackStateChoice.APPLIED)
                | ~models.Q(decided_by=models.F("author")),
                name="pack_applied_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PackLine(models.Model):
    """One line of the file. `old_value` is what it replaced when it was applied."""

    pack = models.ForeignKey(ParameterPack, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("line"))
    rule = models.CharField(_("rule"), max_length=30)
    condition = models.CharField(_("condition"), max_length=140)
    level = models.CharField(_("level"), max_length=10, choices=LevelChoice)
    scope = models.JSONField(_("scope"), default=dict)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=8)
    effective_from = models.DateField(_("from trading day"))
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    old_value = models.DecimalField(
        _("old value"), max_digits=24, decimal_places=8, null=True, blank=True
    )

    class Meta:
        ordering = ["number"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [models.UniqueConstraint(fields=["pack", "number"], name="one_line_a_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.rule} {self.condition}"
