"""Trust, availability, admission, amounts, and the tables of transactions and accounts."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.account import Account, ClosedForEver, Gesture, Usability, usability_after
from ledger.domain.admission import Reason, Verdict, decide
from ledger.domain.direction import TRUSTS, Direction, Side, Trust, is_decrease
from ledger.domain.legs import Leg, Request, decreases, mirrored, unbalanced
from ledger.domain.money import AMOUNT_MAX, AmountError, minor_units, money_text
from ledger.domain.transaction import (
    TRANSITIONS,
    IllegalStep,
    State,
    Step,
    UnknownTransaction,
    after,
)


def credit_account(posted: int, reserved: int = 0, overdraft: int = 0) -> Account:
    return Account(Direction.CREDIT, posted, reserved, overdraft)


def debit(account: str, amount: int) -> Leg:
    return Leg(account, Side.DEBIT, amount)


def credit(account: str, amount: int) -> Leg:
    return Leg(account, Side.CREDIT, amount)


@pytest.mark.parametrize(
    ("direction", "side", "trust"),
    [
        (Direction.DEBIT, Side.DEBIT, Trust.POST),
        (Direction.CREDIT, Side.CREDIT, Trust.POST),
        (Direction.DEBIT, Side.CREDIT, Trust.IN),
        (Direction.CREDIT, Side.DEBIT, Trust.IN),
        (Direction.UNRESTRICTED, Side.DEBIT, Trust.POST),
        (Direction.UNRESTRICTED, Side.CREDIT, Trust.POST),
    ],
)
def test_trust_follows_from_direction_and_side(
    direction: Direction, side: Side, trust: Trust
) -> None:
    assert TRUSTS[direction, side] is trust


def test_every_direction_and_side_has_its_trust() -> None:
    assert set(TRUSTS) == set(product(Direction, Side))


def test_available_counts_overdraft_and_reservations_in_the_accounts_direction() -> None:
    assert credit_account(100, reserved=30, overdraft=5).available == 75
    assert Account(Direction.DEBIT, -100, reserved=30, overdraft=5).available == 75
    assert Account(Direction.UNRESTRICTED, -100).available is None


@pytest.mark.parametrize(("amount", "reason"), [(99, None), (100, None), (101, "insufficient")])
def test_a_decrease_is_let_in_up_to_what_is_available(amount: int, reason: str | None) -> None:
    legs = [debit("a", amount), credit("b", amount)]
    accounts = {"a": credit_account(100), "b": Account(Direction.UNRESTRICTED)}
    verdict = decide(legs, accounts)
    assert verdict.reason == reason
    assert verdict.reserves == ({"a": amount} if reason is None else {})


def test_the_decreases_of_a_transaction_count_gross() -> None:
    """Its own increase is not there yet and may never be."""
    legs = [debit("a", 60), debit("a", 60), credit("a", 120)]
    assert decide(legs, {"a": credit_account(100)}).reason is Reason.INSUFFICIENT


def test_an_increase_asks_for_no_balance() -> None:
    accounts = {"a": credit_account(0), "b": Account(Direction.DEBIT, 0)}
    assert decide([credit("a", 5), debit("b", 5)], accounts) == Verdict()


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("side", Side)
def test_who_may_be_used_how(direction: Direction, side: Side) -> None:
    taken = {each: Account(direction, usability=each).takes(side) for each in Usability}
    assert taken == {
        Usability.OPEN: True,
        Usability.NO_DECREASES: not is_decrease(direction, side),
        Usability.FROZEN: False,
        Usability.CLOSED: False,
    }


def test_a_frozen_account_refuses_whatever_there_is_to_spend() -> None:
    account = Account(Direction.CREDIT, 100, usability=Usability.NO_DECREASES)
    verdict = decide([debit("a", 1)], {"a": account})
    assert (verdict.reason, verdict.account) == (Reason.UNUSABLE, "a")


def test_a_closed_account_stays_closed() -> None:
    for gesture in (Gesture.UNFREEZE, Gesture.FREEZE_ALL, Gesture.FREEZE_DECREASES):
        with pytest.raises(ClosedForEver):
            usability_after(Usability.CLOSED, gesture)


def test_posting_moves_the_balance_and_gives_the_reservation_back() -> None:
    account = credit_account(100, reserved=30)
    assert account.posting(Side.DEBIT, 30) == credit_account(70)
    assert account.posting(Side.CREDIT, 30) == credit_account(130, reserved=30)


def test_debits_and_credits_are_equal_in_each_currency() -> None:
    currencies = {"a": "CNY", "b": "CNY", "c": "USD", "d": "USD"}
    good = [debit("a", 5), credit("b", 5), debit("c", 7), credit("d", 7)]
    assert unbalanced(good, currencies) == []
    assert unbalanced([debit("a", 5), credit("c", 5)], currencies) == ["CNY", "USD"]
    assert unbalanced([*good, credit("b", 1)], currencies) == ["CNY"]


def test_a_reversal_moves_everything_back() -> None:
    legs = (debit("a", 5), credit("b", 5))
    assert mirrored(legs) == (credit("a", 5), debit("b", 5))
    directions = {"a": Direction.CREDIT, "b": Direction.CREDIT}
    assert decreases(mirrored(legs), directions) == {"b": 5}


def test_bodies_that_mean_the_same_are_the_same() -> None:
    body = Request("t", (debit("a", 5), credit("b", 5)), date(2026, 11, 23), "rent")
    turned = Request("t", body.legs[::-1], body.value_date, body.memo)
    assert body.body_hash == turned.body_hash
    others = [
        Request("t", (debit("a", 6), credit("b", 6)), body.value_date, "rent"),
        Request("t", (credit("a", 5), debit("b", 5)), body.value_date, "rent"),
        Request("t", body.legs, None, "rent"),
        Request("t", body.legs, body.value_date, ""),
        Request("t", body.legs, body.value_date, "rent", reverses="s"),
    ]
    assert len({body.body_hash, *(each.body_hash for each in others)}) == 6


@pytest.mark.parametrize(
    ("text", "currency", "value"),
    [("100.0", "CNY", 10000), ("100", "JPY", 100), ("0.001", "KWD", 1), ("-1.5", "CNY", -150)],
)
def test_amounts_are_whole_minor_units(text: str, currency: str, value: int) -> None:
    assert minor_units(text, currency) == value


@pytest.mark.parametrize(
    ("text", "currency"),
    [("1.001", "CNY"), ("1.5", "JPY"), ("1e3", "CNY"), ("", "CNY"), ("NaN", "CNY")],
)
def test_what_is_no_amount_of_the_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(AmountError):
        minor_units(text, currency)


def test_an_amount_has_a_greatest() -> None:
    assert minor_units(money_text(AMOUNT_MAX, "CNY"), "CNY") == AMOUNT_MAX
    with pytest.raises(AmountError):
        minor_units(money_text(AMOUNT_MAX + 1, "CNY"), "CNY")


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.sampled_from(("CNY", "JPY", "KWD")))
def test_an_amount_reads_as_it_was_written(value: int, currency: str) -> None:
    assert minor_units(money_text(value, currency), currency) == value


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_steps_that_no_row_names_are_refused(state: State, step: Step) -> None:
    if (state, step) in TRANSITIONS:
        assert after(state, step) is TRANSITIONS[state, step]
        return
    fault = UnknownTransaction if state is State.UNKNOWN else IllegalStep
    with pytest.raises(fault):
        after(state, step)


def test_only_what_is_confirmed_can_be_posted() -> None:
    assert [state for state, step in TRANSITIONS if step is Step.POST] == [State.CONFIRMED]
