"""One simulated day from one seed: capture, market snapshots and labels."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from random import Random
from string import ascii_uppercase
from typing import Any, NamedTuple, TextIO

from riskgw.cep.spec import RuleSpec
from riskgw.kernel.decimals import plain
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.wiring.simulation.background import Background
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.desk import Desk, Link
from riskgw.wiring.simulation.market import HEADER, SNAPSHOT_EVERY_NS, Market
from riskgw.wiring.simulation.mirror import Endpoint, Mirror, TcpConnection
from riskgw.wiring.simulation.population import (
    BINARY_COUNTER,
    GATEWAY,
    TDS_COUNTER,
    Population,
)
from riskgw.wiring.simulation.scenarios import Scenarios, unknown_systems
from riskgw.wiring.simulation.sessions import Session, sessions_of
from riskgw.wiring.simulation.szse_link import SzseLink
from riskgw.wiring.simulation.tds_link import DATABASE, TdsLink

DEFAULT_DAY = date(2026, 11, 23)
DEFAULT_ORDERS = 10_000
HEARTBEAT_EVERY_NS = 60 * NS_PER_SECOND
_TGW_PORT, _SQL_PORT = 8016, 1433
_PBUS = ("000100", "000200")
# The first counter's own link, and the one its gateway holds.
_BINARY_CLIENTS = ("10.1.0.11", "10.1.0.13")
_TDS_CLIENT = "10.1.0.12"
_TDS_CONNECTIONS = 3
_QUIET_NS = 5 * NS_PER_SECOND
# Prices of the simulation are in cents.
_PRICE_DIGITS = 2


class DayPlan(NamedTuple):
    """What to simulate; `orders` is the number of ordinary ones beside the scenarios'."""

    seed: int
    day: date
    orders: int
    with_day_totals: bool = True


class DayFiles(NamedTuple):
    """Where the day goes."""

    capture: Path
    market: Path
    labels: Path

    @classmethod
    def beside(cls, capture: Path) -> "DayFiles":
        return cls(capture, capture.with_suffix(".market.csv"), capture.with_suffix(".labels.json"))


