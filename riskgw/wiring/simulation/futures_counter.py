"""A futures and options counter of the simulated day: what it sends by REST, second by second.

Such markets are on no mirrored link here; they come in through counters alone.
"""

from random import Random
from typing import Any

from riskgw.messages.base_data import AccountData, BaseData, ContractData

SOURCE, EXCHANGE = "CTP1", "CFFEX"
ORDERS_A_TURN = 3
# Fewer than any rule asks for: the day's alerts are those its labels name.
_QUOTES_A_TURN = 1
_CONTRACTS = (("IF2612", "3900.0", "0.2"), ("IC2612", "5600.0", "0.2"), ("IM2612", "6000.0", "0.2"))
_OPTION = ("IO2612-C-3900", "120.0", "0.2")
_ACCOUNTS = tuple(f"F{number:06}" for number in range(1, 9))

BASE = BaseData(
    accounts=tuple(
        AccountData(account, EXCHANGE, f"GF{account}", SOURCE, f"CF{account}", permissions=("*",))
        for account in _ACCOUNTS
    ),
    contracts=tuple(
        ContractData(
            symbol, EXCHANGE, tick, "1", "20", name=symbol, kind=kind, previous_close=close
        )
        for kind, rows in (("future", _CONTRACTS), ("option", (_OPTION,)))
        for symbol, close, tick in rows
    ),
)


class FuturesCounter:
    """Its `source_id`s count on from `first`: a run that begins anew sends nothing twice."""

    def __init__(self, seed: int, first: int) -> None:
        self._random = Random(seed)  # noqa: S311  # a simulation
        self._number = first

    def orders(self) -> list[dict[str, Any]]:
        """Orders that it would send now; each is checked first."""
        return [self._order() for _ in range(ORDERS_A_TURN)]

    def fills(self, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The orders traded in full, at their price."""
        return [
            {
                **order, "event": "fill", "exec_ref": f"E{order['order_ref']}",
                "source_id": self._next(),
            }
            for order in orders
        ]  # fmt: skip

    def quote_requests(self) -> list[dict[str, Any]]:
        """Somebody asks for a price of the option."""
        account = self._random.choice(_ACCOUNTS)
        return [
            {
                "source_id": self._next(), "exchange": EXCHANGE, "account": account,
                "symbol": _OPTION[0],
            }
            for _ in range(_QUOTES_A_TURN)
        ]  # fmt: skip

    def funds(self) -> list[dict[str, Any]]:
        """What each account has."""
        return [
            {
                "source_id": self._next(), "exchange": EXCHANGE, "account": account,
                "equity": "5000000", "available": "4000000", "margin": "1000000",
            }
            for account in _ACCOUNTS
        ]  # fmt: skip

    def _order(self) -> dict[str, Any]:
        symbol, close, _ = self._random.choice(_CONTRACTS)
        # Whole ticks around the close, in tenths: no float has a say in a price.
        tenths = int(close.replace(".", "")) + 2 * self._random.randint(-20, 20)
        number = self._next()
        return {
            "source_id": number, "order_ref": number, "exchange": EXCHANGE,
            "account": self._random.choice(_ACCOUNTS), "symbol": symbol,
            "side": self._random.choice(("buy", "sell")),
            "offset": self._random.choice(("open", "open", "close")), "order_type": "limit",
            "tif": "day", "price": f"{tenths // 10}.{tenths % 10}",
            "quantity": str(self._random.randint(1, 5)),
        }  # fmt: skip

    def _next(self) -> str:
        self._number += 1
        return f"{SOURCE}-{self._number}"
