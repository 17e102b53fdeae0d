"""Propose, and decide: what vouchers and permits have in common."""

from typing import TypeVar

from django.utils import timezone

from ledger.domain.proposals import (
    AlreadyDecided,
    ProposalGesture,
    ProposalState,
    check_person,
    proposal_after,
)
from ledger.models import OverdraftPermit, Voucher
from ledger.telling import note_proposal

Proposal = TypeVar("Proposal", Voucher, OverdraftPermit)


class ProposalUnknown(LookupError):
    """There is no such voucher or permit."""


class ProposalDiffers(ValueError):
    """The number belongs to another proposal, or to a transaction."""


def found(model: type[Proposal], identifier: str) -> Proposal:
    row = model.objects.filter(pk=identifier).first()
    if row is None:
        raise ProposalUnknown(identifier)
    return row


def decide(row: Proposal, gesture: ProposalGesture, reason: str, by: str) -> bool:
    """Within a transaction. False if the same person had decided so before."""
    check_person(gesture, row.proposed_by, by)
    state = proposal_after(ProposalState.PROPOSED, gesture)
    changed = type(row).objects.filter(
        pk=row.pk, state=ProposalState.PROPOSED.value
    ).update(
        state=state.value, decided_by=by, decided_at=timezone.now(), decision_reason=reason
    )  # fmt: skip
    row.refresh_from_db()
    if changed:
        note_proposal()
        return True
    if row.decided_by == by and (row.stands, gesture) in _SAME:
        return False
    raise AlreadyDecided(row.state)


# What an approval may have become by the time its repeat comes.
_SAME = {
    (ProposalState.REJECTED, ProposalGesture.REJECT),
    (ProposalState.WITHDRAWN, ProposalGesture.WITHDRAW),
    *(
        (state, ProposalGesture.APPROVE)
        for state in (
            ProposalState.APPROVED,
            ProposalState.BOOKED,
            ProposalState.REFUSED,
            ProposalState.ENDED,
        )
    ),
}
