"""What a try must look like before anything of it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.domain.direction import Side
from ledger.domain.legs import LEGS_MAX, Leg, Request, unbalanced
from ledger.domain.money import AmountError, minor_units


@dataclass(frozen=True)
class WantedLeg:
    """A leg as it was sent; the currency is the account's unless it is said."""

    account: str
    side: Side
    amount: str
    currency: str | None = None


@dataclass(frozen=True)
class Wanted:
    """A try as it was sent."""

    id: str
    legs: Sequence[WantedLeg]
    value_date: date | None = None
    memo: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where."""

    field: str
    code: str
    detail: str


class Unacceptable(ValueError):
    """Refused before it is a transaction: nothing is kept of it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.detail for fault in faults))
        self.faults = faults


def accepted(wanted: Wanted, currencies: Mapping[str, str]) -> Request:
    """The request in minor units; `currencies` by account, of all accounts there are."""
    if not 2 <= len(wanted.legs) <= LEGS_MAX:
        raise Unacceptable([Fault("legs", "count", f"2 to {LEGS_MAX} legs, please.")])
    read = [_leg(place, leg, currencies) for place, leg in enumerate(wanted.legs)]
    legs = tuple(each for each in read if isinstance(each, Leg))
    if len(legs) < len(read):
        raise Unacceptable([fault for each in read if isinstance(each, list) for fault in each])
    if open_currencies := unbalanced(legs, currencies):
        detail = f"Debits and credits differ in {', '.join(open_currencies)}."
        raise Unacceptable([Fault("legs", "unbalanced", detail)])
    return Request(wanted.id, legs, wanted.value_date, wanted.memo)


def _leg(place: int, leg: WantedLeg, currencies: Mapping[str, str]) -> Leg | list[Fault]:
    currency = currencies.get(leg.account)
    if currency is None:
        detail = f"There is no account {leg.account}."
        return [Fault(f"legs.{place}.account", "unknown_account", detail)]
    faults = []
    if leg.currency not in (None, currency):
        detail = f"{leg.account} is kept in {currency}."
        faults.append(Fault(f"legs.{place}.currency", "wrong_currency", detail))
    amount = 0
    try:
        amount = minor_units(leg.amount, currency)
        if amount <= 0:
            faults.append(Fault(f"legs.{place}.amount", "not_positive", "An amount is above zero."))
    except AmountError as error:
        faults.append(Fault(f"legs.{place}.amount", "not_an_amount", f"{error}."))
    return faults or Leg(leg.account, leg.side, amount)
