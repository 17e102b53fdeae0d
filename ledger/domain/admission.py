"""Admission: whether a try is let in, and what is reserved for it. The only step with a guard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.domain.account import Account
from ledger.domain.legs import Leg, Request, decreases
from ledger.domain.transaction import State, Step, after


class Reason(StrEnum):
    """Why a try is refused."""

    UNUSABLE = "unusable"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, eq=False)
class Try:
    """A request, who makes it, and whether it is confirmed in the same commit."""

    request: Request
    by: str
    is_confirmed: bool = False


@dataclass(frozen=True)
class Verdict:
    """Let in with these reservations by account, or refused because of one account."""

    reserves: Mapping[str, int] = field(default_factory=dict)
    reason: Reason | None = None
    account: str = ""


@dataclass(frozen=True)
class Decided:
    """A try with its verdict."""

    wanted: Try
    verdict: Verdict

    @property
    def request(self) -> Request:
        return self.wanted.request

    @property
    def is_admitted(self) -> bool:
        return self.verdict.reason is None

    @property
    def is_confirmed(self) -> bool:
        return self.wanted.is_confirmed and self.is_admitted

    @property
    def state(self) -> State:
        state = after(State.UNKNOWN, Step.ADMIT if self.is_admitted else Step.REJECT)
        return after(state, Step.CONFIRM) if self.is_confirmed else state


def decide(legs: Iterable[Leg], accounts: Mapping[str, Account]) -> Verdict:
    """All legs or none; a transaction's increases do not pay for its decreases."""
    legs = tuple(legs)
    for leg in legs:
        if not accounts[leg.account].takes(leg.side):
            return Verdict(reason=Reason.UNUSABLE, account=leg.account)
    wanted = decreases(legs, {leg.account: accounts[leg.account].direction for leg in legs})
    for name, amount in sorted(wanted.items()):
        available = accounts[name].available
        assert available is not None
        if amount > available:
            return Verdict(reason=Reason.INSUFFICIENT, account=name)
    return Verdict(wanted)


def reserves(found: Iterable[Decided]) -> dict[str, int]:
    """What all of them reserve by account, in the order of the names."""
    sums: dict[str, int] = {}
    for each in found:
        for name, amount in each.verdict.reserves.items():
            sums[name] = sums.get(name, 0) + amount
    return dict(sorted(sums.items()))


def reserving(accounts: Mapping[str, Account], reserves: Mapping[str, int]) -> dict[str, Account]:
    """The accounts that change, once the reservations stand."""
    return {name: accounts[name].reserving(amount) for name, amount in reserves.items()}


def reserved(accounts: Mapping[str, Account], reserves: Mapping[str, int]) -> dict[str, Account]:
    """All accounts once the reservations stand."""
    return {**accounts, **reserving(accounts, reserves)}
