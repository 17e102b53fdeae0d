"""What one accountant proposes and another decides: vouchers and overdraft permits."""

from enum import StrEnum

from ledger.domain.account import Account


class ProposalState(StrEnum):
    """Where a proposal stands; those that are not decided move nothing."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"  # a voucher about to be booked, a permit that has been given
    BOOKED = "booked"  # its transaction is confirmed
    REFUSED = "refused"  # the ledger did not let its transaction in
    ENDED = "ended"  # the permit's time is over, or another took its place


class ProposalGesture(StrEnum):
    """What becomes of a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    BOOK = "book"
    REFUSE = "refuse"
    END = "end"


_S, _G = ProposalState, ProposalGesture
TRANSITIONS = {
    (_S.PROPOSED, _G.APPROVE): _S.APPROVED,
    (_S.PROPOSED, _G.REJECT): _S.REJECTED,
    (_S.PROPOSED, _G.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _G.BOOK): _S.BOOKED,
    (_S.APPROVED, _G.REFUSE): _S.REFUSED,
    (_S.APPROVED, _G.END): _S.ENDED,
}


class SecondPersonNeeded(PermissionError):
    """Nobody decides what they proposed."""


class NotYours(PermissionError):
    """Only who proposed it takes it back."""


class AlreadyDecided(ValueError):
    """It no longer waits for this."""


def proposal_after(state: ProposalState, gesture: ProposalGesture) -> ProposalState:
    try:
        return TRANSITIONS[state, gesture]
    except KeyError:
        raise AlreadyDecided(f"{gesture.value} while {state.value}") from None


def check_person(gesture: ProposalGesture, maker: str, by: str) -> None:
    """Four eyes: who made it may take it back, another may decide."""
    if gesture is ProposalGesture.WITHDRAW:
        if by != maker:
            raise NotYours(maker)
    elif by == maker:
        raise SecondPersonNeeded(maker)


def least_limit(account: Account) -> int:
    """The lowest overdraft under which all that stands there still fits."""
    assert account.available is not None
    return max(0, account.overdraft - account.available)
