"""What the market and the group's own book say about an observation's price and side."""

from monitoring.domain.contract_facts import ContractFacts
from monitoring.domain.market_book import (
    best5_quantity,
    is_in_best5,
    limit_of,
    quantity_at,
    quantity_at_limit,
    virtual_price,
    worst_of_best5,
)
from monitoring.domain.own_book import OwnBook
from riskgw.cep.observation import Observation
from riskgw.kernel.decimals import PERCENT_DIGITS
from riskgw.kernel.words import OPPOSITE, EventKind, OrderType, Side
from riskgw.messages.market import Snapshot

_PERCENT: int = 100 * 10**PERCENT_DIGITS


def percent(part: int, whole: int) -> int:
    """Part of the whole in percent, cut towards nothing."""
    return part * _PERCENT // whole if part >= 0 else -(-part * _PERCENT // whole)


def market_observation(contract: ContractFacts, snapshot: Snapshot) -> Observation:
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
    add_market(observation, contract, snapshot)
    return observation


def add_market(observation: Observation, facts: ContractFacts, snapshot: Snapshot | None) -> None:
    """The contract's market; before its first snapshot, what reference data say of its prices."""
    if snapshot is None:
        observation.previous_close = facts.previous_close
        return
    previous = snapshot.previous_close or facts.previous_close
    observation.last = snapshot.last
    observation.market_volume = snapshot.volume
    observation.market_turnover = snapshot.turnover
    observation.previous_close = previous
    observation.market_at_limit_buy = buys = quantity_at_limit(snapshot, Side.BUY)
    observation.market_at_limit_sell = sells = quantity_at_limit(snapshot, Side.SELL)
    if buys or sells:
        # The price cannot be at both.
        limit = snapshot.high_limit if buys else snapshot.low_limit
        observation.market_at_limit = locked = buys or sells or 0
        observation.market_at_limit_amount = locked * (limit or 0)
    elif buys is not None and sells is not None:
        observation.market_at_limit = observation.market_at_limit_amount = 0
    if snapshot.last and previous:
        observation.move_percent = percent(snapshot.last - previous, previous)
    virtual = virtual_price(snapshot)
    if virtual and previous:
        observation.virtual_off_percent = percent(abs(virtual - previous), previous)


def add_price(
    observation: Observation, facts: ContractFacts, snapshot: Snapshot | None, price: int
) -> None:
    """Where a price lies in the market."""
    side = observation.side
    if previous := observation.previous_close:
        observation.off_previous_close_percent = percent(abs(price - previous), previous)
    if last := observation.last:
        observation.off_last_percent = percent(abs(price - last), last)
    if side not in OPPOSITE:
        return
    limit = limit_of(snapshot, side) if snapshot else None
    limit = limit or (facts.high_limit if side is Side.BUY else facts.low_limit)
    observation.at_limit_price = price == limit if limit else None
    if snapshot is not None:
        observation.in_best5 = is_in_best5(snapshot, side, price)
        observation.market_at_price = quantity_at(snapshot, side, price)


def add_own(
    observation: Observation, book: OwnBook | None, snapshot: Snapshot | None, price: int | None
) -> None:
    """What of the group lives in the contract on the event's side, and on the other."""
    side = observation.side
    if side not in OPPOSITE:
        return
    if snapshot is not None:
        observation.best5_quantity = market = best5_quantity(snapshot, side)
        worst = worst_of_best5(snapshot, side)
        own, amount = book.live_from(side, worst) if book else (0, 0)
        observation.own_live_best5, observation.own_best5_amount = own, amount
        observation.own_best5_percent = percent(own, market) if market else None
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
