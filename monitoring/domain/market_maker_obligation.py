"""What a market maker owes in a contract, and how much of it has been done (rules.md 1d).

Presence is the time with a valid two-sided quote over the time of continuous trading. A quote is
valid when both sides stand, each has the least quantity, and the spread is within its price band.
A request is answered by a valid quote in time that stands for the time to hold; requests come too
soon after another, or while a valid quote stands, are none (SHFE's rule on options, A).
"""

from collections import deque
from enum import StrEnum
from typing import Any, NamedTuple

from monitoring.domain.trading_spans import DaySpans, Span, covered_ns, holds, without
from riskgw.kernel.decimals import PERCENT_DIGITS

# Requests that wait for their answer; of more the oldest count as missed.
PENDING_MAX = 1_000
_ONE: int = 10**PERCENT_DIGITS
_PERCENT = 100 * _ONE


class Terms(NamedTuple):
    """What is owed: quantities in 10**-3, prices in 10**-5, times in nanoseconds.

    `spreads`: from which bid on which spread is the widest, rising; below the first none is valid.
    """

    size_min: int
    spreads: tuple[tuple[int, int], ...]
    respond_within_ns: int
    hold_ns: int
    requests_apart_ns: int


class Quote(NamedTuple):
    """Both sides as they were sent; a side that is missing is 0."""

    ref: str
    bid: int
    bid_size: int
    ask: int
    ask_size: int

    @property
    def is_two_sided(self) -> bool:
        return min(self.bid, self.bid_size, self.ask, self.ask_size) > 0

    @property
    def spread(self) -> int:
        return self.ask - self.bid

    @property
    def size(self) -> int:
        """Of the smaller side."""
        return min(self.bid_size, self.ask_size)


class Breach(StrEnum):
    """What can be wrong with a quote."""

    ONE_SIDED = "one_sided"
    SPREAD = "spread"
    SIZE = "size"


def spread_max(terms: Terms, bid: int) -> int:
    """The widest spread at this bid; -1 where no band holds it."""
    return max(
        ((since, widest) for since, widest in terms.spreads if since <= bid), default=(0, -1)
    )[1]


def breaches(quote: Quote, terms: Terms) -> tuple[Breach, ...]:
    """None for a valid quote."""
    if not quote.is_two_sided:
        return (Breach.ONE_SIDED,)
    found = []
    if quote.spread > spread_max(terms, quote.bid):
        found.append(Breach.SPREAD)
    if quote.size < terms.size_min:
        found.append(Breach.SIZE)
    return tuple(found)


class Totals(NamedTuple):
    """What was counted by a time; prices times nanoseconds where `_ns` follows a price."""

    obliged_ns: int = 0
    present_ns: int = 0
    two_sided_ns: int = 0
    spread_ns: int = 0
    size_ns: int = 0
    spread_worst: int = 0
    quotes: int = 0
    withdrawals: int = 0
    trades: int = 0
    one_sided: int = 0
    spread_breaches: int = 0
    size_breaches: int = 0
    requests: int = 0
    answered: int = 0
    missed: int = 0
    latency_ns: int = 0
    latency_worst_ns: int = 0
    has_auction_quote: bool = False


_COUNTED = {
    Breach.ONE_SIDED: "one_sided",
    Breach.SPREAD: "spread_breaches",
    Breach.SIZE: "size_breaches",
}


