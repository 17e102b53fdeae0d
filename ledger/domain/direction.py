"""Which events can be trusted before their transaction ends (CN114971874A, claims 1, 3, 4).

Balances are signed: credits minus debits.
"""

from enum import StrEnum


class Direction(StrEnum):
    """The limit on an account's balance after a transaction."""

    CREDIT = "credit"  # never below zero
    DEBIT = "debit"  # never above zero
    UNRESTRICTED = "unrestricted"


class Side(StrEnum):
    """The flow of funds: a debit lowers the signed balance, a credit raises it."""

    DEBIT = "debit"
    CREDIT = "credit"


class Trust(StrEnum):
    """From when on an event's amount is certain to be there or to be gone."""

    POST = "post"  # after the transaction: it may still be undone, so nothing is spent of it
    IN = "in"  # within the transaction: what it takes is reserved at once


_SIGNS = {Direction.CREDIT: 1, Direction.DEBIT: -1, Direction.UNRESTRICTED: 0}
OPPOSITE = {Side.DEBIT: Side.CREDIT, Side.CREDIT: Side.DEBIT}
TRUSTS = {
    (Direction.DEBIT, Side.DEBIT): Trust.POST,
    (Direction.CREDIT, Side.CREDIT): Trust.POST,
    (Direction.DEBIT, Side.CREDIT): Trust.IN,
    (Direction.CREDIT, Side.DEBIT): Trust.IN,
    (Direction.UNRESTRICTED, Side.DEBIT): Trust.POST,
    (Direction.UNRESTRICTED, Side.CREDIT): Trust.POST,
}


def signed(side: Side, amount: int) -> int:
    return amount if side is Side.CREDIT else -amount


def normal(direction: Direction, balance: int) -> int:
    """A signed balance as the account's owner counts it: positive where it may be."""
    return _SIGNS[direction] * balance


def is_decrease(direction: Direction, side: Side) -> bool:
    """Whether the account has less afterwards; without a direction, whether it is debited."""
    if direction is Direction.UNRESTRICTED:
        return side is Side.DEBIT
    return TRUSTS[direction, side] is Trust.IN
