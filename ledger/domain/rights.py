"""What a business unit may ask of the ledger: which requests, which way, on which accounts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledger.domain.acceptance import WantedLeg
from ledger.domain.direction import Direction, is_decrease


class Ask(StrEnum):
    """What can be asked."""

    TRY = "try"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    READ = "read"


@dataclass(frozen=True)
class Rights:
    """Of one unit; `name` is what its transactions carry."""

    name: str
    asks: frozenset[Ask]
    may_increase: bool
    may_decrease: bool
    accounts: frozenset[str]


@dataclass(frozen=True)
class Outside:
    """A leg that is not the unit's to write, and why."""

    place: int
    code: str
    account: str


def outside(
    rights: Rights, legs: Iterable[WantedLeg], directions: Mapping[str, Direction]
) -> Iterator[Outside]:
    """An account that is not the unit's looks the same whether or not it is there."""
    for place, leg in enumerate(legs):
        if leg.account not in rights.accounts:
            yield Outside(place, "account_outside_rights", leg.account)
            continue
        direction = directions.get(leg.account)
        if direction is None:
            continue
        is_allowed = (
            rights.may_decrease if is_decrease(direction, leg.side) else rights.may_increase
        )
        if not is_allowed:
            yield Outside(place, "direction_outside_rights", leg.account)
