"""What the market and the group's own book say about an observation's price and side."""

from monitoring.domain.contract_facts import ContractFacts
from monitoring.domain.market_facts import MarketFacts, percent
from monitoring.domain.own_book import OwnBook
from riskgw.cep.observation import Observation
from riskgw.kernel.words import OPPOSITE, EventKind, OrderType, Side
from riskgw.messages.market import Snapshot


def market_observation(
    contract: ContractFacts, snapshot: Snapshot, market: MarketFacts
) -> Observation:
    """A snapshot as an event of its own; only the contract is a key of it."""
    observation = Observation(
        event=EventKind.MARKET,
        time_ns=snapshot.ns,
        order_ref="",
        exchange=snapshot.exchange,
        contract=contract.name,
        product=contract.product,
        board=contract.board,
        is_st=contract.is_st,
        segment=contract.segment,
        severe_volatility=contract.severe_volatility,
        # Of the contracts in an index none speaks for it: that is the index alone.
        index=contract.name if contract.index_name == contract.name else None,
    )
    add_market(observation, contract, market)
    return observation


def add_market(observation: Observation, facts: ContractFacts, market: MarketFacts | None) -> None:
    """The contract's market; before its first snapshot, what reference data say of its prices."""
    if market is None:
        observation.previous_close = facts.previous_close
        return
    observation.last = market.last
    observation.market_volume = market.volume
    observation.market_turnover = market.turnover
    observation.previous_close = market.previous_close
    observation.market_at_limit_buy = market.at_limit_buy
    observation.market_at_limit_sell = market.at_limit_sell
    observation.market_at_limit = market.at_limit
    observation.market_at_limit_amount = market.at_limit_amount
    observation.move_percent = market.move_percent
    observation.virtual_off_percent = market.virtual_off_percent


def add_price(
    observation: Observation, facts: ContractFacts, market: MarketFacts | None, price: int
) -> None:
    """Where a price lies in the market."""
    side = observation.side
    if previous := observation.previous_close:
        observation.off_previous_close_percent = percent(abs(price - previous), previous)
    if last := observation.last:
        observation.off_last_percent = percent(abs(price - last), last)
    if side not in OPPOSITE:
        return
    limit = facts.high_limit if side is Side.BUY else facts.low_limit
    if market is not None:
        own = market.buys if side is Side.BUY else market.sells
        limit = own.limit or limit
        observation.in_best5 = own.is_in_best5(price)
        observation.market_at_price = own.quantity_at(price)
    observation.at_limit_price = price == limit if limit else None


def add_own(
    observation: Observation, book: OwnBook | None, market: MarketFacts | None, price: int | None
) -> None:
    """What of the group lives in the contract on the event's side, and on the other."""
    side = observation.side
    if side not in OPPOSITE:
        return
    if market is not None:
        shown = market.buys if side is Side.BUY else market.sells
        observation.best5_quantity = all_orders = shown.best5_quantity
        own, amount = book.live_from(side, shown.worst) if book else (0, 0)
        observation.own_live_best5, observation.own_best5_amount = own, amount
        observation.own_best5_percent = percent(own, all_orders) if all_orders else None
    if price:
        observation.own_live_at_price = own = book.live_at(side, price) if book else 0
        observation.own_at_price_amount = own * price
        if market_there := observation.market_at_price:
            observation.own_at_price_percent = percent(own, market_there)
    if book is not None:
        observation.has_reverse_fill = book.has_reverse_fill(side)
        if observation.event is EventKind.ORDER and observation.live_quantity:
            is_priced = observation.order_type in (None, OrderType.LIMIT)
            at_price = price if is_priced else None
            observation.crosses_own = book.is_crossed_by(side, at_price)
            observation.reverses_own = book.is_reversing(side, at_price)
