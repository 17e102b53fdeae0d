"""A counterparty that asks for prices and deals on what it has, now and then; seeded."""

from random import Random
from typing import NamedTuple

from quoting.domain.words import Side
from quoting.wire.fix.messages import (
    BUY,
    SELL,
    BusinessMessage,
    ExecutionReport,
    NewOrderSingle,
    Quote,
    QuoteRequest,
    RequestedPair,
)
from quoting.wire.peer_book import PeerBook
from riskgw.kernel.times import NS_PER_SECOND

REQUESTS_PER_CENT = 40
_SIZES = (100_000, 250_000, 500_000, 1_000_000)
_OTHER = {Side.BID: SELL, Side.ASK: BUY}
_FILLED, _TRADE = "2", "F"


class Pace(NamedTuple):
    """How often something is done, on average, and how often in all; 0 is never."""

    per_minute: int = 6
    deals_max: int = 100_000


class PeerDealer:
    """`prefix` makes its identifiers its own."""

    def __init__(self, seed: int, prefix: str, pace: Pace) -> None:
        self._random = Random(seed)  # noqa: S311  # repeatable on purpose, no secret
        self._prefix = prefix
        self._pace = pace
        self._number = 0
        self._due_ns: int | None = None
        self._wanted: str | None = None
        self.deals = 0
        self.done = 0
        self.refused = 0

    def due(self, book: PeerBook, at_ns: int) -> list[BusinessMessage]:
        """What is done now: a request for a price, or a deal on one that stands."""
        if not self._pace.per_minute:
            return []
        if self._due_ns is None or at_ns < self._due_ns:
            self._due_ns = self._due_ns or at_ns + self._gap_ns()
            return []
        self._due_ns = at_ns + self._gap_ns()
        if not book.held:
            return []
        if self._random.randrange(100) < REQUESTS_PER_CENT:
            return [self._request(book)]
        return self._deal(book, at_ns)

    def heard(self, message: BusinessMessage, at_ns: int) -> list[BusinessMessage]:
        """A price that was asked for may be dealt on; what became of deals is counted."""
        match message:
            case Quote() if self._wanted and message.request_id == self._wanted:
                self._wanted = None
                return self._deal_on(message, at_ns)
            case ExecutionReport() if message.execution_type == _TRADE:
                self.done += 1
            case ExecutionReport():
                self.refused += 1
            case _:
                pass
        return []

    def _gap_ns(self) -> int:
        mean_ns = 60 * NS_PER_SECOND // self._pace.per_minute
        return self._random.randrange(mean_ns // 2, mean_ns * 3 // 2)

    def _name(self, letter: str) -> str:
        self._number += 1
        return f"{self._prefix}{letter}{self._number}"

    def _request(self, book: PeerBook) -> QuoteRequest:
        pair = self._random.choice(sorted({key.pair for key in book.held}))
        name = self._name("R")
        # Only the newest is waited for: some answers never come.
        self._wanted = name
        return QuoteRequest(name, (RequestedPair(pair, size=str(self._random.choice(_SIZES))),))

    def _deal(self, book: PeerBook, at_ns: int) -> list[BusinessMessage]:
        key = self._random.choice(sorted(book.held))
        offer = book.held[key]
        size = min(self._random.choice(_SIZES), int(offer.size.partition(".")[0]))
        if not self._may_deal() or not size:
            return []
        return [
            NewOrderSingle(
                self._name("D"), key.pair, _OTHER[key.side], at_ns, str(size),
                price=offer.price, quote_id=offer.quote_id, entry_id=str(key.level),
                settlement_date=offer.settlement_date,
            )
        ]  # fmt: skip

    def _deal_on(self, quote: Quote, at_ns: int) -> list[BusinessMessage]:
        side = self._random.choice((BUY, SELL))
        price = quote.offer if side == BUY else quote.bid
        size = quote.offer_size if side == BUY else quote.bid_size
        if price is None or size is None or not self._may_deal():
            return []
        name = self._name("D")
        return [
            NewOrderSingle(
                name, quote.pair, side, at_ns, size, price=price, quote_id=quote.quote_id,
                settlement_date=quote.settlement_date,
            )
        ]  # fmt: skip

    def _may_deal(self) -> bool:
        if self.deals >= self._pace.deals_max:
            return False
        self.deals += 1
        return True
