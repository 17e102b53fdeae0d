"""Trading calendars and the phases of trading days, by exchange."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from riskgw.kernel.sessions import (
    Phase,
    PhaseFault,
    PhaseTableError,
    phase_lines,
    phases_of,
)
from riskgw.reference.models.exchange import Exchange

# A list that ends within so many days is said to.
NOTICE_DAYS = 60
_FIRST_DAY = date(2000, 1, 1)
# In a cell of a spreadsheet there are semicolons.
_LINE_ENDS = re.compile(r"[\r\n;]+")
_FAULTS = {
    PhaseFault.FORM: _('"%(line)s" is no time and phase, as in "21:00 night".'),
    PhaseFault.PHASE: _('"%(line)s" names no phase that is known.'),
    PhaseFault.ORDER: _('"%(line)s" is not later than the line before it; days begin at 19:00.'),
    PhaseFault.REPEATED: _('"%(line)s" names the phase that lasts already.'),
    PhaseFault.OPEN_END: _('The last line is "%(line)s": a day has to end closed.'),
    PhaseFault.DAYBREAK: _('What "%(line)s" ends lasts over 08:00: nights are closed by then.'),
    PhaseFault.COUNT: _("There are %(line)s phases; a day has 2 to 24."),
}


class PhaseChoice(TextChoices):
    """The kernel's phases, with their names for people."""

    OPENING_AUCTION = Phase.OPENING_AUCTION, _("opening auction")
    PAUSE = Phase.PAUSE, _("pause after the auction")
    MORNING = Phase.MORNING, _("morning")
    BREAK = Phase.BREAK, _("morning break")
    LUNCH = Phase.LUNCH, _("lunch")
    AFTERNOON = Phase.AFTERNOON, _("afternoon")
    CLOSING_AUCTION = Phase.CLOSING_AUCTION, _("closing auction")
    NIGHT = Phase.NIGHT, _("night session")
    CLOSED = Phase.CLOSED, _("closed")


class ExchangeCalendar(models.Model):
    """Up to when the trading days of an exchange are known; its days are those that differ."""

    exchange = models.OneToOneField(
        Exchange, models.PROTECT, related_name="calendar", verbose_name=_("exchange")
    )
    known_until = models.DateField(
        _("known until"),
        help_text=_("The last day of the exchange's list; later weekdays are taken for open."),
    )
    source_note = models.CharField(_("source note"), max_length=400, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["exchange"]
        verbose_name = _("trading calendar")
        verbose_name_plural = _("trading calendars")

    def __str__(self) -> str:
        return str(self.exchange_id)


class CalendarDay(models.Model):
    """A day that is not as its weekday says."""

    calendar = models.ForeignKey(
        ExchangeCalendar, models.CASCADE, related_name="days", verbose_name=_("trading calendar")
    )
    day = models.DateField(_("day"))
    is_open = models.BooleanField(_("open"), default=False)
    has_night = models.BooleanField(
        _("night session"),
        null=True,
        blank=True,
        help_text=_(
            "Whether the night session that belongs to this day takes place. Unknown: as usual, "
            "not before holidays."
        ),
    )
    note = models.CharField(_("note"), max_length=80, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["calendar", "day"]
        verbose_name = _("day of a calendar")
        verbose_name_plural = _("days of calendars")
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="calendar_day_once"),
            models.CheckConstraint(
                condition=models.Q(is_open=True) | ~models.Q(has_night=True),
                name="calendar_night_of_open_day",
                violation_error_message=_("A day that is closed has no night session."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.day}"


class SessionTable(models.Model):
    """The phases of a trading day for products of an exchange, from a trading day on."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, verbose_name=_("exchange"))
    products = models.CharField(
        _("products"),
        max_length=400,
        blank=True,
        help_text=_(
            "Letters of futures (cu, al) or kinds of contracts, with commas between them; empty "
            "for all that have no table of their own."
        ),
    )
    effective_from = models.DateField(
        _("effective from"),
        default=_FIRST_DAY,
        help_text=_("The first trading day; the night session before it is part of it."),
    )
    phases = models.TextField(
        _("trading phases"),
        max_length=1000,
        help_text=_(
            "One a line with the time it begins at (UTC+8), from the evening before: 21:00 night, "
            "02:30 closed, 09:00 morning, …"
        ),
    )
    source_note = models.CharField(_("source note"), max_length=400, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["exchange", "products", "effective_from"]
        verbose_name = _("session table")
        verbose_name_plural = _("session tables")
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "products", "effective_from"], name="session_table_once"
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.exchange_id), self.products)))

    def clean(self) -> None:
        """Written in one way; a product has one table a day."""
        self.products = product_text(self.products)
        try:
            self.phases = "\n".join(phase_lines(phases_of(_LINE_ENDS.split(self.phases))))
        except PhaseTableError as error:
            text = _FAULTS[error.fault]
            raise ValidationError({"phases": text % {"line": error.line}}) from None
        if twice := self._named_elsewhere():
            text = _('"%(products)s" has a table from that day on already.')
            raise ValidationError({"products": text % {"products": ", ".join(sorted(twice))}})

    def _named_elsewhere(self) -> set[str]:
        others = SessionTable.objects.exclude(pk=self.pk).filter(
            exchange_id=self.exchange_id, effective_from=self.effective_from
        )
        mine = set(product_names(self.products))
        return {each for other in others for each in product_names(other.products) if each in mine}


def product_names(text: str) -> tuple[str, ...]:
    """Single products of a list such as `cu, al`; case tells none apart."""
    return tuple(word.strip().casefold() for word in text.split(",") if word.strip())


def product_text(text: str) -> str:
    """Each product once, in the order it was first named, as it was written."""
    named: dict[str, str] = {}
    for word in map(str.strip, text.split(",")):
        named.setdefault(word.casefold(), word)
    return ", ".join(filter(None, named.values()))
