"""A Hypothesis state machine: the database beside the model, step by step, with the invariants."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.actions.accounts import change_account
from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.actions.post import post_due
from ledger.actions.try_transactions import BodyConflict, Outcome, try_transactions
from ledger.domain.acceptance import Wanted
from ledger.domain.account import Account, Gesture, usability_after
from ledger.domain.admission import decide, reserved
from ledger.domain.direction import Direction, Side
from ledger.domain.legs import Leg
from ledger.domain.transaction import (
    VERDICTS,
    IllegalStep,
    State,
    Step,
    UnknownTransaction,
    after,
)
from ledger.models import (
    AccountChange,
    LedgerAccount,
    LedgerLeg,
    LedgerTransaction,
    PostingMessage,
    Refusal,
    StatementLine,
)
from tests.ledger.books import BY, account, check_books, transfer

pytestmark = pytest.mark.django_db

NAMES = {
    "cash": Direction.UNRESTRICTED,
    "a": Direction.CREDIT,
    "b": Direction.CREDIT,
    "loan": Direction.DEBIT,
}
IDS = [f"t{number}" for number in range(6)]
OVERDRAFT = 2
GESTURES = (Gesture.FREEZE_ALL, Gesture.FREEZE_DECREASES, Gesture.UNFREEZE)

ids = st.sampled_from(IDS)
names = st.sampled_from(sorted(NAMES))
amounts = st.integers(1, 4)


class Books(RuleBasedStateMachine):
    """What the model says, the database says; in between, everything holds."""

    def __init__(self) -> None:
        super().__init__()
        for table in (
            StatementLine, PostingMessage, LedgerLeg, Refusal, LedgerTransaction, AccountChange,
            LedgerAccount,
        ):  # fmt: skip
            table.objects.all().delete()
        self.accounts = {}
        for name, direction in NAMES.items():
            overdraft = OVERDRAFT if name == "a" else 0
            account(name, direction, overdraft=overdraft)
            self.accounts[name] = Account(direction, overdraft=overdraft)
        self.states: dict[str, State] = {}
        self.bodies: dict[str, Wanted] = {}
        self.legs: dict[str, tuple[Leg, ...]] = {}
        self.held: dict[str, Any] = {}

    @rule(items=st.lists(st.tuples(ids, names, names, amounts), min_size=1, max_size=3))
    def try_batch(self, items: list[tuple[str, str, str, int]]) -> None:
        """Some in one call: of one id the first; those that only increase before the others."""
        wanted = [
            self.bodies.get(name) or transfer(name, payer, payee, f"0.0{amount}")
            for name, payer, payee, amount in items
        ]
        first = {each.id: each for each in reversed(wanted)}
        for each in sorted((each for each in wanted if first[each.id] is each), key=self._takes):
            self._tried(each)
        answers = try_transactions(wanted, BY)
        for each, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, BodyConflict):
                assert self.bodies[each.id] != each
                continue
            assert isinstance(answer, Outcome)
            assert answer.state is VERDICTS[self.states[each.id]]

    @rule(name=ids)
    def confirm(self, name: str) -> None:
        self._step(name, Step.CONFIRM, confirm)

    @rule(name=ids)
    def cancel(self, name: str) -> None:
        self._step(name, Step.CANCEL, cancel)

    @rule(count=st.integers(1, 3))
    def post(self, count: int) -> None:
        post_due(count)
        rows = LedgerTransaction.objects.exclude(settled_at=None).values_list("pk", flat=True)
        for name in set(rows):
            self._settled(name)

    @rule(name=names, gesture=st.sampled_from(GESTURES))
    def gesture(self, name: str, gesture: Gesture) -> None:
        change_account(name, gesture, "", BY)
        old = self.accounts[name]
        usability = usability_after(old.usability, gesture)
        self.accounts[name] = Account(
            old.direction, old.posted, old.reserved, old.overdraft, usability
        )

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        rows = LedgerAccount.objects.all()
        assert {row.pk: row.figures for row in rows} == self.accounts
        stored = dict(LedgerTransaction.objects.values_list("pk", "state"))
        assert stored == {name: state.value for name, state in self.states.items()}
        check_books(rows)

    def _takes(self, wanted: Wanted) -> bool:
        payer, payee = wanted.legs[0].account, wanted.legs[1].account
        return NAMES[payer] is Direction.CREDIT or NAMES[payee] is Direction.DEBIT

    def _tried(self, wanted: Wanted) -> None:
        if wanted.id in self.states:
            return
        legs = tuple(Leg(leg.account, leg.side, int(leg.amount[-1])) for leg in wanted.legs)
        verdict = decide(legs, self.accounts)
        step = Step.REJECT if verdict.reason else Step.ADMIT
        self.states[wanted.id] = after(State.UNKNOWN, step)
        self.bodies[wanted.id], self.legs[wanted.id] = wanted, legs
        self.held[wanted.id] = dict(verdict.reserves)
        self.accounts = reserved(self.accounts, verdict.reserves)

    def _step(self, name: str, step: Step, action: Any) -> None:
        try:
            expected: Any = after(self.states.get(name, State.UNKNOWN), step)
        except (IllegalStep, UnknownTransaction) as error:
            with pytest.raises(type(error)):
                action(name, BY)
            return
        assert action(name, BY) is expected
        self.states[name] = expected

    def _settled(self, name: str) -> None:
        if self.states[name] is State.CONFIRMED:
            for leg in self.legs[name]:
                old = self.accounts[leg.account]
                self.accounts[leg.account] = old.posting(Side(leg.side), leg.amount)
            self.states[name] = after(State.CONFIRMED, Step.POST)
        elif self.states[name] is State.CANCELLED:
            for account_name, amount in self.held[name].items():
                self.accounts[account_name] = self.accounts[account_name].releasing(amount)
        self.held[name] = {}


@pytest.mark.long
def test_the_database_and_the_model_agree_whatever_comes_in_whatever_order() -> None:
    run_state_machine_as_test(Books, settings=settings(max_examples=40, stateful_step_count=25))
