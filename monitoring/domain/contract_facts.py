"""A contract as rules see it, with the numbers that an order is held against."""

from typing import NamedTuple

from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, scaled
from riskgw.kernel.words import OrderType, Pool, Segment, Side
from riskgw.messages.base_data import ContractData

# Of these kinds, what is bought may be sold on the same day; shares and funds wait a day.
SAME_DAY_KINDS = frozenset(("bond", "convertible", "future", "futures", "option", "options"))
# After the smallest order, quantities rise by single units (markets: STAR, 200 and then by 1).
SINGLE_UNIT_BOARDS = frozenset(("star",))
_UNIT: int = 10**QUANTITY_DIGITS


class ContractFacts(NamedTuple):
    """Scaled as in `riskgw.kernel.decimals`; None where nothing is known. `step` is how
    quantities rise above one lot."""

    name: str
    product: str | None = None
    board: str | None = None
    order_quantity_max: int | None = None
    market_quantity_max: int | None = None
    is_st: bool = False
    segment: Segment | None = None
    tick: int | None = None
    lot: int | None = None
    step: int | None = None
    multiplier: int = _UNIT
    previous_close: int | None = None
    high_limit: int | None = None
    low_limit: int | None = None
    is_same_day: bool = False
    severe_volatility: bool = False
    pool: Pool | None = None
    index_name: str | None = None

    def quantity_max(self, order_type: OrderType | None) -> int | None:
        """The largest order of a type; a market order has a limit of its own where there is one."""
        if order_type in (None, OrderType.LIMIT):
            return self.order_quantity_max
        return self.market_quantity_max or self.order_quantity_max

    def is_on_tick(self, price: int | None) -> bool | None:
        return None if not self.tick or not price else price % self.tick == 0

    def is_whole_lots(self, side: Side | None, quantity: int, held: int | None) -> bool | None:
        """Odd lots may be sold in one order with what remains of them."""
        if not self.lot or not self.step:
            return None
        if quantity >= self.lot and quantity % self.step == 0:
            return True
        if side is not Side.SELL:
            return False
        if held is None:
            return None
        return quantity == held or quantity % self.lot == held % self.lot


def facts_of(contract: ContractData) -> ContractFacts:
    lot = scaled(contract.lot, QUANTITY_DIGITS)
    by_kind = contract.kind in SAME_DAY_KINDS
    return ContractFacts(
        name=f"{contract.exchange}:{contract.symbol}",
        product=contract.kind or None,
        board=contract.board or None,
        order_quantity_max=scaled(contract.order_quantity_max, QUANTITY_DIGITS),
        market_quantity_max=_known(contract.market_quantity_max, QUANTITY_DIGITS),
        is_st=contract.st,
        segment=Segment.ST if contract.st else Segment.OTHER,
        tick=scaled(contract.tick, PRICE_DIGITS),
        lot=lot,
        step=_UNIT if contract.board in SINGLE_UNIT_BOARDS else lot,
        multiplier=scaled(contract.multiplier, QUANTITY_DIGITS),
        previous_close=_known(contract.previous_close, PRICE_DIGITS),
        high_limit=_known(contract.high_limit, PRICE_DIGITS),
        low_limit=_known(contract.low_limit, PRICE_DIGITS),
        is_same_day=by_kind if contract.same_day is None else contract.same_day,
        severe_volatility=contract.severe_volatility,
        pool=Pool(contract.pool) if contract.pool in set(Pool) else None,
        index_name=contract.index or None,
    )


def _known(text: str, digits: int) -> int | None:
    return scaled(text, digits) if text else None
