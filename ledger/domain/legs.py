"""The legs of a transaction: each an event on one account, together balanced by currency."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ledger.domain.direction import OPPOSITE, TRUSTS, Direction, Side, Trust, signed

LEGS_MAX = 100


@dataclass(frozen=True)
class Leg:
    """An amount in minor units, moved on one account."""

    account: str
    side: Side
    amount: int


@dataclass(frozen=True)
class Request:
    """What a try asks for."""

    id: str
    legs: tuple[Leg, ...]
    value_date: date | None = None
    memo: str = ""
    # A reversal names the transaction it takes back.
    reverses: str | None = None

    @cached_property
    def body_hash(self) -> str:
        """The same for bodies that mean the same, whatever the order of the legs."""
        legs = sorted((leg.account, leg.side.value, leg.amount) for leg in self.legs)
        day = self.value_date.isoformat() if self.value_date else None
        text = json.dumps([legs, day, self.memo, self.reverses], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def as_kept(legs: Iterable[Leg]) -> list[dict[str, str | int]]:
    """As they stand where they are no events: among refusals and in vouchers."""
    return [{"account": leg.account, "side": leg.side.value, "amount": leg.amount} for leg in legs]


def unbalanced(legs: Iterable[Leg], currencies: Mapping[str, str]) -> list[str]:
    """The currencies in which debits and credits differ."""
    sums: dict[str, int] = {}
    for leg in legs:
        currency = currencies[leg.account]
        sums[currency] = sums.get(currency, 0) + signed(leg.side, leg.amount)
    return sorted(currency for currency, total in sums.items() if total)


def decreases(legs: Iterable[Leg], directions: Mapping[str, Direction]) -> dict[str, int]:
    """What is to be reserved by account: the gross sum of its in-trusted legs."""
    sums: dict[str, int] = {}
    for leg in legs:
        if TRUSTS[directions[leg.account], leg.side] is Trust.IN:
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount
    return sums


def mirrored(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """The legs that take these back."""
    return tuple(Leg(leg.account, OPPOSITE[leg.side], leg.amount) for leg in legs)
