"""Market-making obligations and quote statistics, from quotes, requests and trades."""

from collections.abc import Iterator
from typing import Any

from monitoring.domain.business_figures import (
    KEYS_MAX,
    Details,
    Duty,
    Figure,
    Key,
    Reference,
    Told,
)
from monitoring.domain.business_metrics import BusinessMetric
from monitoring.domain.market_maker_obligation import (
    Making,
    Quote,
    Terms,
    coverage_percent,
    latency_mean_ns,
    presence_percent,
    quote_to_trade,
    reachable_percent,
    relieved,
    response_percent,
    size_mean,
    spread_mean,
)
from monitoring.domain.trading_spans import DaySpans, day_spans
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, DecimalTextError, scaled

# Who owes nothing has quotes all the same, of which none is a breach.
_FREE = Terms(0, ((0, 1 << 62),), 0, 0, 0)
OBLIGATIONS = {
    "option": BusinessMetric.OPTION_OBLIGATION,
    "future": BusinessMetric.FUTURE_OBLIGATION,
    "fx": BusinessMetric.FX_OBLIGATION,
}


class MakingFigures:
    """Measured from an exchange's first quote or request on: before that nobody told anything."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._makings: dict[Key, Making] = {}
        self._duties: dict[Key, Duty | None] = {}
        self._makers: dict[tuple[str, str], list[Key]] = {}
        self._since_ns: dict[str, int] = {}
        self._spans: dict[tuple[str, str], DaySpans] = {}
        self._now_ns = 0

    def take(self, told: Told) -> None:
        """A counter's clock may lag: time goes on, never back."""
        self._now_ns = max(self._now_ns, told.time_ns)
        if told.feed in ("quotes", "quote-requests"):
            self._begin(told.exchange)
        if told.feed == "quotes":
            self._quote(told)
        elif told.feed == "quote-requests":
            for key in self._makers.get((told.exchange, told.symbol), ()):
                self._makings[key].ask(self._now_ns)
        elif told.feed == "executions" and told.item.get("event", "fill") == "fill":
            self._fill(told)

    def advance(self, at_ns: int) -> None:
        self._now_ns = max(self._now_ns, at_ns)
        for making in self._makings.values():
            making.advance(self._now_ns)

    def figures(self) -> Iterator[Figure]:
        """As of the newest time that was told."""
        self.advance(self._now_ns)
        coverage = self._coverage()
        for key, making in self._makings.items():
            duty = self._duties[key]
            if making.totals.quotes:
                value = quote_to_trade(making.totals)
                yield Figure(BusinessMetric.QUOTES, key, value, self._details(key, making))
            if duty is not None and duty.kind in OBLIGATIONS:
                value_or_none = reachable_percent(making.totals, making.left_ns())
                details = self._details(key, making) | _owed(duty, coverage[key[:2]])
                yield Figure(OBLIGATIONS[duty.kind], key, value_or_none, details)

    def news(self) -> Iterator[Figure]:
        """All of them: time alone changes each."""
        return self.figures()

    def _begin(self, exchange: str) -> None:
        if exchange in self._since_ns:
            return
        self._since_ns[exchange] = self._now_ns
        for key in self._reference.assigned(exchange):
            self._making(key)

    def _making(self, key: Key) -> Making | None:
        making = self._makings.get(key)
        if making is not None or len(self._makings) >= KEYS_MAX:
            return making
        exchange, account, symbol = key
        duty = self._duties[key] = self._reference.duty(exchange, account, symbol)
        spans = relieved(
            self._spans_of(exchange, symbol), self._reference.spans_of_relief(exchange, symbol)
        )
        terms = duty.terms if duty else _FREE
        making = self._makings[key] = Making(terms, spans, self._since_ns[exchange])
        if duty is not None:
            self._makers.setdefault((exchange, symbol), []).append(key)
        return making

    def _spans_of(self, exchange: str, symbol: str) -> DaySpans:
        key = exchange, symbol
        if key not in self._spans:
            day = self._reference.day
            self._spans[key] = day_spans(self._reference.sessions, f"{exchange}:{symbol}", day)
        return self._spans[key]

    def _quote(self, told: Told) -> None:
        if told.item.get("event") == "quote_cancel":
            reference = str(told.item.get("cancel_of", ""))
            for key in self._keys_of(told):
                self._makings[key].withdraw(self._now_ns, reference)
            return
        making = self._making((told.exchange, told.account, told.symbol))
        if making is not None:
            making.take_quote(self._now_ns, quote_of(told.item))

    def _keys_of(self, told: Told) -> list[Key]:
        """A withdrawal need not name its contract: it is the one whose quote it names."""
        if told.symbol:
            key = told.exchange, told.account, told.symbol
            return [key] if key in self._makings else []
        reference = told.item.get("cancel_of")
        return [
            key
            for key, making in self._makings.items()
            if key[:2] == (told.exchange, told.account)
            and making.quote is not None
            and making.quote.ref == reference
        ]

    def _fill(self, told: Told) -> None:
        making = self._makings.get((told.exchange, told.account, told.symbol))
        if making is None:
            return
        quantity = _number(told.item.get("quantity"), QUANTITY_DIGITS)
        reference = str(told.item.get("order_ref", ""))
        is_buy = told.item.get("side") == "buy"
        making.fill(self._now_ns, reference, quantity, is_buy=is_buy)

    def _coverage(self) -> dict[tuple[str, str], int | None]:
        """Of each maker: contracts whose presence suffices over those assigned (M06)."""
        found: dict[tuple[str, str], list[bool]] = {}
        for key, making in self._makings.items():
            duty = self._duties[key]
            if duty is None:
                continue
            percent = presence_percent(making.totals)
            is_enough = percent is not None and percent >= duty.presence_percent
            found.setdefault(key[:2], []).append(is_enough)
        return {key: coverage_percent(sum(each), len(each)) for key, each in found.items()}

    def _details(self, key: Key, making: Making) -> Details:
        totals, quote = making.totals, making.quote
        return {
            **totals._asdict(),
            "since_ns": self._since_ns[key[0]],
            "left_ns": making.left_ns(),
            "presence": presence_percent(totals),
            "reachable": reachable_percent(totals, making.left_ns()),
            "response": response_percent(totals),
            "latency_mean_ns": latency_mean_ns(totals),
            "spread_mean": spread_mean(totals),
            "size_mean": size_mean(totals),
            "quote_to_trade": quote_to_trade(totals),
            "is_valid": making.is_valid,
            "bid": quote.bid if quote else None,
            "ask": quote.ask if quote else None,
        }


def _owed(duty: Duty, coverage: int | None) -> Details:
    return {
        "presence_wanted": duty.presence_percent,
        "response_wanted": duty.response_percent,
        "wants_auction": duty.wants_auction,
        "coverage": coverage,
    }


def quote_of(item: Any) -> Quote:
    """Both sides stand in the item's fields; what is missing or no number is no side."""
    fields = item.get("fields") or {}
    return Quote(
        str(item.get("order_ref", "")),
        _number(fields.get("bid"), PRICE_DIGITS),
        _number(fields.get("bid_size"), QUANTITY_DIGITS),
        _number(fields.get("ask"), PRICE_DIGITS),
        _number(fields.get("ask_size"), QUANTITY_DIGITS),
    )


def _number(text: Any, digits: int) -> int:
    try:
        return max(scaled(str(text), digits), 0)
    except DecimalTextError:
        return 0
