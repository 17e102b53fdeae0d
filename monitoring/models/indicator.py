"""Indicators: numbers kept by key over a window of events."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from monitoring.models.choices import (
    ClockChoice,
    CmpChoice,
    FieldChoice,
    OpChoice,
    WindowChoice,
    in_language,
)


class Indicator(models.Model):
    """`op` over the events in the window that pass all filters, kept by `key`."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    op = models.CharField(_("operator"), max_length=10, choices=OpChoice)
    event_types = models.JSONField(_("events"), default=list)
    value_field = models.CharField(_("field"), max_length=30, blank=True)
    window = models.CharField(_("window"), max_length=10, choices=WindowChoice)
    length_ms = models.PositiveIntegerField(_("length (ms)"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("trading days"), null=True, blank=True)
    clock = models.CharField(
        _("clock"),
        max_length=10,
        choices=ClockChoice,
        default=ClockChoice.WALL,
        help_text=_("By trading time a sliding window leaves out lunch and nights."),
    )
    key = models.JSONField(_("kept by"), default=list)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            models.CheckConstraint(condition=models.Q(op__in=OpChoice.values), name="op_known"),
            models.CheckConstraint(
                condition=models.Q(window__in=WindowChoice.values), name="window_known"
            ),
            models.CheckConstraint(
                condition=models.Q(clock__in=ClockChoice.values), name="clock_known"
            ),
        ]

    def __str__(self) -> str:
        return in_language(vars(self), "name") or self.code


class IndicatorFilter(models.Model):
    """One condition on an event's field; all must hold, of those with one `any_of` at least one."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="filters")
    field = models.CharField(_("field"), max_length=30, choices=FieldChoice)
    cmp = models.CharField(_("comparison"), max_length=5, choices=CmpChoice)
    value = models.CharField(
        _("value"),
        max_length=1000,
        help_text=_("A list is separated by commas; flags are true or false."),
    )
    any_of = models.PositiveSmallIntegerField(
        _("any of"),
        default=0,
        help_text=_("Of the filters with one number above 0 one is enough."),
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("filter")
        verbose_name_plural = _("filters")

    def __str__(self) -> str:
        return f"{self.field} {self.cmp} {self.value}"
