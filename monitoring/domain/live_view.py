"""What an account holds, has and lets stand, as its shard knows it at this moment."""

from collections.abc import Iterable
from heapq import nlargest
from typing import NamedTuple

from monitoring.domain.enrichment import EnricherState
from monitoring.domain.funds import risk_percent
from monitoring.domain.live_index import LiveIndex, LiveKey
from monitoring.domain.restrictions import Requested, concerns
from monitoring.domain.shard import RiskShard
from riskgw.kernel.words import Offset, Side
from riskgw.messages.holdings import Funds
from riskgw.messages.restriction import Act, Restriction

# Of one account; the newest are shown, the count says how many there are.
LIVE_ORDERS_MAX = 2_000
POSITIONS_MAX = 2_000
_WHOM = ("account", "group", "customer", "counter")


class StandingOrder(NamedTuple):
    """An order of which something lives. Scaled as in events; unknown is None."""

    time_ns: int
    origin: str
    order_ref: str
    exchange: str
    account: str
    contract: str | None
    side: Side | None
    offset: Offset | None
    price: int | None
    quantity: int | None
    live: int


class HeldPosition(NamedTuple):
    """One side of a contract. `quantity` is None where nobody told what the account held at first;
    `change` is then what today's trades did to it."""

    exchange: str
    account: str
    contract: str
    is_short: bool
    quantity: int | None
    change: int | None
    sellable: int | None
    last: int | None
    is_stale: bool = False


class FundsSeen(NamedTuple):
    """In 10**-5 of the account's currency; percent with six digits."""

    available: int | None
    equity: int | None
    margin: int | None
    risk_percent: int | None


class AccountView(NamedTuple):
    """One account; `positions` and `orders` are the first and the newest of so many."""

    positions_known: bool
    positions: tuple[HeldPosition, ...]
    positions_total: int
    funds: FundsSeen | None
    orders: tuple[StandingOrder, ...]
    orders_total: int


def account_view(
    shard: RiskShard, index: LiveIndex, exchange: str, account: str
) -> AccountView | None:
    """None where the index has to catch up first."""
    state = shard.core.state().enricher
    live = index.live_orders(state.tracker, exchange, account)
    if live is None:
        return None
    # Who has only had answers heard has no time, and does not live.
    newest = nlargest(LIVE_ORDERS_MAX, live, key=lambda each: each.state.time_ns or 0)
    positions = _positions(shard, index, exchange, account)
    return AccountView(
        positions_known=state.tracker.positions.is_known(exchange, account),
        positions=tuple(positions[:POSITIONS_MAX]),
        positions_total=len(positions),
        funds=_funds(state.funds.of(exchange, account)),
        orders=tuple(_order(each, index, exchange, account) for each in newest),
        orders_total=len(live),
    )


def _order(each: LiveKey, index: LiveIndex, exchange: str, account: str) -> StandingOrder:
    (origin, reference), state = each
    return StandingOrder(
        time_ns=state.time_ns or 0,
        origin=origin,
        order_ref=reference,
        exchange=exchange,
        account=account,
        contract=index.contract_of(state),
        side=state.side,
        offset=state.offset,
        price=state.price or None,
        quantity=state.quantity,
        live=state.live or 0,
    )


def _positions(
    shard: RiskShard, index: LiveIndex, exchange: str, account: str
) -> list[HeldPosition]:
    state = shard.core.state().enricher
    found = []
    for contract in index.contracts_held(account):
        place, _, symbol = contract.partition(":")
        if place == exchange:
            is_same_day = shard.core.is_same_day(exchange, symbol)
            sides = _sides(state, account, contract, is_same_day=is_same_day)
            is_stale = shard.core.is_stale(contract, shard.newest_ns)
            found += [each._replace(is_stale=is_stale) for each in sides]
    return found


def _sides(
    state: EnricherState, account: str, contract: str, *, is_same_day: bool
) -> list[HeldPosition]:
    """The long side and the short one, where there is anything."""
    exchange = contract.partition(":")[0]
    is_known = state.tracker.positions.is_known(exchange, account)
    snapshot = state.market.of(contract)
    held = state.tracker.positions.by_key[account, contract]
    sellable = held.sellable(0, is_same_day=is_same_day)
    return [
        HeldPosition(
            exchange=exchange,
            account=account,
            contract=contract,
            is_short=is_short,
            quantity=quantity if is_known else None,
            change=None if is_known else quantity,
            sellable=sellable if is_known and not is_short else None,
            last=(snapshot.last or None) if snapshot else None,
        )
        for is_short, quantity in ((False, held.long), (True, held.short))
        if quantity
    ]


def _funds(told: Funds | None) -> FundsSeen | None:
    if told is None:
        return None
    return FundsSeen(told.available, told.equity, told.margin, risk_percent(told))


class OrderPlace(NamedTuple):
    """Where in the list of live orders, the newest first."""

    time_ns: int
    origin: str
    order_ref: str


def page_of(
    orders: Iterable[StandingOrder], after: OrderPlace | None, size: int
) -> tuple[list[StandingOrder], OrderPlace | None]:
    """So many orders behind a place, and where the rest begins."""
    rows = sorted(orders, key=_rank)
    if after is not None:
        behind = -after.time_ns, after.origin, after.order_ref
        rows = [each for each in rows if _rank(each) > behind]
    if len(rows) <= size:
        return rows, None
    last = rows[size - 1]
    return rows[:size], OrderPlace(last.time_ns, last.origin, last.order_ref)


def _rank(order: StandingOrder) -> tuple[int, str, str]:
    return -order.time_ns, order.origin, order.order_ref


def stopped(restrictions: Iterable[Restriction], who: Requested) -> tuple[Act, ...]:
    """What somebody may not do in any contract, all restrictions together."""
    masks = [each.mask for each in restrictions if concerns(each, who)]
    return tuple(act for act in Act if any(act in mask for mask in masks))


def is_about(restriction: Restriction, who: Requested) -> bool:
    """Whether it names somebody, perhaps only in one contract, or everybody."""
    named = [name for name in restriction.scope if name in _WHOM]
    is_somebody = bool(named) or not restriction.scope
    return is_somebody and all(getattr(who, name) == restriction.scope[name] for name in named)
