"""Who may decide what, and how far an overdraft limit goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.account import Account
from ledger.domain.direction import Direction
from ledger.domain.proposals import (
    TRANSITIONS,
    AlreadyDecided,
    NotYours,
    ProposalGesture,
    ProposalState,
    SecondPersonNeeded,
    check_person,
    least_limit,
    proposal_after,
)

_AMOUNTS = st.integers(0, 10**12)


@pytest.mark.parametrize("gesture", [ProposalGesture.APPROVE, ProposalGesture.REJECT])
def test_nobody_decides_what_they_proposed(gesture: ProposalGesture) -> None:
    with pytest.raises(SecondPersonNeeded):
        check_person(gesture, "li", "li")
    check_person(gesture, "li", "wang")


def test_only_who_proposed_it_takes_it_back() -> None:
    check_person(ProposalGesture.WITHDRAW, "li", "li")
    with pytest.raises(NotYours):
        check_person(ProposalGesture.WITHDRAW, "li", "wang")


def test_what_is_decided_is_never_decided_again() -> None:
    for state in ProposalState:
        for gesture in ProposalGesture:
            if (state, gesture) in TRANSITIONS:
                assert proposal_after(state, gesture) is not ProposalState.PROPOSED
            else:
                with pytest.raises(AlreadyDecided):
                    proposal_after(state, gesture)


@given(st.sampled_from((Direction.CREDIT, Direction.DEBIT)), _AMOUNTS, _AMOUNTS, _AMOUNTS)
def test_the_least_limit_holds_all_that_stands_there_and_no_less_does(
    direction: Direction, balance: int, reserved: int, spare: int
) -> None:
    overdraft = max(0, reserved - balance) + spare
    posted = balance if direction is Direction.CREDIT else -balance
    least = least_limit(Account(direction, posted, reserved, overdraft))
    assert (Account(direction, posted, reserved, least).available or 0) >= 0
    if least:
        assert (Account(direction, posted, reserved, least - 1).available or 0) < 0
