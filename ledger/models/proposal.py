"""Proposals: manual vouchers and overdraft permits, made by one person and decided by another."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.domain.direction import Side
from ledger.domain.legs import Leg, Request
from ledger.domain.proposals import ProposalState
from ledger.models.account import ID_SIZE_MAX, LedgerAccount
from ledger.models.choices import ProposalStateChoice
from ledger.models.transaction import MEMO_SIZE_MAX

REASON_SIZE_MAX = 500
_DECIDED = (
    ProposalStateChoice.REJECTED, ProposalStateChoice.APPROVED, ProposalStateChoice.BOOKED,
    ProposalStateChoice.REFUSED, ProposalStateChoice.ENDED,
)  # fmt: skip
_WAITING = Q(state__in=(ProposalStateChoice.PROPOSED, ProposalStateChoice.APPROVED))
_FOUR_EYES = ~Q(state__in=_DECIDED) | Q(decided_at__isnull=False) & ~Q(decided_by=F("proposed_by"))


class _Proposal(models.Model):
    """Names, not users: what is written here outlives who wrote it."""

    id = models.CharField(_("number"), max_length=ID_SIZE_MAX, primary_key=True)
    state = models.CharField(
        _("state"), max_length=12, choices=ProposalStateChoice, default=ProposalStateChoice.PROPOSED
    )
    reason = models.CharField(_("reason"), max_length=REASON_SIZE_MAX)
    proposed_by = models.CharField(_("proposed by"), max_length=150)
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision_reason = models.CharField(
        _("reason of the decision"), max_length=REASON_SIZE_MAX, blank=True
    )
    # Booked, refused or ended.
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ("-proposed_at", "id")

    def __str__(self) -> str:
        return str(self.id)

    @property
    def stands(self) -> ProposalState:
        return ProposalState(self.state)


class Voucher(_Proposal):
    """A transaction by hand; once approved, its transaction has the same id."""

    # As among the refusals: account, side, amount in minor units.
    legs = models.JSONField(_("legs"))
    value_date = models.DateField(_("value date"), null=True, blank=True)
    memo = models.CharField(_("memo"), max_length=MEMO_SIZE_MAX, blank=True)
    # Why the ledger did not let it in.
    refusal = models.CharField(_("refusal"), max_length=20, blank=True)

    class Meta(_Proposal.Meta):
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        permissions = [("approve_voucher", "Can approve vouchers")]
        constraints = (
            models.CheckConstraint(name="ledger_voucher_four_eyes", condition=_FOUR_EYES),
        )
        indexes = (
            models.Index(name="ledger_voucher_newest", fields=("-proposed_at", "id")),
            models.Index(name="ledger_voucher_waiting", fields=("state",), condition=_WAITING),
        )

    @property
    def request(self) -> Request:
        legs = tuple(Leg(leg["account"], Side(leg["side"]), leg["amount"]) for leg in self.legs)
        return Request(self.id, legs, self.value_date, self.memo)


class OverdraftPermit(_Proposal):
    """Another overdraft limit for an account, for ever or until a time."""

    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="permits", verbose_name=_("account")
    )
    # Minor units, as the account's own limit.
    limit = models.BigIntegerField(_("overdraft limit"))
    # The limit that comes back when the permit's time is over; known once it is approved.
    before = models.BigIntegerField(_("limit before"), null=True, blank=True)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta(_Proposal.Meta):
        verbose_name = _("overdraft permit")
        verbose_name_plural = _("overdraft permits")
        permissions = [("approve_overdraftpermit", "Can approve overdraft permits")]
        constraints = (
            models.CheckConstraint(name="ledger_permit_four_eyes", condition=_FOUR_EYES),
            models.CheckConstraint(name="ledger_permit_limit", condition=Q(limit__gte=0)),
            # One in force; another takes its place.
            models.UniqueConstraint(
                name="ledger_permit_in_force",
                fields=("account",),
                condition=Q(state=ProposalStateChoice.APPROVED),
            ),
        )
        indexes = (
            models.Index(name="ledger_permit_newest", fields=("-proposed_at", "id")),
            models.Index(name="ledger_permit_waiting", fields=("state",), condition=_WAITING),
        )
