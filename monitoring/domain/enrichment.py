"""Enrich first, then count: what is known of the order, the account and the contract."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from monitoring.domain.contract_facts import ContractFacts, facts_of
from monitoring.domain.funds import FundsBook, risk_percent
from monitoring.domain.market_book import MarketBook
from monitoring.domain.market_facts import MarketFacts, market_facts, percent
from monitoring.domain.market_fields import add_market, add_own, add_price, market_observation
from monitoring.domain.needs import (
    ACCOUNT_FIELDS,
    MARKET_FIELDS,
    ORDER_FIELDS,
    OWN_FIELDS,
)
from monitoring.domain.order_states import OrderState
from monitoring.domain.permissions import is_permitted
from monitoring.domain.positions import is_short_side
from monitoring.domain.self_trade import SelfTrades
from monitoring.domain.tracking import Taken, Tracker
from riskgw.cep.observation import Observation
from riskgw.cep.sessions import Sessions
from riskgw.kernel.addresses import client_host
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, plain, scaled
from riskgw.kernel.remains import Remains
from riskgw.kernel.words import OPPOSITE, EventKind, Offset, OrderType, Side, TimeInForce
from riskgw.messages.base_data import AccountData, BaseData, PositionData
from riskgw.messages.event import AWAY, Event
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import SYMBOLS_MAX, Snapshot

# Connections whose client address is remembered; when there are more, all are read again.
SOURCES_MAX = 65_536

_UNIT: int = 10**QUANTITY_DIGITS
_REQUESTS = frozenset(
    (
        EventKind.ORDER, EventKind.CANCEL, EventKind.QUOTE, EventKind.QUOTE_CANCEL,
        EventKind.QUOTE_REQUEST,
    )
)  # fmt: skip
_IMMEDIATE = frozenset((TimeInForce.IOC, TimeInForce.FOK))
_UNSEEN = OrderState()


class EnricherState(NamedTuple):
    """What events, the market and counters have told."""

    tracker: Tracker
    self_trades: SelfTrades
    market: MarketBook
    funds: FundsBook


class Enricher:
    """Events of one shard in, observations out. Orders and trades end with the trading day.

    What costs more than a lookup is worked out only where one of the `needed` fields asks for it.
    """

    def __init__(self, base: BaseData, needed: Collection[str] | None = None) -> None:
        self._tracker = Tracker()
        self._self_trades = SelfTrades()
        self._market = MarketBook()
        self._funds = FundsBook()
        self._sources: dict[str, str] = {}
        # By contract what its newest snapshot says, as long as it is that one.
        self._market_facts: dict[str, tuple[Snapshot, ContractFacts, MarketFacts]] = {}
        self._positions_told: tuple[PositionData, ...] = ()
        self.need(needed)
        self.replace_base(base)
        self.replace_positions(base.positions, is_ahead=True)

    def need(self, needed: Collection[str] | None) -> None:
        """The fields that are asked for from now on; None for all."""
        self._needs_market = needed is None or not MARKET_FIELDS.isdisjoint(needed)
        self._needs_own = needed is None or not OWN_FIELDS.isdisjoint(needed)
        self._needs_order = needed is None or not ORDER_FIELDS.isdisjoint(needed)
        self._needs_terms = needed is None or "terms" in needed
        self._needs_account = needed is None or not ACCOUNT_FIELDS.isdisjoint(needed)

    def replace_base(self, base: BaseData) -> None:
        """Accounts, contracts and sessions as they are known from the next event on."""
        self.sessions = Sessions(base)
        # Without a mark on the wire, all there is to go by is what the accounts say.
        self._has_marks = bool(base.counters)
        self._accounts = {(each.exchange, each.id): each for each in base.accounts}
        self._contracts = {(each.exchange, each.symbol): facts_of(each) for each in base.contracts}
        self._tracker.positions.regroup(self._group_name)

    def replace_positions(
        self, told: tuple[PositionData, ...], day: date | None = None, *, is_ahead: bool
    ) -> None:
        """Those that are not as they were told before; what became of the others since stands.

        `is_ahead` of the day's first event. Of what an account held as `day` began, or one before
        it, other events have told since.
        """
        if told != self._positions_told:
            known = set(self._positions_told)
            self._positions_told = told
            new = (_position(each) for each in told if each not in known and _is_early(each, day))
            self.take_positions(new, is_ahead=is_ahead)

    def state(self) -> EnricherState:
        """Not a copy: it goes on changing with the enricher."""
        return EnricherState(self._tracker, self._self_trades, self._market, self._funds)

    def take_over(self, state: EnricherState) -> None:
        """Go on where another enricher was."""
        self._tracker, self._self_trades, self._market, self._funds = state

    def start_day(self, over: Remains) -> None:
        """A new trading day: what is held stays, orders are over."""
        self._tracker.start_day(over)
        self._self_trades.start_day(over)
        self._market.clear()

    def forget_market(self) -> None:
        self._market.clear()

    def observe(self, event: Event, *, is_late: bool) -> Observation:
        """The event with everything rules may ask about it."""
        account, contract = self._known(event)
        group = group_of(account, event)
        name = contract.name if contract else None
        taken = self._tracker.take(event, group, name)
        observation = self._observation(event, account, contract, taken)
        observation.is_late = is_late
        if event.event is EventKind.FILL and group and name:
            observation.evidence = self._self_trades.match(group, name, event)
            observation.is_self_trade = observation.evidence is not None
        return observation

    def heard_elsewhere(self, event: Event) -> Observation:
        """An event of another shard's group: what its order is about is not known here."""
        account, contract = self._known(event)
        return self._observation(event, account, contract, (None, None))

    def preview(self, event: Event) -> Observation:
        """What `observe` would say if this request came now; nothing of it stays."""
        account, contract = self._known(event)
        name = contract.name if contract else None
        with self._tracker.imagined(event, group_of(account, event), name) as taken:
            return self._observation(event, account, contract, taken)

    def preview_ahead(self, event: Event, snapshot: Snapshot | None) -> Observation:
        """What the first event of a new day would be; the market has said this of it by now."""
        state, market = self.state(), MarketBook()
        name = f"{event.exchange}:{event.symbol}"
        if snapshot is not None:
            market.hear(name, snapshot)
        tracker = state.tracker.ahead(event.account or "", name)
        self.take_over(state._replace(tracker=tracker, market=market))
        try:
            return self.preview(event)
        finally:
            self.take_over(state)

    def hear_market(self, snapshot: Snapshot) -> Observation | None:
        """The snapshot as rules see it, if it is newer than what was known.

        Before the opening the market has only yesterday's totals to tell, or none: they are known,
        and nothing is measured by them.
        """
        facts = self.contract(snapshot.exchange, snapshot.symbol)
        is_newer = self._market.hear(facts.name, snapshot)
        if not is_newer or self.sessions.is_before_opening(facts.name, snapshot.ns):
            return None
        return market_observation(facts, snapshot, self._facts(facts, snapshot))

    def take_positions(self, positions: Iterable[Position], *, is_ahead: bool = False) -> None:
        """What counters say that their accounts hold; `is_ahead` of the day's first event."""
        self._tracker.take_positions(positions, self._group_name, is_ahead=is_ahead)

    def take_funds(self, funds: Iterable[Funds]) -> None:
        """What counters say of their accounts' money."""
        for each in funds:
            self._funds.tell(each)

    def is_doubled(self, event: Event) -> bool:
        """Whether another way tells of this event's order already."""
        return self._tracker.is_doubled(event)

    def _known(self, event: Event) -> tuple[AccountData | None, ContractFacts | None]:
        account = self._accounts.get((event.exchange or "", event.account or ""))
        if event.exchange is None or event.symbol is None:
            return account, None
        return account, self.contract(event.exchange, event.symbol)

    def contract(self, exchange: str, symbol: str) -> ContractFacts:
        """What is known of a contract; at least its name."""
        known = self._contracts.get((exchange, symbol))
        return ContractFacts(f"{exchange}:{symbol}") if known is None else known

    def is_stale(self, contract: str, at_ns: int) -> bool:
        """Whether the market has nothing to say of a contract any more."""
        return self._market.is_stale(contract, at_ns, self.sessions)

    def _group_name(self, exchange: str, account: str) -> str:
        known = self._accounts.get((exchange, account))
        return known.group if known else account

    def _observation(
        self,
        event: Event,
        account: AccountData | None,
        contract: ContractFacts | None,
        taken: Taken,
    ) -> Observation:
        order = taken[0] or _UNSEEN
        side = event.side or order.side
        opens, closes = _open_close(side, event.offset or order.offset)
        observation = Observation(
            event=event.event,
            time_ns=event.time_ns,
            order_ref=_evidence_ref(event),
            exchange=event.exchange,
            account=event.account,
            group=group_of(account, event),
            counter=event.counter or self._declared_counter(account),
            access_system=event.access_system,
            source=None if event.by_source == AWAY else self._source(event.conn),
            side=side,
            order_type=event.order_type,
            tif=event.tif or order.tif,
            offset=event.offset or order.offset,
            price=event.price,
            quantity=event.quantity,
            age_ns=None if order.time_ns is None else event.time_ns - order.time_ns,
            is_counter_unknown=event.is_counter_unknown,
            phase=self.sessions.phase(contract.name if contract else event.exchange, event.time_ns),
            units=_units(event, order),
            own_live_orders=self._live_orders(event),
            live_quantity=order.live,
            cancelled_quantity=taken[1],
            is_opening=opens,
            is_closing=closes,
            is_active=order.is_taking(event) if event.event is EventKind.FILL else None,
        )
        if account is not None:
            observation.customer = account.customer or None
            observation.is_market_maker = account.market_maker
            observation.is_hedge = account.hedge
        if contract is not None:
            self._add_contract(observation, contract, event, taken)
        else:
            observation.amount = _amount(event, order, _UNIT)
        return observation

    def _add_contract(
        self, observation: Observation, contract: ContractFacts, event: Event, taken: Taken
    ) -> None:
        order, cancelled = taken[0] or _UNSEEN, taken[1]
        observation.contract = contract.name
        observation.product = contract.product
        observation.board = contract.board
        observation.is_st = contract.is_st
        observation.segment = contract.segment
        observation.severe_volatility = contract.severe_volatility
        observation.index = contract.index_name
        observation.pool = contract.pool
        observation.order_quantity_max = contract.order_quantity_max
        observation.amount = _amount(event, order, contract.multiplier)
        quantity = event.quantity if cancelled is None else cancelled
        if self._needs_order:
            if self._needs_terms:
                observation.terms = terms_of(event)
            observation.tick_ok = contract.is_on_tick(event.price or order.price)
            quantity_max = contract.quantity_max(event.order_type)
            if quantity is not None and quantity_max:
                observation.size_percent_max = percent(quantity, quantity_max)
        if self._needs_market or self._needs_own:
            self._add_market(observation, contract, order.price or event.price)
        if self._needs_account:
            self._add_account(observation, contract, quantity)

    def _add_market(
        self, observation: Observation, contract: ContractFacts, price: int | None
    ) -> None:
        """An answer is held against its order's price, at which the order stood."""
        snapshot = self._market.of(contract.name)
        market = None if snapshot is None else self._facts(contract, snapshot)
        observation.is_stale_market = self.is_stale(contract.name, observation.time_ns)
        add_market(observation, contract, market)
        if price:
            add_price(observation, contract, market, price)
        if self._needs_own:
            book = self._tracker.book(observation.group, contract.name)
            add_own(observation, book, market, price)

    def _facts(self, contract: ContractFacts, snapshot: Snapshot) -> MarketFacts:
        known = self._market_facts.get(contract.name)
        if known is not None and known[0] is snapshot and known[1] == contract:
            return known[2]
        if len(self._market_facts) >= SYMBOLS_MAX:
            self._market_facts.clear()
        facts = market_facts(contract, snapshot)
        self._market_facts[contract.name] = snapshot, contract, facts
        return facts

    def _add_account(
        self, observation: Observation, contract: ContractFacts, quantity: int | None
    ) -> None:
        """What is sellable is what was before an order that takes of it."""
        exchange, account = observation.exchange or "", observation.account
        if account is None:
            return
        side, offset = observation.side, observation.offset
        held = None
        if self._tracker.positions.is_known(exchange, account):
            group = self._group_name(exchange, account)
            held = self._tracker.positions.of(account, contract.name, group)
        if held is not None:
            is_short = side in OPPOSITE and is_short_side(side, offset)
            observation.position = held.short if is_short else held.long
            observation.group_position = held.group.short if is_short else held.group.long
            is_sale = observation.event is EventKind.ORDER and side is Side.SELL
            mine = observation.live_quantity or 0 if is_sale else 0
            observation.sellable = held.sellable(mine, is_same_day=contract.is_same_day)
        if quantity is not None:
            observation.lot_ok = contract.is_whole_lots(side, quantity, observation.sellable)
        if funds := self._funds.of(exchange, account):
            observation.available, observation.equity = funds.available, funds.equity
            observation.margin, observation.risk_percent = funds.margin, risk_percent(funds)
        known = self._accounts.get((exchange, account))
        if known is not None and known.permissions is not None:
            products = contract.product, contract.board
            observation.has_permission = is_permitted(known.permissions, products, side, offset)

    def _declared_counter(self, account: AccountData | None) -> str | None:
        """What the account says, only while no counter has a mark; unknown is not guessed."""
        return account.counter or None if account and not self._has_marks else None

    def _live_orders(self, event: Event) -> int | None:
        if event.account is None or event.event is not EventKind.ORDER:
            return None
        return self._tracker.live_orders(event.exchange or "", event.account)

    def _source(self, conn: str) -> str | None:
        host = self._sources.get(conn)
        if host is None:
            if len(self._sources) >= SOURCES_MAX:
                self._sources.clear()
            host = self._sources[conn] = client_host(conn)
        return host or None


