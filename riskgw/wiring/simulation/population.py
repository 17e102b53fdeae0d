"""Who trades and what: contracts, control groups, investors and their accounts at two counters.

Board facts (lots, ticks, largest orders) follow the public trading rules; names are invented.
"""

from random import Random
from typing import NamedTuple

BINARY_COUNTER, TDS_COUNTER = "ALPHA", "BETA"
# A gateway between the first counter and its exchange.
GATEWAY = "GATE1"
GROUPS = 60
# Contracts of scenarios are left alone by the background, and all start at this price.
SCENARIO_PRICE = 1000


class Contract(NamedTuple):
    """Prices in ticks of 0.01 CNY, quantities in shares."""

    symbol: str
    exchange: str
    name: str
    board: str
    lot: int
    order_quantity_max: int
    market_quantity_max: int
    previous_close: int
    limit_percent: int
    for_scenarios: bool

    @property
    def high_limit(self) -> int:
        return (self.previous_close * (100 + self.limit_percent) + 50) // 100

    @property
    def low_limit(self) -> int:
        return (self.previous_close * (100 - self.limit_percent) + 50) // 100


class Account(NamedTuple):
    """A securities account; `sent_by` is the address of a system that is none of the counters."""

    id: str
    exchange: str
    counter: str
    group: str
    customer: str
    for_scenarios: bool
    sent_by: str = ""

    @property
    def system(self) -> str:
        """What sends this account's orders."""
        return self.sent_by or self.counter


class Board(NamedTuple):
    """What the contracts of a board have in common."""

    exchange: str
    name: str
    first_code: int
    lot: int
    order_quantity_max: int
    market_quantity_max: int
    limit_percent: int
    background: int
    scenarios: int


_BOARDS = (
    Board("SZSE", "main", 1, 100, 1_000_000, 1_000_000, 10, 10, 8),
    Board("SZSE", "chinext", 300_001, 100, 300_000, 150_000, 20, 6, 0),
    Board("SSE", "main", 600_001, 100, 1_000_000, 1_000_000, 10, 10, 8),
    Board("SSE", "star", 688_001, 200, 100_000, 50_000, 20, 4, 0),
)
_EXCHANGE_NAMES = {"SZSE": "深市", "SSE": "沪市"}


class Population:
    """Everybody and everything of one simulated day, from one seed."""

    def __init__(self, random: Random) -> None:
        self.contracts = [*_contracts(random)]
        self.accounts: list[Account] = []
        self._scenario_groups = 0
        self._customers = 0
        for number in range(1, GROUPS + 1):
            investors = random.choice((1, 1, 1, 2, 2, 3))
            self._group(f"G{number:03}", investors, for_scenarios=False)

    def scenario_group(self, investors: int = 1) -> list[list[Account]]:
        """A control group of its own for a scenario: the accounts of each of its investors."""
        self._scenario_groups += 1
        return self._group(f"S{self._scenario_groups:03}", investors, for_scenarios=True)

    def scenario_contracts(self, exchange: str) -> list[Contract]:
        return [each for each in self.contracts if each.for_scenarios and each.exchange == exchange]

    def _group(self, group: str, investors: int, *, for_scenarios: bool) -> list[list[Account]]:
        """Each investor trades Shenzhen at one counter and Shanghai, by two codes, at both."""
        members = []
        for _ in range(investors):
            self._customers += 1
            number = self._customers
            members.append(
                [
                    Account(code, exchange, counter, group, f"C{number:04}", for_scenarios)
                    for code, exchange, counter in (
                        (f"01{number:08}", "SZSE", BINARY_COUNTER),
                        (f"A{number:09}", "SSE", TDS_COUNTER),
                        (f"A{500_000_000 + number:09}", "SSE", BINARY_COUNTER),
                    )
                ]
            )
        self.accounts += [account for accounts in members for account in accounts]
        return members


def _contracts(random: Random) -> list[Contract]:
    contracts = []
    for board in _BOARDS:
        for place in range(board.background + board.scenarios):
            for_scenarios = place >= board.background
            price = SCENARIO_PRICE if for_scenarios else random.randrange(500, 6000)
            symbol = f"{board.first_code + place:06}"
            contracts.append(
                Contract(
                    symbol=symbol,
                    exchange=board.exchange,
                    name=f"{_EXCHANGE_NAMES[board.exchange]}模拟{symbol[-3:]}",
                    board=board.name,
                    lot=board.lot,
                    order_quantity_max=board.order_quantity_max,
                    market_quantity_max=board.market_quantity_max,
                    previous_close=price,
                    limit_percent=board.limit_percent,
                    for_scenarios=for_scenarios,
                )
            )
    return contracts
