"""What accounts hold as a trading day begins."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from riskgw.reference.models.account import Account


class OvernightPosition(models.Model):
    """As the account's counter told it before the day's first order, or base data did.

    Of each account, contract and side the newest alone; another day's is no position of today.
    """

    class Side(models.TextChoices):
        LONG = "long", _("long")
        SHORT = "short", _("short")

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="overnight", verbose_name=_("account")
    )
    symbol = models.CharField(_("symbol"), max_length=40)
    side = models.CharField(_("side"), max_length=5, choices=Side, default=Side.LONG)
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=3)
    sellable = models.DecimalField(
        _("sellable"),
        max_digits=20,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Empty: all of it."),
    )
    trading_day = models.DateField(_("trading day"))
    source = models.CharField(_("source"), max_length=40, blank=True)

    class Meta:
        ordering = ["account", "symbol", "side"]
        verbose_name = _("overnight position")
        verbose_name_plural = _("overnight positions")
        indexes = [models.Index(fields=["trading_day"], name="overnight_of_day")]
        constraints = [
            models.UniqueConstraint(fields=["account", "symbol", "side"], name="one_overnight"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="overnight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.account.code} {self.symbol} {self.side}"
