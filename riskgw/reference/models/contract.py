"""Contracts: securities, futures, options."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from riskgw.reference.models.exchange import Exchange

_PRICE: dict[str, Any] = {"max_digits": 18, "decimal_places": 5}
_QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 3}


class PoolChoice(models.TextChoices):
    INVESTMENT = "investment", _("investment pool")
    RESTRICTED = "restricted", _("restricted pool")
    BANNED = "banned", _("banned pool")


class Contract(models.Model):
    """What can be traded, with the exchange's limits for one order."""

    symbol = models.CharField(_("symbol"), max_length=20)
    exchange = models.ForeignKey(Exchange, models.PROTECT, verbose_name=_("exchange"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    board = models.CharField(_("board"), max_length=20, blank=True)
    tick = models.DecimalField(_("tick"), **_PRICE)
    lot = models.DecimalField(_("lot"), **_QUANTITY)
    multiplier = models.DecimalField(_("multiplier"), default=1, **_QUANTITY)
    previous_close = models.DecimalField(_("previous close"), null=True, blank=True, **_PRICE)
    high_limit = models.DecimalField(_("high limit"), null=True, blank=True, **_PRICE)
    low_limit = models.DecimalField(_("low limit"), null=True, blank=True, **_PRICE)
    order_quantity_max = models.DecimalField(_("largest limit order"), **_QUANTITY)
    market_quantity_max = models.DecimalField(
        _("largest market order"), null=True, blank=True, **_QUANTITY
    )
    st = models.BooleanField(_("special treatment (ST)"), default=False)
    same_day = models.BooleanField(
        _("sold on the day of purchase"),
        null=True,
        blank=True,
        help_text=_("Unknown: as usual for the kind; shares and funds wait a day."),
    )
    severe_volatility = models.BooleanField(_("severe abnormal volatility"), default=False)
    pool = models.CharField(_("security pool"), max_length=12, choices=PoolChoice, blank=True)
    index = models.CharField(
        _("index"),
        max_length=40,
        blank=True,
        help_text=_("The index it counts in, as SSE:000001; an index has its own."),
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["exchange", "symbol"]
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.UniqueConstraint(fields=["exchange", "symbol"], name="contract_of_one_exchange"),
            models.CheckConstraint(
                condition=Q(tick__gt=0) & Q(lot__gt=0) & Q(order_quantity_max__gt=0),
                name="contract_numbers_positive",
                violation_error_message=_("Tick, lot and largest order must be above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id}:{self.symbol}"
