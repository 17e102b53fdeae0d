"""Reversal (冲正): a new event that moves everything back; what was posted stays as it is."""

from ledger.actions.try_transactions import Answered, try_requests
from ledger.domain.direction import Side
from ledger.domain.legs import Leg, Request, mirrored
from ledger.domain.transaction import IllegalStep, State, UnknownTransaction
from ledger.models import LedgerTransaction


def reverse(original: str, identifier: str, memo: str, by: str) -> Answered:
    """Tried and confirmed at once. To take back an increase is a decrease: it may be refused."""
    found = LedgerTransaction.objects.prefetch_related("legs").filter(pk=original).first()
    if found is None:
        raise UnknownTransaction(original)
    if found.state not in (State.CONFIRMED.value, State.POSTED.value):
        raise IllegalStep(f"reverse while {found.state}")
    legs = tuple(Leg(leg.account_id, Side(leg.side), leg.amount) for leg in found.legs.all())
    request = Request(identifier, mirrored(legs), None, memo, reverses=original)
    return try_requests([request], by, frozenset((identifier,)))[0]
