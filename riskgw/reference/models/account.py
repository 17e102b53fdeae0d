"""Securities accounts, the customers who own them, the groups that control them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from riskgw.reference.models.counter import Counter
from riskgw.reference.models.exchange import Exchange


class Customer(models.Model):
    """A person or firm; may hold accounts at several counters."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.code


class ControlGroup(models.Model):
    """Accounts under one actual control: rules count them as one."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    note = models.TextField(_("note"), blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("control group")
        verbose_name_plural = _("control groups")

    def __str__(self) -> str:
        return self.code


class Account(models.Model):
    """A securities account at one exchange, served by one counter."""

    code = models.CharField(_("account"), max_length=20)
    exchange = models.ForeignKey(Exchange, models.PROTECT, verbose_name=_("exchange"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, verbose_name=_("customer")
    )
    group = models.ForeignKey(
        ControlGroup, models.PROTECT, null=True, blank=True, verbose_name=_("control group")
    )
    counter = models.ForeignKey(
        Counter, models.PROTECT, null=True, blank=True, verbose_name=_("counter")
    )
    branch = models.CharField(_("branch"), max_length=10, blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    market_maker = models.BooleanField(_("market maker"), default=False)
    hedge = models.BooleanField(_("hedge"), default=False)
    permissions = models.CharField(
        _("trading permissions"),
        max_length=400,
        blank=True,
        help_text=_(
            "What may be traded: kinds or boards, * for all, also with side and offset "
            "(stock, option:buy:open), with commas between them; none is nothing, and empty is "
            "not kept here."
        ),
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["exchange", "code"]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["exchange", "code"], name="account_of_one_exchange")
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id}:{self.code}"
