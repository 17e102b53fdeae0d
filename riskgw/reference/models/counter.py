"""Counters (order systems) and what identifies them on the wire."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Counter(models.Model):
    """An order system, often of another vendor than the next."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    vendor = models.CharField(_("vendor"), max_length=80, blank=True)
    note = models.TextField(_("note"), blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return self.code


class CounterEndpoint(models.Model):
    """One mark by which a counter's traffic is known: a PBU, a database, an address."""

    class Kind(models.TextChoices):
        PBU = "pbu", _("PBU")
        DATABASE = "database", _("database")
        ADDRESS = "address", _("address")

    counter = models.ForeignKey(Counter, models.CASCADE, related_name="endpoints")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    value = models.CharField(_("value"), max_length=80)
    history = HistoricalRecords()

    class Meta:
        ordering = ["counter", "kind", "value"]
        verbose_name = _("counter endpoint")
        verbose_name_plural = _("counter endpoints")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="endpoint_of_one_counter")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
