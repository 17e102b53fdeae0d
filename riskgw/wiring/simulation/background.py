"""Ordinary trading: small orders near the market, some cancelled, far below every threshold."""

from random import Random
from zlib import crc32

from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import Side
from riskgw.wiring.simulation.book import OrderState, SimOrder
from riskgw.wiring.simulation.desk import Desk
from riskgw.wiring.simulation.population import Account, Contract
from riskgw.wiring.simulation.sessions import Session

CANCELLED_SHARE = 0.3
CROSSING_SHARE = 0.35
LOTS_MAX = 20
PASSIVE_TICKS_MAX = 6
# Never within a second, the ground of the instant-cancel rule.
CANCEL_AFTER_SECONDS = (2, 600)
DRIFT_EVERY_SECONDS = 60


class Background:
    """Sends orders of the accounts that no scenario uses."""

    def __init__(self, desk: Desk, random: Random, sessions: tuple[Session, ...]) -> None:
        self._desk = desk
        self._random = random
        self._sessions = sessions
        population = desk.population
        self._accounts = [each for each in population.accounts if not each.for_scenarios]
        self._contracts: dict[str, list[Contract]] = {}
        for contract in population.contracts:
            if not contract.for_scenarios:
                self._contracts.setdefault(contract.exchange, []).append(contract)

    def schedule(self, orders: int) -> None:
        """So many orders spread over the sessions, and the market's own moves between them."""
        for _ in range(orders):
            session = self._random.choice(self._sessions)
            at_ns = self._random.randrange(session.start_ns, session.end_ns)
            self._desk.clock.at(at_ns, self._order)
        for contracts in self._contracts.values():
            for contract in contracts:
                for session in self._sessions:
                    self._schedule_drift(contract, session)

    def _schedule_drift(self, contract: Contract, session: Session) -> None:
        market = self._desk.market
        assert market is not None
        at_ns = session.start_ns
        while at_ns < session.end_ns:
            self._desk.clock.at(at_ns, lambda: market.drift(contract))
            seconds = self._random.expovariate(1 / DRIFT_EVERY_SECONDS)
            at_ns += int((1 + seconds) * NS_PER_SECOND)

    def _order(self) -> None:
        account = self._random.choice(self._accounts)
        contract = self._random.choice(self._contracts[account.exchange])
        side = side_of_group(account, contract)
        order = SimOrder(account, contract, side, *self._terms(contract, side))
        self._desk.order_now(order)
        if self._random.random() < CANCELLED_SHARE:
            seconds = self._random.uniform(*CANCEL_AFTER_SECONDS)
            self._desk.clock.after(
                int(seconds * NS_PER_SECOND), lambda: self._cancel_if_live(order)
            )

    def _terms(self, contract: Contract, side: Side) -> tuple[int, int]:
        """Price and quantity: at the other side's best, or a few ticks behind our own."""
        market = self._desk.market
        assert market is not None
        price = market.touch(contract, side)
        if self._random.random() >= CROSSING_SHARE:
            away = self._random.randrange(2, 2 + PASSIVE_TICKS_MAX)
            price += -away if side is Side.BUY else away
        price = min(max(price, contract.low_limit), contract.high_limit)
        return price, contract.lot * self._random.randrange(1, LOTS_MAX + 1)

    def _cancel_if_live(self, order: SimOrder) -> None:
        is_in_session = any(each.holds(self._desk.clock.now_ns) for each in self._sessions)
        if order.state is OrderState.LIVE and is_in_session:
            self._desk.cancel_at(self._desk.clock.now_ns, order)


def side_of_group(account: Account, contract: Contract) -> Side:
    """A group stays on one side of a contract all day, so that it never trades with itself."""
    is_buyer = crc32(f"{account.group}{contract.symbol}".encode()) % 2
    return Side.BUY if is_buyer else Side.SELL
