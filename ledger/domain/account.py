"""An account: what stands posted, what is reserved, what is left, and who may still use it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from ledger.domain.direction import TRUSTS, Direction, Side, Trust, is_decrease, normal, signed


class Usability(StrEnum):
    """Which new tries an account takes; confirm, cancel and posting are never asked."""

    OPEN = "open"
    NO_DECREASES = "no_decreases"
    FROZEN = "frozen"
    CLOSED = "closed"


class Gesture(StrEnum):
    """What one can do with an account."""

    FREEZE_DECREASES = "freeze_decreases"
    FREEZE_ALL = "freeze_all"
    UNFREEZE = "unfreeze"
    CLOSE = "close"


_OPEN, _NO_DECREASES, _FROZEN = Usability.OPEN, Usability.NO_DECREASES, Usability.FROZEN
TRANSITIONS = {
    **dict.fromkeys(
        ((each, Gesture.FREEZE_DECREASES) for each in (_OPEN, _NO_DECREASES, _FROZEN)),
        _NO_DECREASES,
    ),
    **dict.fromkeys(
        ((each, Gesture.FREEZE_ALL) for each in (_OPEN, _NO_DECREASES, _FROZEN)), _FROZEN
    ),
    **dict.fromkeys(((each, Gesture.UNFREEZE) for each in (_OPEN, _NO_DECREASES, _FROZEN)), _OPEN),
    **dict.fromkeys(((each, Gesture.CLOSE) for each in Usability), Usability.CLOSED),
}


class ClosedForEver(ValueError):
    """A closed account neither freezes nor thaws."""


def usability_after(usability: Usability, gesture: Gesture) -> Usability:
    try:
        return TRANSITIONS[usability, gesture]
    except KeyError:
        raise ClosedForEver(f"{gesture.value} while {usability.value}") from None


@dataclass(frozen=True)
class Account:
    """The figures of one account, in minor units; `posted` is signed."""

    direction: Direction
    posted: int = 0
    reserved: int = 0
    overdraft: int = 0
    usability: Usability = Usability.OPEN

    @property
    def available(self) -> int | None:
        """What new decreases may take; None where nothing limits them.

        Increases count only once they are posted, all admitted decreases count at once.
        """
        if self.direction is Direction.UNRESTRICTED:
            return None
        return normal(self.direction, self.posted) + self.overdraft - self.reserved

    def takes(self, side: Side) -> bool:
        """Whether a new try may use the account so. Asked at try, never later."""
        if self.usability is Usability.NO_DECREASES:
            return not is_decrease(self.direction, side)
        return self.usability is Usability.OPEN

    def reserving(self, amount: int) -> "Account":
        assert self.available is not None
        assert self.available >= amount >= 0
        return replace(self, reserved=self.reserved + amount)

    def releasing(self, amount: int) -> "Account":
        assert self.reserved >= amount >= 0
        return replace(self, reserved=self.reserved - amount)

    def posting(self, side: Side, amount: int) -> "Account":
        """The balance moves; what was reserved for it is given back in the same step."""
        moved = replace(self, posted=self.posted + signed(side, amount))
        if TRUSTS[self.direction, side] is Trust.IN:
            moved = moved.releasing(amount)
        return moved
