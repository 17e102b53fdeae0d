"""A futures and options counter of the simulated day: what it sends by REST, second by second.

Such markets are on no mirrored link here; they come in through counters alone.
"""

from random import Random
from typing import Any

from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.wiring.simulation import market_maker
from riskgw.wiring.simulation.market_maker import MarketMakers

SOURCE, EXCHANGE = "CTP1", "CFFEX"
ORDERS_A_TURN = 3
_CONTRACTS = (("IF2612", "3900.0", "0.2"), ("IC2612", "5600.0", "0.2"), ("IM2612", "6000.0", "0.2"))
_ACCOUNTS = tuple(f"F{number:06}" for number in range(1, 8))

BASE = BaseData(
    accounts=(
        *(
            AccountData(
                account, EXCHANGE, f"GF{account}", SOURCE, f"CF{account}", permissions=("*",)
            )
            for account in _ACCOUNTS
        ),
        *market_maker.ACCOUNTS,
    ),
    contracts=(
        *(
            ContractData(
                symbol, EXCHANGE, tick, "1", "20", name=symbol, kind="future", previous_close=close
            )
            for symbol, close, tick in _CONTRACTS
        ),
        *market_maker.CONTRACTS,
    ),
)


class FuturesCounter:
    """Its `source_id`s count on from `first`: a run that begins anew sends nothing twice."""

    def __init__(self, seed: int, first: int) -> None:
        self._random = Random(seed)  # noqa: S311  # a simulation
        self._number = first
        self._makers = MarketMakers(self._random)

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

    def quotes(self) -> list[dict[str, Any]]:
        """What its market makers quote and take away."""
        return self._makers.quotes(self._next)

    def quote_requests(self) -> list[dict[str, Any]]:
        """Somebody asks for a price of an option."""
        return self._makers.requests(self._next)

    def funds(self) -> list[dict[str, Any]]:
        """What each account has."""
        return [
            {
                "source_id": self._next(), "exchange": EXCHANGE, "account": account,
                "equity": "5000000", "available": "4000000", "margin": "1000000",
                "frozen": "0", "deposits": "0", "withdrawals": "0", "fees": "1250.5",
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
