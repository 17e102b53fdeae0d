"""Days on which a currency is not settled."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class CurrencyHoliday(models.Model):
    """Weekends are none of them: no currency is settled then."""

    currency = models.CharField(
        _("currency"), max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")]
    )
    day = models.DateField(_("day"))
    name = models.CharField(_("holiday"), max_length=80, blank=True)
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("currency", "day")
        verbose_name = _("holiday of a currency")
        verbose_name_plural = _("holidays of currencies")
        constraints = (
            models.UniqueConstraint(name="quoting_holiday_once", fields=("currency", "day")),
        )

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"
