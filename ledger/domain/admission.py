"""Admission: whether a try is let in, and what is reserved for it. The only step with a guard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.domain.account import Account
from ledger.domain.legs import Leg, decreases


class Reason(StrEnum):
    """Why a try is refused."""

    UNUSABLE = "unusable"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True)
class Verdict:
    """Let in with these reservations by account, or refused because of one account."""

    reserves: Mapping[str, int] = field(default_factory=dict)
    reason: Reason | None = None
    account: str = ""


def decide(legs: Iterable[Leg], accounts: Mapping[str, Account]) -> Verdict:
    """All legs or none; a transaction's increases do not pay for its decreases."""
    legs = tuple(legs)
    for leg in legs:
        if not accounts[leg.account].takes(leg.side):
            return Verdict(reason=Reason.UNUSABLE, account=leg.account)
    reserves = decreases(legs, {leg.account: accounts[leg.account].direction for leg in legs})
    for name, amount in sorted(reserves.items()):
        available = accounts[name].available
        assert available is not None
        if amount > available:
            return Verdict(reason=Reason.INSUFFICIENT, account=name)
    return Verdict(reserves)


def reserving(accounts: Mapping[str, Account], reserves: Mapping[str, int]) -> dict[str, Account]:
    """The accounts that change, once the reservations stand."""
    return {name: accounts[name].reserving(amount) for name, amount in reserves.items()}


def reserved(accounts: Mapping[str, Account], reserves: Mapping[str, int]) -> dict[str, Account]:
    """All accounts once the reservations stand."""
    return {**accounts, **reserving(accounts, reserves)}
