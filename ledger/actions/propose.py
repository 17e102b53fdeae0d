"""Propose a voucher or a permit: checked and kept; nothing moves before another has approved it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ledger.actions.accounts import AccountUnknown
from ledger.actions.durable import durable_write
from ledger.actions.proposals import ProposalDiffers
from ledger.domain.acceptance import Fault, Unacceptable, Wanted, accepted
from ledger.domain.account import Usability
from ledger.domain.direction import Direction
from ledger.domain.legs import as_kept
from ledger.domain.money import AmountError, minor_units
from ledger.domain.proposals import ProposalState
from ledger.models import LedgerTransaction, OverdraftPermit, Voucher
from ledger.queries import accounts_by_id
from ledger.telling import note_proposal
from riskgw.rows import insert_new

_COMMON = ("id", "state", "reason", "proposed_by", "proposed_at", "decided_by", "decision_reason")
_VOUCHER = (*_COMMON, "legs", "value_date", "memo", "refusal")
_PERMIT = (*_COMMON, "account", "limit", "expires_at")


@dataclass(frozen=True)
class WantedPermit:
    """An overdraft limit as it was sent."""

    id: str
    account: str
    limit: str
    expires_at: datetime | None = None


def propose_voucher(wanted: Wanted, reason: str, by: str) -> Voucher:
    """The same again is the same voucher; `Unacceptable` when it could never be booked."""
    accounts = accounts_by_id(leg.account for leg in wanted.legs)
    request = accepted(wanted, {name: each.currency for name, each in accounts.items()})
    common = (wanted.id, ProposalState.PROPOSED.value, reason, by, timezone.now(), "", "")
    with durable_write():
        row = (*common, as_kept(request.legs), wanted.value_date, wanted.memo, "")
        if insert_new(Voucher, _VOUCHER, [row]):
            if LedgerTransaction.objects.filter(pk=wanted.id).exists():
                raise ProposalDiffers(wanted.id)
            note_proposal()
    voucher = Voucher.objects.get(pk=wanted.id)
    if (voucher.request, voucher.reason, voucher.proposed_by) != (request, reason, by):
        raise ProposalDiffers(wanted.id)
    return voucher


def propose_permit(wanted: WantedPermit, reason: str, by: str) -> OverdraftPermit:
    """The same again is the same permit."""
    account = accounts_by_id([wanted.account]).get(wanted.account)
    if account is None:
        raise AccountUnknown(wanted.account)
    now = timezone.now()
    limit = _limit(wanted, account.currency, now)
    if account.direction == Direction.UNRESTRICTED.value:
        raise Unacceptable([Fault("account", "unlimited", "Nothing limits this account.")])
    if account.usability == Usability.CLOSED.value:
        raise Unacceptable([Fault("account", "closed", "The account is closed.")])
    common = (wanted.id, ProposalState.PROPOSED.value, reason, by, now, "", "")
    with durable_write():
        row = (*common, wanted.account, limit, wanted.expires_at)
        if insert_new(OverdraftPermit, _PERMIT, [row]):
            note_proposal()
    permit = OverdraftPermit.objects.get(pk=wanted.id)
    said = (permit.account_id, permit.limit, permit.expires_at, permit.reason, permit.proposed_by)
    if said != (wanted.account, limit, wanted.expires_at, reason, by):
        raise ProposalDiffers(wanted.id)
    return permit


def _limit(wanted: WantedPermit, currency: str, now: datetime) -> int:
    faults = []
    limit = 0
    try:
        limit = minor_units(wanted.limit, currency)
    except AmountError as error:
        faults.append(Fault("limit", "not_an_amount", f"{error}."))
    if limit < 0:
        faults.append(Fault("limit", "negative", "A limit is zero or more."))
    is_known = OverdraftPermit.objects.filter(pk=wanted.id).exists()
    if wanted.expires_at and wanted.expires_at <= now and not is_known:
        faults.append(Fault("expires_at", "past", "It would be over before it begins."))
    if faults:
        raise Unacceptable(faults)
    return limit
