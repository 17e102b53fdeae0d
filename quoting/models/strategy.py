"""Strategies: named sets of what prices are made by, each change a version of its own."""

import msgspec
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from quoting.domain.strategy import StrategySettings

NAME_MAX, COMMENT_MAX = 40, 300


class Strategy(models.Model):
    """A name under which versions stand; of one pair, or of whichever chooses it."""

    name = models.CharField(_("name"), max_length=NAME_MAX, unique=True)
    pair = models.ForeignKey(
        "quoting.Pair", models.PROTECT, related_name="strategies", null=True, blank=True,
        verbose_name=_("currency pair"), help_text=_("Empty: for every pair."),
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")

    def __str__(self) -> str:
        return self.name


class StrategyVersion(models.Model):
    """What was saved at once, by whom and why; it never changes."""

    strategy = models.ForeignKey(
        Strategy, models.PROTECT, related_name="versions", verbose_name=_("strategy")
    )
    number = models.PositiveIntegerField(_("version"))
    # A StrategySettings, checked before it is stored.
    settings = models.JSONField(_("settings"))
    by = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("saved"))
    comment = models.CharField(_("comment"), max_length=COMMENT_MAX, blank=True)

    class Meta:
        ordering = ("strategy", "-number")
        verbose_name = _("version of a strategy")
        verbose_name_plural = _("versions of strategies")
        constraints = (
            models.UniqueConstraint(name="quoting_version_once", fields=("strategy", "number")),
            models.CheckConstraint(name="quoting_version_number", condition=Q(number__gte=1)),
        )

    def __str__(self) -> str:
        return f"{self.strategy} v{self.number}"

    @property
    def content(self) -> StrategySettings:
        return msgspec.convert(self.settings, StrategySettings, str_keys=True)
