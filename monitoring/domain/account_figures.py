"""Fund statistics from what counters tell of money; order statistics from stored orders."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from monitoring.domain.business_figures import (
    KEYS_MAX,
    Details,
    Figure,
    Key,
    Ordered,
    Reference,
    Told,
)
from monitoring.domain.business_metrics import BusinessMetric
from monitoring.domain.permissions import is_permitted
from riskgw.kernel.decimals import MONEY_DIGITS, PERCENT_DIGITS, DecimalTextError, scaled
from riskgw.kernel.words import EventKind, Offset, Side

# With fewer a ratio of cancels means nothing (rules.md F13: counts from which it is judged).
ORDERS_MIN = 20
_PERCENT: int = 100 * 10**PERCENT_DIGITS
_ONE: int = 10**PERCENT_DIGITS
_MONEY = (
    "equity", "available", "frozen", "margin", "deposits", "withdrawals", "realized_pnl",
    "unrealized_pnl", "fees",
)  # fmt: skip


class FundFigures:
    """By account: the day's first equity opens it, the newest word counts."""

    def __init__(self) -> None:
        self._told: dict[Key, dict[str, int | None]] = {}

    def take(self, told: Told) -> None:
        key = told.exchange, told.account, ""
        if told.feed != "funds" or (key not in self._told and len(self._told) >= KEYS_MAX):
            return
        known = self._told.setdefault(key, {})
        for name in _MONEY:
            amount = _money(told.item.get(name))
            if amount is not None:
                known[name] = amount
        if known.get("opening_equity") is None:
            known["opening_equity"] = known.get("equity")

    def advance(self, at_ns: int) -> None:
        """Money stands still until it is told anew."""

    def figures(self) -> Iterator[Figure]:
        """Margin in percent of equity; without equity there is no such number."""
        for key, known in self._told.items():
            margin, equity = known.get("margin"), known.get("equity")
            value = None
            if margin is not None and equity is not None and equity > 0:
                value = margin * _PERCENT // equity
            details: Details = {name: known.get(name) for name in ("opening_equity", *_MONEY)}
            details["result"] = _result(known)
            yield Figure(BusinessMetric.FUNDS, key, value, details)

    def news(self) -> Iterator[Figure]:
        """All of them: accounts are few, and are told of every few seconds."""
        return self.figures()


def _result(known: dict[str, int | None]) -> int | None:
    """What the day has brought: equity since the opening, without what was paid in or out."""
    equity, opening = known.get("equity"), known.get("opening_equity")
    if equity is None or opening is None:
        return None
    return equity - opening - (known.get("deposits") or 0) + (known.get("withdrawals") or 0)


def _money(value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        return scaled(str(value), MONEY_DIGITS)
    except DecimalTextError:
        return None


class _Counts(NamedTuple):
    orders: int = 0
    cancels: int = 0
    fills: int = 0
    rejects: int = 0
    largest: int = 0


_COUNTED = {
    EventKind.ORDER: "orders",
    EventKind.CANCEL: "cancels",
    EventKind.FILL: "fills",
    EventKind.REJECT: "rejects",
}


class OrderFigures:
    """By account and contract: cancels over orders, the largest order; by account: permission."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._counts: dict[Key, _Counts] = {}
        self._forbidden: dict[Key, int] = {}
        # Of tens of thousands a few change between two runs; in the order they came.
        self._news: dict[Key, None] = {}

    def take(self, ordered: Ordered) -> None:
        name = _COUNTED.get(EventKind(ordered.event))
        if name is None or not ordered.account:
            return
        key = ordered.exchange, ordered.account, ordered.symbol
        known = self._counts.get(key)
        if known is None and len(self._counts) >= KEYS_MAX:
            return
        known = known or _Counts()
        known = known._replace(**{name: getattr(known, name) + 1})
        if name == "orders":
            known = known._replace(largest=max(known.largest, ordered.quantity or 0))
            self._permit(ordered)
        self._counts[key] = known
        self._news[key] = None

    def advance(self, at_ns: int) -> None:
        """Counts stand still until an order comes."""

    def figures(self) -> Iterator[Figure]:
        for key in self._counts:
            yield from self._counted(key)
        yield from self._forbade()

    def news(self) -> Iterator[Figure]:
        news, self._news = self._news, {}
        for key in news:
            yield from self._counted(key)
        yield from self._forbade()

    def _counted(self, key: Key) -> Iterator[Figure]:
        counts = self._counts[key]
        details: Details = counts._asdict()
        ratio = None
        if counts.orders >= ORDERS_MIN:
            ratio = counts.cancels * _PERCENT // counts.orders
        yield Figure(BusinessMetric.CANCELS, key, ratio, details)
        facts = self._reference.facts(key[0], key[2])
        most = facts.order_quantity_max if facts else None
        share = counts.largest * _PERCENT // most if most else None
        yield Figure(
            BusinessMetric.LARGEST_ORDER, key, share, details | {"order_quantity_max": most}
        )

    def _forbade(self) -> Iterator[Figure]:
        for key, count in self._forbidden.items():
            yield Figure(BusinessMetric.PERMISSION, key, count * _ONE, {"forbidden": count})

    def _permit(self, ordered: Ordered) -> None:
        """Only where somebody keeps the account's permissions."""
        account = self._reference.account(ordered.exchange, ordered.account)
        if account is None or account.permissions is None:
            return
        key = ordered.exchange, ordered.account, ""
        facts = self._reference.facts(ordered.exchange, ordered.symbol)
        products = (facts.product, facts.board) if facts else ()
        side = Side(ordered.side) if ordered.side else None
        offset = Offset(ordered.offset) if ordered.offset else None
        is_forbidden = not is_permitted(account.permissions, products, side, offset)
        if key in self._forbidden or len(self._forbidden) < KEYS_MAX:
            self._forbidden[key] = self._forbidden.get(key, 0) + is_forbidden
