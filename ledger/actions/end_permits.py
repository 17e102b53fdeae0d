"""Permits whose time is over: the limit goes back, as far as what stands there lets it."""

from datetime import datetime

from django.utils import timezone

from ledger.actions.decide_permit import locked, set_limit
from ledger.actions.durable import durable_write
from ledger.domain.proposals import ProposalState, least_limit
from ledger.models import OverdraftPermit
from ledger.telling import note_proposal

AT_ONCE_MAX = 100


def end_permits(now: datetime) -> int:
    """How many ended. What is still used shrinks with every look, and cannot be used again."""
    over = OverdraftPermit.objects.filter(
        state=ProposalState.APPROVED.value, expires_at__lte=now
    ).order_by("expires_at")
    return sum(_end(permit) for permit in over[:AT_ONCE_MAX])


def _end(permit: OverdraftPermit) -> bool:
    with durable_write():
        account = locked(permit.account_id)
        permit.refresh_from_db()
        if permit.stands is not ProposalState.APPROVED:
            return False
        assert permit.before is not None
        limit = max(permit.before, least_limit(account.figures))
        if limit < account.overdraft:
            set_limit(account, limit, f"permit {permit.pk} is over", "")
        if limit > permit.before:
            return False
        permit.state = ProposalState.ENDED.value
        permit.done_at = timezone.now()
        permit.save(update_fields=["state", "done_at"])
        note_proposal()
    return True
