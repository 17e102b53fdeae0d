"""Two market makers of the simulated day: what they quote, and how they fail on purpose.

One keeps its obligations but for a moment now and then; of the other's contracts one is quoted too
wide, one on one side only for a while, and one is left alone for so long that the day cannot be
saved.
"""

from random import Random
from typing import Any, NamedTuple

from riskgw.messages.base_data import AccountData, ContractData

EXCHANGE = "CFFEX"
GOOD, POOR = "F000008", "F000009"
# Symbol and middle price in tenths.
OPTIONS = (
    ("IO2612-C-3900", 1200), ("IO2612-P-3900", 1180), ("IO2612-C-4000", 760),
    ("IO2612-P-4000", 1720),
)  # fmt: skip
# Makers owe quotes in every future of the exchange.
FUTURES = (("IF2612", 39_000), ("IC2612", 56_000), ("IM2612", 60_000))
_LAZY, _WIDE, _ONE_SIDED = "IO2612-P-4000", "IO2612-C-4000", "IO2612-P-3900"
# Turns of a minute or so: how long the lazy contract is left alone, out of how many.
_CYCLE, _LEFT_ALONE = 40, 22
ACCOUNTS = tuple(
    AccountData(
        name, EXCHANGE, f"GF{name}", "CTP1", f"CF{name}", market_maker=True, permissions=("*",)
    )
    for name in (GOOD, POOR)
)
CONTRACTS = tuple(
    ContractData(
        symbol, EXCHANGE, "0.2", "1", "20", name=symbol, kind="option",
        previous_close=f"{middle // 10}.{middle % 10}",
    )
    for symbol, middle in OPTIONS
)  # fmt: skip


class _Sides(NamedTuple):
    bid: int
    ask: int
    size: int = 20


class MarketMakers:
    """What is sent in one turn; `number` gives each item its id."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._turn = 0
        self._standing: dict[tuple[str, str], str] = {}

    def quotes(self, number: Any) -> list[dict[str, Any]]:
        """Some of the quotes are renewed, and those that fail are taken away."""
        self._turn += 1
        places = [(maker, *each) for maker in (GOOD, POOR) for each in (*OPTIONS, *FUTURES)]
        found = []
        for maker, symbol, middle in places:
            sides = self._sides(maker, symbol, middle)
            known = self._standing.get((maker, symbol))
            if sides is None and known is not None:
                del self._standing[maker, symbol]
                found.append(_withdrawal(number(), maker, symbol, known))
            elif sides is not None and (known is None or self._random.randrange(4) == 0):
                reference = number()
                self._standing[maker, symbol] = reference
                found.append(_quote(reference, maker, symbol, sides))
        return found

    def requests(self, number: Any) -> list[dict[str, Any]]:
        """Somebody asks for a price of an option, now and then."""
        if self._turn % 3:
            return []
        symbol = self._random.choice(OPTIONS)[0]
        return [
            {"source_id": number(), "exchange": EXCHANGE, "account": "F000001", "symbol": symbol}
        ]

    def _sides(self, maker: str, symbol: str, middle: int) -> _Sides | None:
        """None where nothing is quoted in this turn. Prices in tenths, even ones."""
        middle += 2 * self._random.randint(-3, 3)
        good = _Sides(middle - 6, middle + 6)
        if maker == GOOD:
            return None if self._random.randrange(25) == 0 else good
        place = self._turn % _CYCLE
        if symbol == _LAZY and place >= _CYCLE - _LEFT_ALONE:
            return None
        if symbol == _WIDE and place % 10 == 0:
            return _Sides(middle - 60, middle + 60)
        if symbol == _ONE_SIDED and place % 10 == 5:
            return _Sides(middle - 6, 0)
        return good._replace(size=4) if place % 13 == 0 else good


def _quote(reference: str, maker: str, symbol: str, sides: _Sides) -> dict[str, Any]:
    fields = {"bid": _tenths(sides.bid), "bid_size": str(sides.size)}
    if sides.ask:
        fields |= {"ask": _tenths(sides.ask), "ask_size": str(sides.size)}
    return {
        "source_id": reference, "order_ref": reference, "exchange": EXCHANGE, "account": maker,
        "symbol": symbol, "fields": fields,
    }  # fmt: skip


def _withdrawal(number: str, maker: str, symbol: str, reference: str) -> dict[str, Any]:
    return {
        "source_id": number, "event": "quote_cancel", "cancel_of": reference,
        "exchange": EXCHANGE, "account": maker, "symbol": symbol,
    }  # fmt: skip


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"
