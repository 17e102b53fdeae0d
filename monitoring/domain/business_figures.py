"""Figures of a trading day, made from raw records one by one and in their order."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, Protocol

from monitoring.domain.business_metrics import BusinessMetric
from monitoring.domain.contract_facts import ContractFacts, facts_of
from monitoring.domain.market_maker_obligation import Terms
from monitoring.domain.trading_spans import Span
from riskgw.cep.sessions import Sessions
from riskgw.messages.base_data import AccountData, BaseData, ContractData

# Of one sort of figures; what comes beyond is not counted.
KEYS_MAX = 20_000
_LETTERS = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)*")

Details = dict[str, Any]
# Exchange, account, symbol; the symbol is empty where a figure is of an account.
Key = tuple[str, str, str]


class Told(NamedTuple):
    """A raw record of a counter's feed: `item` as it was delivered."""

    feed: str
    exchange: str
    account: str
    symbol: str
    time_ns: int
    item: Mapping[str, Any]


class Ordered(NamedTuple):
    """A stored event of an order, from a mirrored link or a counter; quantity in 10**-3."""

    event: str
    exchange: str
    account: str
    symbol: str
    side: str
    offset: str
    quantity: int | None
    time_ns: int


class Figure(NamedTuple):
    """`value` in 10**-6, None where there is nothing to tell yet."""

    metric: BusinessMetric
    key: Key
    value: int | None
    details: Details


class Figures(Protocol):
    """One sort of figures."""

    def advance(self, at_ns: int) -> None: ...
    def figures(self) -> Iterable[Figure]: ...
    def news(self) -> Iterable[Figure]:
        """Those that may have changed since this was asked last."""


class Duty(NamedTuple):
    """A row of the table of obligations; percents in 10**-6. No product, contract: all."""

    exchange: str
    kind: str
    product: str
    account: str
    terms: Terms
    presence_percent: int
    response_percent: int
    wants_auction: bool


class Relief(NamedTuple):
    """A window that an exchange grants; no product and no contract: all of the exchange."""

    exchange: str
    product: str
    symbol: str
    span: Span


class Reference:
    """What figures are measured by on one trading day."""

    def __init__(
        self,
        day: date,
        base: BaseData,
        duties: tuple[Duty, ...] = (),
        reliefs: tuple[Relief, ...] = (),
    ) -> None:
        self.day, self.duties, self.reliefs = day, duties, reliefs
        self.sessions = Sessions(base)
        self._accounts = {(each.exchange, each.id): each for each in base.accounts}
        self._contracts = {(each.exchange, each.symbol): each for each in base.contracts}
        self._facts: dict[tuple[str, str], ContractFacts] = {}

    def account(self, exchange: str, account: str) -> AccountData | None:
        return self._accounts.get((exchange, account))

    def contract(self, exchange: str, symbol: str) -> ContractData | None:
        return self._contracts.get((exchange, symbol))

    def facts(self, exchange: str, symbol: str) -> ContractFacts | None:
        key = exchange, symbol
        contract = self._contracts.get(key)
        if contract is None:
            return None
        if key not in self._facts:
            self._facts[key] = facts_of(contract)
        return self._facts[key]

    def assigned(self, exchange: str) -> list[Key]:
        """Which makers owe quotes in which contracts of an exchange."""
        makers = [each for each in self._accounts.values() if each.market_maker]
        return [
            (exchange, maker.id, symbol)
            for maker in makers
            if maker.exchange == exchange
            for _, symbol in sorted(key for key in self._contracts if key[0] == exchange)
            if self.duty(exchange, maker.id, symbol) is not None
        ]

    def duty(self, exchange: str, account: str, symbol: str) -> Duty | None:
        """The narrowest row that fits: an account's before all, a product's before a kind's."""
        contract = self._contracts.get((exchange, symbol))
        maker = self._accounts.get((exchange, account))
        if contract is None or maker is None or not maker.market_maker:
            return None
        fitting = [
            each
            for each in self.duties
            if each.exchange == exchange
            and each.kind == contract.kind.casefold()
            and each.product in ("", product_of(symbol))
            and each.account in ("", account)
        ]
        return max(fitting, key=lambda each: (each.account != "", each.product != ""), default=None)

    def spans_of_relief(self, exchange: str, symbol: str) -> tuple[Span, ...]:
        return tuple(
            each.span
            for each in self.reliefs
            if each.exchange == exchange
            and each.product in ("", product_of(symbol))
            and each.symbol in ("", symbol)
        )


def product_of(symbol: str) -> str:
    """The letters that a futures or options contract begins with; a currency pair is its own."""
    letters = _LETTERS.match(symbol)
    return letters[0].casefold() if letters else ""
