"""What a snapshot says whoever asks: worked out once for each, not for every event."""

from typing import NamedTuple

from monitoring.domain.contract_facts import ContractFacts
from riskgw.kernel.decimals import PERCENT_DIGITS
from riskgw.kernel.words import Side
from riskgw.messages.market import LEVELS, Levels, Snapshot

_PERCENT: int = 100 * 10**PERCENT_DIGITS


def percent(part: int, whole: int) -> int:
    """Part of the whole in percent, cut towards nothing."""
    return part * _PERCENT // whole if part >= 0 else -(-part * _PERCENT // whole)


class SideFacts(NamedTuple):
    """One side. `limit` is where it is locked: buyers at the upper limit, sellers at the lower.

    `worst` is the last of the best five prices, None where any price would be among them; `shown`
    is what stands at each.
    """

    side: Side
    limit: int | None
    worst: int | None
    best5_quantity: int
    shown: dict[int, int]

    def is_in_best5(self, price: int) -> bool:
        if self.worst is None:
            return True
        return price >= self.worst if self.side is Side.BUY else price <= self.worst

    def quantity_at(self, price: int) -> int | None:
        """None beyond the best five, where nothing is shown."""
        quantity = self.shown.get(price)
        if quantity is not None:
            return quantity
        return 0 if self.is_in_best5(price) else None


class MarketFacts(NamedTuple):
    """The contract's market. `at_limit` is what waits at the price where a side is locked."""

    last: int | None
    volume: int | None
    turnover: int | None
    previous_close: int | None
    at_limit_buy: int | None
    at_limit_sell: int | None
    at_limit: int | None
    at_limit_amount: int | None
    move_percent: int | None
    virtual_off_percent: int | None
    buys: SideFacts
    sells: SideFacts


def market_facts(contract: ContractFacts, snapshot: Snapshot) -> MarketFacts:
    """Where the market tells no previous close, that of the reference data counts."""
    previous, last = snapshot.previous_close or contract.previous_close, snapshot.last
    buys = _side(Side.BUY, snapshot.high_limit, snapshot.bids)
    sells = _side(Side.SELL, snapshot.low_limit, snapshot.asks)
    waiting_buys, waiting_sells = _at_limit(buys), _at_limit(sells)
    locked, amount = _locked(buys, sells)
    virtual = _virtual_price(snapshot)
    return MarketFacts(
        last=last,
        volume=snapshot.volume,
        turnover=snapshot.turnover,
        previous_close=previous,
        at_limit_buy=waiting_buys,
        at_limit_sell=waiting_sells,
        at_limit=locked,
        at_limit_amount=amount,
        move_percent=percent(last - previous, previous) if last and previous else None,
        virtual_off_percent=(
            percent(abs(virtual - previous), previous) if virtual and previous else None
        ),
        buys=buys,
        sells=sells,
    )


def _side(side: Side, limit: int | None, levels: Levels) -> SideFacts:
    worst = levels[-1][0] if len(levels) == LEVELS else None
    # Of a price that is told twice the first counts.
    shown = dict(reversed(levels))
    return SideFacts(side, limit, worst, sum(quantity for _, quantity in levels), shown)


def _at_limit(side: SideFacts) -> int | None:
    return side.quantity_at(side.limit) if side.limit else None


def _locked(buys: SideFacts, sells: SideFacts) -> tuple[int | None, int | None]:
    """What waits at the limit, and its amount; the price cannot be at both."""
    waiting_buys, waiting_sells = _at_limit(buys), _at_limit(sells)
    if waiting_buys or waiting_sells:
        locked = waiting_buys or waiting_sells or 0
        limit = buys.limit if waiting_buys else sells.limit
        return locked, locked * (limit or 0)
    return (None, None) if waiting_buys is None or waiting_sells is None else (0, 0)


def _virtual_price(snapshot: Snapshot) -> int | None:
    """In an auction, the price at which most would be traded: both sides show it as their best."""
    if not snapshot.bids or not snapshot.asks:
        return None
    bid, ask = snapshot.bids[0][0], snapshot.asks[0][0]
    return bid if bid >= ask else None