def group_of(account: AccountData | None, event: Event) -> str | None:
    """The control group of an account; an unknown account is a group of its own."""
    return account.group if account else event.account


def terms_of(event: Event) -> str | None:
    """All that an order asks for of its contract: buy open 100 at 10.5 limit."""
    if event.event is not EventKind.ORDER or event.quantity is None:
        return None
    price = plain(event.price, PRICE_DIGITS) if event.price else "market"
    quantity = plain(event.quantity, QUANTITY_DIGITS)
    asked = event.side, event.offset, quantity, "at", price, event.order_type, event.tif
    return " ".join(str(each) for each in asked if each is not None)


def _open_close(side: Side | None, offset: Offset | None) -> tuple[bool | None, bool | None]:
    """Whether an order opens and closes a position: in stocks a purchase opens, a sale closes."""
    if offset is not None:
        return offset is Offset.OPEN, offset is Offset.CLOSE
    return (side is Side.BUY, side is Side.SELL) if side in OPPOSITE else (None, None)


def _units(event: Event, order: OrderState) -> int | None:
    """Information volume: a request is one; an immediate order that met nobody is one more when
    the exchange takes it away (rules.md F08: one unmatched FAK is 2)."""
    if event.event in _REQUESTS:
        return 1
    if event.event is not EventKind.CANCELLED:
        return None
    return 1 if order.tif in _IMMEDIATE and not order.filled else None


def _amount(event: Event, order: OrderState, multiplier: int) -> int | None:
    """Price times quantity; an order without a price of its own has no known amount."""
    price = event.price or order.price
    is_priced = event.event is EventKind.FILL or event.order_type in (None, OrderType.LIMIT)
    if not price or event.quantity is None or not is_priced:
        return None
    return price * event.quantity * multiplier // _UNIT


def _evidence_ref(event: Event) -> str:
    """Requests count under their own reference, answers under that of the order they are about."""
    return (event.order_ref if event.event in _REQUESTS else event.subject_ref) or ""


def _is_early(position: PositionData, day: date | None) -> bool:
    return day is None or position.day is None or position.day > day


def _position(told: PositionData) -> Position:
    return Position(
        exchange=told.exchange,
        account=told.account,
        symbol=told.symbol,
        quantity=scaled(told.quantity, QUANTITY_DIGITS),
        sellable=scaled(told.sellable, QUANTITY_DIGITS) if told.sellable else None,
        is_short=told.side == "short",
    )
