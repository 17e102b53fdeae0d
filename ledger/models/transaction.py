"""Transactions, their legs, the posting messages they leave, and what was refused."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models.account import ID_SIZE_MAX, LedgerAccount
from ledger.models.choices import MessageChoice, ReasonChoice, SideChoice, StateChoice, TrustChoice

MEMO_SIZE_MAX = 200
_PENDING = (StateChoice.TRIED, StateChoice.CONFIRMED, StateChoice.POSTED)


class LedgerTransaction(models.Model):
    """The id is the caller's and makes every request repeatable. Without a body: a tombstone."""

    id = models.CharField(_("transaction"), max_length=ID_SIZE_MAX, primary_key=True)
    state = models.CharField(_("state"), max_length=12, choices=StateChoice)
    body_hash = models.CharField(_("body hash"), max_length=64, blank=True)
    value_date = models.DateField(_("value date"), null=True, blank=True)
    memo = models.CharField(_("memo"), max_length=MEMO_SIZE_MAX, blank=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_index=False, related_name="reversals",
        verbose_name=_("reverses"),
    )  # fmt: skip
    # Whether decreases of it are reserved.
    holds = models.BooleanField(_("reserves"), default=False)
    tried_at = models.DateTimeField(_("tried"), null=True, blank=True)
    tried_by = models.CharField(_("tried by"), max_length=150, blank=True)
    # Confirmed or cancelled. Names, not users: what is written here outlives who wrote it.
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    # A poster has work with it: to post its legs, or to give back what it reserved.
    is_due = models.BooleanField(_("due"), default=False)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        ordering = ("-tried_at", "id")
        constraints = (
            models.CheckConstraint(
                name="ledger_due_is_decided",
                condition=Q(is_due=False)
                | Q(state__in=(StateChoice.CONFIRMED, StateChoice.CANCELLED)),
            ),
            models.CheckConstraint(
                name="ledger_confirmed_is_due",
                condition=~Q(state=StateChoice.CONFIRMED) | Q(is_due=True),
            ),
            models.UniqueConstraint(
                name="ledger_reversed_once",
                fields=("reverses",),
                condition=Q(state__in=_PENDING, reverses__isnull=False),
            ),
        )
        indexes = (
            # The posters' queue: short, whatever the size of the table.
            models.Index(name="ledger_due", fields=("decided_at",), condition=Q(is_due=True)),
            models.Index(
                name="ledger_in_flight",
                fields=("tried_at",),
                condition=Q(state=StateChoice.TRIED),
            ),
        )

    def __str__(self) -> str:
        return self.id


class LedgerLeg(models.Model):
    """One event on one account. Only what was let in has legs."""

    # No constraints in the database. That of the account would lock the row that everybody wants.
    # The others would cost as much as all that is written: legs, messages and lines come in the
    # commit of their transaction, and nothing deletes. `ledger_verify` looks for orphans.
    transaction = models.ForeignKey(
        LedgerTransaction, models.PROTECT, related_name="legs", db_constraint=False,
        db_index=False, verbose_name=_("transaction"),
    )  # fmt: skip
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="legs", db_constraint=False,
        db_index=False, verbose_name=_("account"),
    )  # fmt: skip
    place = models.PositiveSmallIntegerField(_("place"))
    side = models.CharField(_("side"), max_length=6, choices=SideChoice)
    amount = models.BigIntegerField(_("amount"))
    trust = models.CharField(_("trusted"), max_length=4, choices=TrustChoice)

    class Meta:
        verbose_name = _("leg")
        verbose_name_plural = _("legs")
        ordering = ("transaction", "place")
        constraints = (
            models.UniqueConstraint(name="ledger_leg_place", fields=("transaction", "place")),
            models.CheckConstraint(name="ledger_leg_positive", condition=Q(amount__gt=0)),
        )
        indexes = (models.Index(name="ledger_leg_account", fields=("account",)),)

    def __str__(self) -> str:
        return f"{self.transaction_id}.{self.place}"


class PostingMessage(models.Model):
    """First for what is trusted after, second for what is trusted within the transaction.

    Written in the confirm's commit. The table is the queue: the hints that go round are no more
    than hints.
    """

    leg = models.OneToOneField(
        LedgerLeg, models.PROTECT, related_name="message", db_constraint=False,
        verbose_name=_("leg"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=6, choices=MessageChoice)
    created_at = models.DateTimeField(_("created"))
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("posting message")
        verbose_name_plural = _("posting messages")

    def __str__(self) -> str:
        return f"{self.leg_id} {self.kind}"


class Refusal(models.Model):
    """A try that was not let in: its events stand here and nowhere else, and are never posted."""

    transaction = models.OneToOneField(
        LedgerTransaction, models.PROTECT, related_name="refusal", verbose_name=_("transaction")
    )
    reason = models.CharField(_("reason"), max_length=20, choices=ReasonChoice)
    account = models.CharField(_("account"), max_length=ID_SIZE_MAX)
    legs = models.JSONField(_("legs"))
    by = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.transaction_id}: {self.reason}"
