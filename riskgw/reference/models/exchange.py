"""Exchanges."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Exchange(models.Model):
    """A market, by the code events carry: SSE, SZSE, CFFEX, SHFE, …"""

    code = models.CharField(_("code"), max_length=12, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")

    def __str__(self) -> str:
        return self.code