class Making:
    """One maker in one contract on one day. Times may be given twice, never backwards.

    The newest quote takes the place of the one before; fills take from its sides.
    """

    def __init__(self, terms: Terms, spans: DaySpans, from_ns: int) -> None:
        self._terms, self._spans = terms, spans
        self._is_stopped = False
        self._quote: Quote | None = None
        self._valid_ns: int | None = None
        self._pending: deque[int] = deque()
        self._asked_ns: int | None = None
        self.at_ns = from_ns
        self.totals = Totals()

    @property
    def quote(self) -> Quote | None:
        return self._quote

    @property
    def is_valid(self) -> bool:
        return self._valid_ns is not None

    def advance(self, at_ns: int) -> None:
        """Time passes under the quote that stands."""
        if at_ns <= self.at_ns:
            return
        open_ns = 0 if self._is_stopped else covered_ns(self._spans.continuous, self.at_ns, at_ns)
        known, quote = self.totals, self._quote
        added: dict[str, Any] = {"obliged_ns": known.obliged_ns + open_ns}
        if quote is not None and quote.is_two_sided:
            added["two_sided_ns"] = known.two_sided_ns + open_ns
            added["spread_ns"] = known.spread_ns + open_ns * quote.spread
            added["size_ns"] = known.size_ns + open_ns * quote.size
            if open_ns:
                added["spread_worst"] = max(known.spread_worst, quote.spread)
            if covered_ns(self._spans.auction, self.at_ns, at_ns):
                added["has_auction_quote"] = True
        if self._valid_ns is not None:
            added["present_ns"] = known.present_ns + open_ns
        self.totals = known._replace(**added)
        self._answer(at_ns)
        self.at_ns = at_ns

    def take_quote(self, at_ns: int, quote: Quote) -> None:
        self.advance(at_ns)
        added: dict[str, Any] = {"quotes": self.totals.quotes + 1}
        if self._is_open:
            for each in breaches(quote, self._terms):
                added[_COUNTED[each]] = getattr(self.totals, _COUNTED[each]) + 1
        if quote.is_two_sided and holds(self._spans.auction, self.at_ns):
            added["has_auction_quote"] = True
        self.totals = self.totals._replace(**added)
        self._stand(quote)

    def withdraw(self, at_ns: int, ref: str) -> None:
        """Of a quote that another has replaced it is counted and changes nothing."""
        self.advance(at_ns)
        self.totals = self.totals._replace(withdrawals=self.totals.withdrawals + 1)
        if self._quote is not None and self._quote.ref == ref:
            self._stand(None)

    def fill(self, at_ns: int, ref: str, quantity: int, *, is_buy: bool) -> None:
        """A trade of the maker; of its quote, one side has less then."""
        self.advance(at_ns)
        self.totals = self.totals._replace(trades=self.totals.trades + 1)
        quote = self._quote
        if quote is None or quote.ref != ref:
            return
        side = "bid_size" if is_buy else "ask_size"
        self._stand(quote._replace(**{side: max(getattr(quote, side) - quantity, 0)}))

    def ask(self, at_ns: int) -> None:
        """Somebody asks for a quote."""
        self.advance(at_ns)
        last = self._asked_ns
        is_soon = last is not None and self.at_ns - last < self._terms.requests_apart_ns
        if not self._is_open or self.is_valid or is_soon:
            return
        self._asked_ns = self.at_ns
        self.totals = self.totals._replace(requests=self.totals.requests + 1)
        if len(self._pending) >= PENDING_MAX:
            self._pending.popleft()
            self.totals = self.totals._replace(missed=self.totals.missed + 1)
        self._pending.append(self.at_ns)

    def stop(self, at_ns: int, *, is_stopped: bool) -> None:
        """A halt or a price at its limit begins, or is over: meanwhile nothing is owed."""
        self.advance(at_ns)
        self._is_stopped = is_stopped

    def left_ns(self) -> int:
        """What is still to come of the day, as far as nothing stops the contract."""
        end_ns = max((end for _, end in self._spans.continuous), default=self.at_ns)
        return covered_ns(self._spans.continuous, self.at_ns, end_ns)

    @property
    def _is_open(self) -> bool:
        return not self._is_stopped and holds(self._spans.continuous, self.at_ns)

    def _stand(self, quote: Quote | None) -> None:
        self._quote = quote
        is_valid = quote is not None and not breaches(quote, self._terms)
        if not is_valid:
            self._valid_ns = None
        elif self._valid_ns is None:
            self._valid_ns = self.at_ns

    def _answer(self, until_ns: int) -> None:
        """What has been answered or missed by then; oldest first, as deadlines rise with time."""
        left: deque[int] = deque()
        for asked_ns in self._pending:
            deadline_ns = asked_ns + self._terms.respond_within_ns
            valid_ns = self._valid_ns
            if valid_ns is not None and valid_ns <= deadline_ns:
                if valid_ns + self._terms.hold_ns > until_ns:
                    left.append(asked_ns)
                else:
                    self._answered(valid_ns - asked_ns)
            elif deadline_ns < until_ns:
                self.totals = self.totals._replace(missed=self.totals.missed + 1)
            else:
                left.append(asked_ns)
        self._pending = left

    def _answered(self, latency_ns: int) -> None:
        known = self.totals
        self.totals = known._replace(
            answered=known.answered + 1,
            latency_ns=known.latency_ns + latency_ns,
            latency_worst_ns=max(known.latency_worst_ns, latency_ns),
        )


def presence_percent(totals: Totals) -> int | None:
    """Of the time so far; None before there was any."""
    return totals.present_ns * _PERCENT // totals.obliged_ns if totals.obliged_ns else None


def reachable_percent(totals: Totals, left_ns: int) -> int | None:
    """The best presence that the day can still come to (rules.md 1d, M08)."""
    whole_ns = totals.obliged_ns + left_ns
    return (totals.present_ns + left_ns) * _PERCENT // whole_ns if whole_ns else None


def response_percent(totals: Totals) -> int | None:
    """Of the requests that are decided."""
    decided = totals.answered + totals.missed
    return totals.answered * _PERCENT // decided if decided else None


def latency_mean_ns(totals: Totals) -> int | None:
    return totals.latency_ns // totals.answered if totals.answered else None


def spread_mean(totals: Totals) -> int | None:
    """Weighted by time, over the time with both sides."""
    return totals.spread_ns // totals.two_sided_ns if totals.two_sided_ns else None


def size_mean(totals: Totals) -> int | None:
    return totals.size_ns // totals.two_sided_ns if totals.two_sided_ns else None


def quote_to_trade(totals: Totals) -> int:
    """Quotes and withdrawals over trades, at least one, in 10**-6."""
    return (totals.quotes + totals.withdrawals) * _ONE // max(totals.trades, 1)


def relieved(spans: DaySpans, reliefs: tuple[Span, ...]) -> DaySpans:
    """Without the windows that the exchange grants."""
    return DaySpans(without(spans.continuous, reliefs), spans.auction)


def coverage_percent(reached: int, assigned: int) -> int | None:
    """Contracts whose presence suffices over those that are assigned (M06)."""
    return reached * _PERCENT // assigned if assigned else None
