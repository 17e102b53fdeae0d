"""The broker: sends orders and cancels over the link of the account, passes reports back."""

from typing import Protocol
from zlib import crc32

from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Side
from riskgw.wiring.simulation.book import SimCancel, SimOrder
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.market import Market
from riskgw.wiring.simulation.population import (
    TDS_COUNTER,
    Account,
    Contract,
    Population,
)
from riskgw.wiring.simulation.reports import Report

# From the counter's wire to the exchange's book: a TGW is near, a database takes its time.
_ARRIVES_AFTER_NS = {TDS_COUNTER: 5 * NS_PER_MS}
_BINARY_ARRIVES_AFTER_NS = 150_000


class Link(Protocol):
    """One counter's connection to an exchange."""

    @property
    def messages(self) -> int: ...

    def log_on(self) -> None: ...
    def log_off(self) -> None: ...
    def heartbeat(self) -> None: ...
    def order(self, order: SimOrder, now_ns: int) -> None: ...
    def cancel(self, cancel: SimCancel, now_ns: int) -> None: ...
    def report(self, report: Report) -> None: ...


class Desk:
    """Everything our accounts do goes through here and is counted."""

    def __init__(self, clock: Clock, population: Population, links: dict[str, list[Link]]) -> None:
        self.clock = clock
        self.population = population
        self.links = links
        self.market: Market | None = None
        self.orders = 0
        self.cancels = 0

    def order_at(
        self, at_ns: int, account: Account, contract: Contract, side: Side, terms: tuple[int, int]
    ) -> SimOrder:
        """A limit order to be sent at a time; `terms` are price in ticks and quantity."""
        order = SimOrder(account, contract, side, *terms)
        self.clock.at(at_ns, lambda: self.order_now(order))
        return order

    def cancel_at(self, at_ns: int, order: SimOrder) -> SimCancel:
        cancel = SimCancel(order)
        self.clock.at(at_ns, lambda: self._cancel_now(cancel))
        return cancel

    def order_now(self, order: SimOrder) -> None:
        assert order.owner is not None
        assert self.market is not None
        self.orders += 1
        market = self.market
        self._link(order.owner).order(order, self.clock.now_ns)
        self.clock.after(_delay(order.owner), lambda: market.order(order))

    def tell(self, report: Report) -> None:
        assert report.order.owner is not None
        self._link(report.order.owner).report(report)

    def _cancel_now(self, cancel: SimCancel) -> None:
        assert cancel.order.owner is not None
        assert self.market is not None
        self.cancels += 1
        market = self.market
        owner = cancel.order.owner
        self._link(owner).cancel(cancel, self.clock.now_ns)
        self.clock.after(_delay(owner), lambda: market.cancel(cancel))

    def link_number(self, account: Account) -> int:
        """Which of its counter's links an account trades over."""
        return crc32(account.id.encode()) % len(self.links[account.system])

    def _link(self, account: Account) -> Link:
        return self.links[account.system][self.link_number(account)]


def _delay(account: Account) -> int:
    return _ARRIVES_AFTER_NS.get(account.system, _BINARY_ARRIVES_AFTER_NS)
