"""A coordinator over two units: it dies anywhere, units fall silent, and both sides agree."""

from pathlib import Path
from typing import Any

import pytest

from ledger.actions.post import post_due
from ledger.coordinator import (
    Body,
    Coordinator,
    Decision,
    Journal,
    Refused,
    RestUnit,
    Unit,
    Unreachable,
)
from ledger.domain.account import Account
from ledger.domain.admission import decide, reserved
from ledger.domain.direction import Direction, Side
from ledger.domain.legs import Leg
from ledger.domain.transaction import VERDICTS, State, Step, after
from ledger.models import LedgerTransaction
from tests.ledger.books import account, figures, paid, transfer
from tests.pages import signed_in
from tests.sockets import token_of

PARTS: dict[str, Body] = {
    "north": {"amount": 60, "side": "debit"},
    "south": {"amount": 60, "side": "credit"},
}


class Died(BaseException):
    """The coordinator's process is gone."""


class Line:
    """Counts what passes, and breaks where it is told to: before a call or after it."""

    def __init__(
        self, breaks_at: int | None = None, silent_at: frozenset[int] = frozenset()
    ) -> None:
        self.count = 0
        self._breaks_at = breaks_at
        self._silent_at = silent_at

    def pass_by(self) -> None:
        self.count += 1
        if self.count == self._breaks_at:
            raise Died
        if self.count in self._silent_at:
            raise Unreachable("silent")


class FakeUnit:
    """A ledger in memory, by the rules of the domain: account `x` holds 100."""

    def __init__(self) -> None:
        self.accounts = {"x": Account(Direction.CREDIT, 100)}
        self.states: dict[str, State] = {}

    def attempt(self, identifier: str, leg: Leg) -> str:
        state = self.states.get(identifier, State.UNKNOWN)
        if state is State.UNKNOWN:
            verdict = decide([leg], self.accounts)
            self.accounts = reserved(self.accounts, verdict.reserves)
            state = after(state, Step.REJECT if verdict.reason else Step.ADMIT)
            self.states[identifier] = state
        return VERDICTS[state].value

    def tell(self, identifier: str, step: Step) -> None:
        self.states[identifier] = after(self.states.get(identifier, State.UNKNOWN), step)


class Distant:
    """The unit at the other end of a line: what is lost may be the call or its answer."""

    def __init__(self, unit: FakeUnit, line: Line) -> None:
        self._unit = unit
        self._line = line

    def attempt(self, identifier: str, body: Body) -> str:
        self._line.pass_by()
        state = self._unit.attempt(identifier, Leg("x", Side(body["side"]), body["amount"]))
        self._line.pass_by()
        return state

    def tell(self, identifier: str, decision: Decision) -> None:
        self._line.pass_by()
        self._unit.tell(identifier, Step(decision.value))
        self._line.pass_by()


def distant(units: dict[str, FakeUnit], line: Line) -> dict[str, Unit]:
    return {name: Distant(unit, line) for name, unit in units.items()}


@pytest.fixture
def units() -> dict[str, FakeUnit]:
    return {"north": FakeUnit(), "south": FakeUnit()}


def states(units: dict[str, FakeUnit]) -> list[State]:
    return [unit.states.get("t", State.UNKNOWN) for unit in units.values()]


def test_both_units_confirm_what_both_let_in(units: dict[str, FakeUnit], tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    assert Coordinator(journal, distant(units, Line())).run("t", PARTS) is Decision.CONFIRM
    assert states(units) == [State.CONFIRMED] * 2
    assert journal.unfinished() == []


def test_what_one_refuses_both_cancel(units: dict[str, FakeUnit], tmp_path: Path) -> None:
    parts = {**PARTS, "south": {"amount": 101, "side": "debit"}}
    coordinator = Coordinator(Journal(tmp_path / "journal"), distant(units, Line()))
    assert coordinator.run("t", parts) is Decision.CANCEL
    assert states(units) == [State.CANCELLED, State.REJECTED]


@pytest.mark.parametrize("place", range(1, 9))
def test_a_coordinator_that_dies_anywhere_leaves_both_sides_agreed_after_its_restart(
    units: dict[str, FakeUnit], tmp_path: Path, place: int
) -> None:
    path = tmp_path / "journal"
    with pytest.raises(Died):
        Coordinator(Journal(path), distant(units, Line(place))).run("t", PARTS)
    Coordinator(Journal(path), distant(units, Line())).recover()
    found = set(states(units))
    assert found in ({State.CONFIRMED}, {State.CANCELLED})
    # From the decision on, it is carried out: both tries and their answers are four passes.
    assert found == {State.CONFIRMED if place > 4 else State.CANCELLED}
    assert Journal(path).unfinished() == []


@pytest.mark.parametrize("place", range(1, 9))
def test_a_line_that_is_silent_once_changes_nothing_for_one_side_alone(
    units: dict[str, FakeUnit], tmp_path: Path, place: int
) -> None:
    journal = Journal(tmp_path / "journal")
    line = Line(silent_at=frozenset((place,)))
    decision = Coordinator(journal, distant(units, line)).run("t", PARTS)
    end = {Decision.CONFIRM: State.CONFIRMED, Decision.CANCEL: State.CANCELLED}[decision]
    assert states(units) == [end] * 2
    assert journal.unfinished() == []


def test_a_unit_that_stays_silent_is_told_later(units: dict[str, FakeUnit], tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    line = Line(silent_at=frozenset(range(5, 100)))
    assert Coordinator(journal, distant(units, line)).run("t", PARTS) is Decision.CONFIRM
    assert [entry.decision for entry in journal.unfinished()] == [Decision.CONFIRM]
    Coordinator(journal, distant(units, Line())).recover()
    assert states(units) == [State.CONFIRMED] * 2


def test_an_id_belongs_to_one_transaction(units: dict[str, FakeUnit], tmp_path: Path) -> None:
    coordinator = Coordinator(Journal(tmp_path / "journal"), distant(units, Line()))
    coordinator.run("t", PARTS)
    with pytest.raises(ValueError, match="another transaction"):
        coordinator.run("t", {"north": {"amount": 1, "side": "credit"}})


@pytest.fixture
def rest(live_server: Any) -> RestUnit:
    """The ledger's REST, with `a` holding 100.00 and `b` empty."""
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))
    signed_in("accountant")
    return RestUnit(live_server.url, f"Token {token_of('accountant')}")


def legs(amount: str) -> Body:
    return {
        "legs": [
            {"account": "a", "side": "debit", "amount": amount},
            {"account": "b", "side": "credit", "amount": amount},
        ]
    }


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_unit_over_rest(rest: RestUnit, tmp_path: Path) -> None:
    coordinator = Coordinator(Journal(tmp_path / "journal"), {"only": rest})
    # Of what makes no sense nothing is kept but the tombstone.
    assert coordinator.run("t0", {"only": legs("0.001")}) is Decision.CANCEL
    assert coordinator.run("t1", {"only": legs("60")}) is Decision.CONFIRM
    assert coordinator.run("t2", {"only": legs("60")}) is Decision.CANCEL
    assert dict(LedgerTransaction.objects.values_list("pk", "state")) == {
        "opening": "posted", "t0": "cancelled", "t1": "confirmed", "t2": "rejected",
    }  # fmt: skip
    post_due()
    assert figures("b") == (6_000, 0)
    with pytest.raises(Refused, match="404"):
        rest.tell("nobody", Decision.CONFIRM)
    nobody = RestUnit("http://127.0.0.1:1", "")
    with pytest.raises(Unreachable):
        nobody.tell("t", Decision.CONFIRM)
