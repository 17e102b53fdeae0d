"""An approved voucher becomes a transaction like any other: tried, then confirmed."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from ledger.actions.combiner import BatchLost, TooBusy
from ledger.actions.confirm import confirm
from ledger.actions.durable import durable_write
from ledger.actions.proposals import decide, found
from ledger.actions.try_transactions import Outcome, try_requests
from ledger.domain.proposals import ProposalGesture, ProposalState, proposal_after
from ledger.domain.transaction import IllegalStep, State
from ledger.models import Voucher
from ledger.telling import note_proposal

# Whoever approved it books it; after this, somebody died between the two.
BOOKED_WITHIN = timedelta(seconds=5)
AT_ONCE_MAX = 100
_CONFLICT = "conflict"

_log = logging.getLogger(__name__)


def decide_voucher(identifier: str, gesture: ProposalGesture, reason: str, by: str) -> Voucher:
    """Approved, it is booked at once, or refused by the ledger with its reason."""
    voucher = found(Voucher, identifier)
    with durable_write():
        decide(voucher, gesture, reason, by)
    if voucher.stands is ProposalState.APPROVED:
        _book(voucher)
    return voucher


def book_vouchers(now: datetime) -> int:
    """Those whose approval was cut short; how many."""
    waiting = Voucher.objects.filter(
        state=ProposalState.APPROVED.value, decided_at__lte=now - BOOKED_WITHIN
    ).order_by("decided_at")
    vouchers = list(waiting[:AT_ONCE_MAX])
    for voucher in vouchers:
        _book(voucher)
    return len(vouchers)


def _book(voucher: Voucher) -> None:
    """Each step may be repeated, and answers the same."""
    request = voucher.request
    try:
        answer = try_requests([request], voucher.proposed_by)[0]
    except (TooBusy, BatchLost) as error:
        _log.warning("voucher %s waits: %s", voucher.pk, error)
        return
    if not isinstance(answer, Outcome):
        refusal = _CONFLICT
    elif answer.state is State.TRIED:
        refusal = _confirmed(voucher)
    else:
        refusal = answer.reason or answer.state.value
    _store(voucher, ProposalGesture.REFUSE if refusal else ProposalGesture.BOOK, refusal)


def _confirmed(voucher: Voucher) -> str:
    try:
        confirm(voucher.pk, voucher.decided_by)
    except IllegalStep:
        # Somebody cancelled it by its id.
        return State.CANCELLED.value
    return ""


def _store(voucher: Voucher, gesture: ProposalGesture, refusal: str) -> None:
    state = proposal_after(ProposalState.APPROVED, gesture)
    with durable_write():
        waiting = Voucher.objects.filter(pk=voucher.pk, state=ProposalState.APPROVED.value)
        if waiting.update(state=state.value, refusal=refusal, done_at=timezone.now()):
            note_proposal()
    voucher.refresh_from_db()
