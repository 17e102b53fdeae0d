"""Accounts, and what people did with them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.domain.account import Account, Usability
from ledger.domain.direction import Direction
from ledger.domain.statement import ORIGIN
from ledger.models.choices import DirectionChoice, UsabilityChoice

ID_SIZE_MAX = 64
_CREDIT, _DEBIT = DirectionChoice.CREDIT, DirectionChoice.DEBIT


class LedgerAccount(models.Model):
    """One account; its figures move only when decreases are admitted and when events are posted."""

    id = models.CharField(_("account"), max_length=ID_SIZE_MAX, primary_key=True)
    name = models.CharField(_("name"), max_length=200)
    currency = models.CharField(_("currency"), max_length=3)
    direction = models.CharField(_("balance direction"), max_length=12, choices=DirectionChoice)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children",
        verbose_name=_("parent account"),
    )  # fmt: skip
    usability = models.CharField(
        _("usability"), max_length=12, choices=UsabilityChoice, default=UsabilityChoice.OPEN
    )
    # Minor units; posted is signed, credits minus debits.
    overdraft = models.BigIntegerField(_("overdraft limit"), default=0)
    posted = models.BigIntegerField(_("posted"), default=0)
    reserved = models.BigIntegerField(_("reserved"), default=0)
    # The last statement line, its seal and its time.
    seq = models.BigIntegerField(_("statement lines"), default=0)
    seal = models.CharField(_("seal"), max_length=64, default=ORIGIN)
    posted_at = models.DateTimeField(_("last posted"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="ledger_account_never_overdrawn",
                condition=Q(direction=DirectionChoice.UNRESTRICTED, reserved=0, overdraft=0)
                | Q(direction=_CREDIT, posted__gte=F("reserved") - F("overdraft"))
                | Q(direction=_DEBIT, posted__lte=F("overdraft") - F("reserved")),
            ),
            models.CheckConstraint(
                name="ledger_account_not_negative",
                condition=Q(reserved__gte=0, overdraft__gte=0, seq__gte=0),
            ),
            models.CheckConstraint(
                name="ledger_account_closed_is_empty",
                condition=~Q(usability=UsabilityChoice.CLOSED) | Q(posted=0, reserved=0),
            ),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def figures(self) -> Account:
        return Account(
            direction=Direction(self.direction),
            posted=self.posted,
            reserved=self.reserved,
            overdraft=self.overdraft,
            usability=Usability(self.usability),
        )


class AccountChange(models.Model):
    """Opened, frozen, thawed, closed: by whom, when and why."""

    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="changes", verbose_name=_("account")
    )
    what = models.CharField(_("change"), max_length=20)
    usability = models.CharField(_("usability"), max_length=12, choices=UsabilityChoice)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("account change")
        verbose_name_plural = _("account changes")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.account_id} {self.what}"
