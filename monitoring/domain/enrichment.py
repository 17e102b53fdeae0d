"""Enrich first, then count: what is known of the order, the account and the contract."""

from typing import NamedTuple

from monitoring.domain.self_trade import SelfTrades
from riskgw.cep.observation import Observation
from riskgw.kernel.addresses import client_host
from riskgw.kernel.decimals import QUANTITY_DIGITS, scaled
from riskgw.kernel.words import EventKind, OrderType, TimeInForce
from riskgw.messages.base_data import AccountData, BaseData
from riskgw.messages.event import Event

ORDERS_MAX = 4_000_000
# Connections whose client address is remembered; when there are more, all are read again.
SOURCES_MAX = 65_536


class OrderState(NamedTuple):
    """What later events about an order need to know of it."""

    time_ns: int
    price: int | None
    tif: TimeInForce | None


class ContractFacts(NamedTuple):
    """A contract as rules see it."""

    name: str
    product: str | None
    board: str | None
    order_quantity_max: int | None
    is_st: bool


class EnricherState(NamedTuple):
    """What a trading day's events have told."""

    orders: dict[tuple[str, str], OrderState]
    self_trades: SelfTrades


class Enricher:
    """Events of one shard in, observations out. State ends with the trading day."""

    def __init__(self, base: BaseData) -> None:
        self.replace_base(base)
        self._orders: dict[tuple[str, str], OrderState] = {}
        self._self_trades = SelfTrades()
        self._sources: dict[str, str] = {}

    def replace_base(self, base: BaseData) -> None:
        """Accounts and contracts as they are known from the next event on."""
        # Without a mark on the wire, all there is to go by is what the accounts say.
        self._has_marks = bool(base.counters)
        self._accounts = {(each.exchange, each.id): each for each in base.accounts}
        self._contracts = {
            (each.exchange, each.symbol): ContractFacts(
                f"{each.exchange}:{each.symbol}",
                each.kind or None,
                each.board or None,
                scaled(each.order_quantity_max, QUANTITY_DIGITS),
                each.st,
            )
            for each in base.contracts
        }

    def state(self) -> EnricherState:
        """Not a copy: it goes on changing with the enricher."""
        return EnricherState(self._orders, self._self_trades)

    def take_over(self, state: EnricherState) -> None:
        """Go on where another enricher was."""
        self._orders, self._self_trades = state

    def clear(self) -> None:
        """A new trading day."""
        self._orders.clear()
        self._self_trades.clear()

    def observe(self, event: Event, *, is_late: bool) -> Observation:
        """The event with everything rules may ask about it."""
        account = self._accounts.get((event.exchange or "", event.account or ""))
        contract = self._contract(event)
        order = self._order(event)
        group = group_of(account, event)
        evidence = None
        if event.event is EventKind.FILL and group and contract:
            evidence = self._self_trades.match(group, contract.name, event)
        return Observation(
            event=event.event,
            time_ns=event.time_ns,
            order_ref=_evidence_ref(event),
            is_late=is_late,
            exchange=event.exchange,
            account=event.account,
            group=group,
            customer=account.customer or None if account else None,
            counter=event.counter or self._declared_counter(account),
            access_system=event.access_system,
            source=self._source(event.conn),
            contract=contract.name if contract else None,
            product=contract.product if contract else None,
            board=contract.board if contract else None,
            side=event.side,
            order_type=event.order_type,
            tif=event.tif or (order.tif if order else None),
            offset=event.offset,
            price=event.price,
            quantity=event.quantity,
            amount=_amount(event, order),
            age_ns=event.time_ns - order.time_ns if order else None,
            order_quantity_max=contract.order_quantity_max if contract else None,
            is_self_trade=evidence is not None,
            is_st=bool(contract and contract.is_st),
            is_market_maker=bool(account and account.market_maker),
            is_hedge=bool(account and account.hedge),
            is_counter_unknown=event.is_counter_unknown,
            evidence=evidence,
        )

    def _declared_counter(self, account: AccountData | None) -> str | None:
        """What the account says, only while no counter has a mark; unknown is not guessed."""
        return account.counter or None if account and not self._has_marks else None

    def _source(self, conn: str) -> str | None:
        host = self._sources.get(conn)
        if host is None:
            if len(self._sources) >= SOURCES_MAX:
                self._sources.clear()
            host = self._sources[conn] = client_host(conn)
        return host or None

    def _contract(self, event: Event) -> ContractFacts | None:
        if event.exchange is None or event.symbol is None:
            return None
        known = self._contracts.get((event.exchange, event.symbol))
        if known is not None:
            return known
        return ContractFacts(f"{event.exchange}:{event.symbol}", None, None, None, is_st=False)

    def _order(self, event: Event) -> OrderState | None:
        """The state of the order an event is about; an order event is about its own."""
        reference = event.subject_ref
        if reference is None:
            return None
        key = event.origin, reference
        if event.event is EventKind.ORDER and len(self._orders) < ORDERS_MAX:
            self._orders[key] = OrderState(event.time_ns, event.price, event.tif)
        return self._orders.get(key)


def group_of(account: AccountData | None, event: Event) -> str | None:
    """The control group of an account; an unknown account is a group of its own."""
    return account.group if account else event.account


def _amount(event: Event, order: OrderState | None) -> int | None:
    """Price times quantity; an order without a price of its own has no known amount."""
    price = event.price or (order.price if order else None)
    is_priced = event.event is EventKind.FILL or event.order_type in (None, OrderType.LIMIT)
    if not price or event.quantity is None or not is_priced:
        return None
    return price * event.quantity


def _evidence_ref(event: Event) -> str:
    """Requests count under their own reference, answers under that of the order they are about."""
    is_request = event.event in (EventKind.ORDER, EventKind.CANCEL)
    return (event.order_ref if is_request else event.subject_ref) or ""