class SimulatedDay:
    """Wires clock, mirror, links, market and scenarios together."""

    def __init__(self, plan: DayPlan, rules: Sequence[RuleSpec]) -> None:
        self._plan = plan
        self._rules = rules
        self._random = Random(plan.seed)  # noqa: S311  # a reproducible day, no secret
        self._clock = Clock()
        self._sessions = sessions_of(plan.day)
        self._population = Population(self._random)

    def write(self, files: DayFiles) -> dict[str, Any]:
        """Simulate the day into its files; the labels as written."""
        with files.capture.open("wb") as capture, files.market.open("w") as market_file:
            self._clock.now_ns = self._sessions[0].start_ns - 60 * NS_PER_SECOND
            mirror = Mirror(capture, self._clock, self._random)
            desk = Desk(self._clock, self._population, self._links(mirror))
            contracts = self._population.contracts
            market = Market(self._clock, self._random, contracts, desk.tell)
            desk.market = market
            market.open()
            scenarios = self._schedule(desk, market, market_file)
            self._clock.run()
        labels = self._labels(desk, market, scenarios)
        files.labels.write_text(json.dumps(labels, ensure_ascii=False))
        return labels

    def _schedule(self, desk: Desk, market: Market, market_file: TextIO) -> Scenarios:
        links = [link for links in desk.links.values() for link in links]
        self._clock.at(self._clock.now_ns, lambda: _each(links, lambda link: link.log_on()))
        scenarios = Scenarios(desk, self._random, self._sessions, self._rules)
        scenarios.schedule(with_day_totals=self._plan.with_day_totals)
        Background(desk, self._random, self._sessions).schedule(self._plan.orders)
        market_file.write(HEADER)
        for session in self._sessions:
            self._every(SNAPSHOT_EVERY_NS, session, lambda: market.snapshot(market_file))
            self._every(
                HEARTBEAT_EVERY_NS, session, lambda: _each(links, lambda link: link.heartbeat())
            )
        end_ns = self._sessions[-1].end_ns + _QUIET_NS
        self._clock.at(end_ns, lambda: _each(links, lambda link: link.log_off()))
        return scenarios

    def _every(self, period_ns: int, session: Session, action: Callable[[], None]) -> None:
        def tick() -> None:
            action()
            if session.holds(self._clock.now_ns + period_ns):
                self._clock.after(period_ns, tick)

        self._clock.at(session.start_ns, tick)

    def _links(self, mirror: Mirror) -> dict[str, list[Link]]:
        """Two TGW connections of one counter, three database connections of the other; one TGW
        connection of each system that is no counter."""
        links: dict[str, list[Link]] = {BINARY_COUNTER: []}
        for place, (address, pbu) in enumerate(zip(_BINARY_CLIENTS, _PBUS, strict=True)):
            link = self._binary_link(mirror, address, place, pbu)
            links[BINARY_COUNTER].append(link)
        rules = {rule.code: rule for rule in self._rules}
        for place, address in enumerate(unknown_systems(rules), len(_PBUS)):
            links[address] = [self._binary_link(mirror, address, place, f"{900 + place:06}")]
        links[TDS_COUNTER] = [self._database_link(mirror)]
        return links

    def _binary_link(self, mirror: Mirror, address: str, place: int, pbu: str) -> Link:
        client = Endpoint(address, 45_000 + place, 0x020000000011)
        server = Endpoint(f"10.1.9.{21 + place}", _TGW_PORT, 0x020000000921)
        connection = TcpConnection(mirror, client, server, is_tidy=False)
        return SzseLink(self._clock, connection, ascii_uppercase[place], pbu)

    def _database_link(self, mirror: Mirror) -> Link:
        connections = []
        for place in range(_TDS_CONNECTIONS):
            client = Endpoint(_TDS_CLIENT, 51_000 + place, 0x020000000012)
            server = Endpoint("10.1.8.31", _SQL_PORT, 0x020000000831)
            connections.append(TcpConnection(mirror, client, server, is_tidy=True))
        return TdsLink(self._clock, connections)

    def _labels(self, desk: Desk, market: Market, scenarios: Scenarios) -> dict[str, Any]:
        lines = [label.line() for label in scenarios.labels]
        lines.sort(key=lambda line: (line["rule"], line["level"], sorted(line["key"].items())))
        return {
            "seed": self._plan.seed,
            "trading_day": self._plan.day.isoformat(),
            "base": self._base(),
            "rules": [{"rule": rule.code, "version": rule.version} for rule in self._rules],
            "totals": {
                "messages": sum(each.messages for links in desk.links.values() for each in links),
                "orders": desk.orders,
                "cancels": desk.cancels,
                "fills": market.fills,
            },
            "labels": lines,
        }

    def _base(self) -> dict[str, Any]:
        return {
            "accounts": [
                {
                    "id": account.id,
                    "exchange": account.exchange,
                    "group": account.group,
                    "counter": account.counter,
                    "customer": account.customer,
                }
                for account in self._population.accounts
            ],
            "contracts": [
                {
                    "symbol": contract.symbol,
                    "exchange": contract.exchange,
                    "tick": "0.01",
                    "lot": str(contract.lot),
                    "order_quantity_max": str(contract.order_quantity_max),
                    "name": contract.name,
                    "kind": "stock",
                    "board": contract.board,
                    "market_quantity_max": str(contract.market_quantity_max),
                    "previous_close": plain(contract.previous_close, _PRICE_DIGITS),
                    "high_limit": plain(contract.high_limit, _PRICE_DIGITS),
                    "low_limit": plain(contract.low_limit, _PRICE_DIGITS),
                }
                for contract in self._population.contracts
            ],
            "counters": [
                {"code": BINARY_COUNTER, "pbus": _PBUS, "addresses": _BINARY_CLIENTS[:1]},
                {"code": TDS_COUNTER, "databases": [DATABASE], "addresses": [_TDS_CLIENT]},
            ],
            "access_systems": [
                {"code": GATEWAY, "counter": BINARY_COUNTER, "addresses": _BINARY_CLIENTS[1:]}
            ],
        }


def _each(links: list[Link], do: Callable[[Link], None]) -> None:
    for link in links:
        do(link)
