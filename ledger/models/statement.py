"""Statement lines, days of the books, and reconciliations."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.domain.direction import Side
from ledger.domain.statement import Line
from ledger.models.account import ID_SIZE_MAX, LedgerAccount
from ledger.models.choices import SideChoice
from ledger.models.transaction import LedgerLeg
from riskgw.kernel.times import instant_ns


class StatementLine(models.Model):
    """One posting on one account; written once, in the commit that moves the balance."""

    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="lines", db_constraint=False, db_index=False,
        verbose_name=_("account"),
    )  # fmt: skip
    seq = models.BigIntegerField(_("number"))
    leg = models.OneToOneField(
        LedgerLeg, models.PROTECT, related_name="line", db_constraint=False, verbose_name=_("leg")
    )
    transaction = models.CharField(_("transaction"), max_length=ID_SIZE_MAX)
    side = models.CharField(_("side"), max_length=6, choices=SideChoice)
    amount = models.BigIntegerField(_("amount"))
    balance_after = models.BigIntegerField(_("balance"))
    posted_at = models.DateTimeField(_("posted"))
    posting_date = models.DateField(_("posting date"))
    value_date = models.DateField(_("value date"))
    seal = models.CharField(_("seal"), max_length=64)

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        ordering = ("account", "seq")
        constraints = (
            models.UniqueConstraint(name="ledger_line_seq", fields=("account", "seq")),
            models.CheckConstraint(
                name="ledger_line_positive", condition=Q(seq__gt=0, amount__gt=0)
            ),
        )
        indexes = (
            models.Index(name="ledger_line_time", fields=("account", "posted_at")),
            models.Index(name="ledger_line_day", fields=("account", "posting_date")),
        )

    def __str__(self) -> str:
        return f"{self.account_id} {self.seq}"

    @property
    def said(self) -> Line:
        """What the seal covers."""
        return Line(
            account=self.account_id,
            seq=self.seq,
            transaction=self.transaction,
            side=Side(self.side),
            amount=self.amount,
            balance_after=self.balance_after,
            posted_at_ns=instant_ns(self.posted_at),
            posting_date=self.posting_date,
            value_date=self.value_date,
        )


class DayCut(models.Model):
    """The books go on to another day; without any cut their day is the calendar's."""

    closed = models.DateField(_("closed day"), unique=True)
    next = models.DateField(_("next day"), unique=True)
    unposted = models.PositiveIntegerField(_("not yet posted"))
    in_flight = models.PositiveIntegerField(_("in flight"))
    by = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("day cut")
        verbose_name_plural = _("day cuts")
        ordering = ("-closed",)
        constraints = (
            models.CheckConstraint(
                name="ledger_days_go_on", condition=Q(next__gt=models.F("closed"))
            ),
        )

    def __str__(self) -> str:
        return str(self.closed)


class Reconciliation(models.Model):
    """Balances beside the events they come from, as they stood at one moment."""

    day = models.DateField(_("day"))
    at = models.DateTimeField(_("time"))
    accounts = models.PositiveIntegerField(_("accounts"))
    differences = models.JSONField(_("differences"))

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ("-at",)

    def __str__(self) -> str:
        return str(self.day)
