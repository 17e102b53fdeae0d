"""What counters tell of accounts apart from orders: positions and funds."""

import msgspec


class Position(msgspec.Struct, frozen=True, array_like=True):
    """What an account holds in a contract, in 10**-3 units; `sellable` None is all of it."""

    exchange: str
    account: str
    symbol: str
    quantity: int
    sellable: int | None = None
    is_short: bool = False


class Funds(msgspec.Struct, frozen=True, array_like=True):
    """An account's money in 10**-5 of its currency; no exchange means all of them."""

    account: str
    exchange: str = ""
    available: int | None = None
    equity: int | None = None
    margin: int | None = None
