"""Decide on an overdraft permit: approval, and nothing else, changes an account's limit."""

from django.db import connection
from django.utils import timezone

from ledger.actions.durable import durable_write
from ledger.actions.proposals import decide, found
from ledger.domain.account import ClosedForEver, Usability
from ledger.domain.proposals import ProposalGesture, ProposalState, least_limit
from ledger.models import AccountChange, LedgerAccount, OverdraftPermit
from ledger.telling import note_changed


class InUse(ValueError):
    """More of the limit is used than the permit would leave."""


class PermitOver(ValueError):
    """Its time was over before anybody approved it."""


def decide_permit(
    identifier: str, gesture: ProposalGesture, reason: str, by: str
) -> OverdraftPermit:
    permit = found(OverdraftPermit, identifier)
    with durable_write():
        if gesture is ProposalGesture.APPROVE:
            # Before it is decided: only one permit of an account may be in force.
            account = locked(permit.account_id)
            before = _before(account, permit)
            if decide(permit, gesture, reason, by):
                _give(permit, account, before)
        else:
            decide(permit, gesture, reason, by)
    return permit


def locked(identifier: str) -> LedgerAccount:
    """Not FOR UPDATE, which would also stop whoever refers to the row."""
    no_key = connection.features.has_select_for_no_key_update
    return LedgerAccount.objects.select_for_update(no_key=no_key).get(pk=identifier)


def set_limit(account: LedgerAccount, limit: int, reason: str, by: str) -> None:
    """On a locked row; its history says who allowed it."""
    account.overdraft = limit
    account.save(update_fields=["overdraft"])
    AccountChange.objects.create(
        account=account, what="overdraft", usability=account.usability, reason=reason, by=by
    )
    note_changed(account.pk)


def _before(account: LedgerAccount, permit: OverdraftPermit) -> int:
    """What comes back when its time is over. One that is in force ends here."""
    standing = OverdraftPermit.objects.filter(
        account=account, state=ProposalState.APPROVED.value
    ).exclude(pk=permit.pk)
    replaced = standing.first()
    if replaced is None or permit.stands is not ProposalState.PROPOSED:
        return account.overdraft
    standing.update(state=ProposalState.ENDED.value, done_at=timezone.now())
    assert replaced.before is not None
    return replaced.before if replaced.expires_at else account.overdraft


def _give(permit: OverdraftPermit, account: LedgerAccount, before: int) -> None:
    if permit.expires_at and permit.expires_at <= timezone.now():
        raise PermitOver(str(permit.expires_at))
    if account.usability == Usability.CLOSED.value:
        raise ClosedForEver(account.pk)
    if permit.limit < least_limit(account.figures):
        raise InUse(account.pk)
    permit.before = before
    permit.save(update_fields=["before"])
    set_limit(account, permit.limit, permit.reason, permit.decided_by)
