"""Between what the book decides and a channel's FIX messages, both ways. docs/protocols/fix.md.

Our identifiers begin with the run of the engine, so that an answer to an earlier run is no answer
to this one. A quote's says whether it was of prices (Q) or a withdrawal (C).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from quoting.domain.digits import exact
from quoting.domain.effects import Entry, LastLook, PriceAnswered
from quoting.domain.events import Acknowledged, DealRequested, PriceRequested, Rejected
from quoting.domain.words import Reason, Side
from quoting.wire.fix.messages import (
    ACK_AND_NEGATIVE_ACK,
    BUY,
    CANCEL_ALL,
    CANCEL_FOR_SYMBOL,
    SELL,
    CancelledPair,
    ExecutionReport,
    MassQuote,
    MassQuoteAck,
    NewOrderSingle,
    Quote,
    QuoteCancel,
    QuoteEntry,
    QuoteRequest,
    QuoteSet,
)

TEXT_CHARACTERS_MAX = 64
_PRICES, _WITHDRAWAL = "Q", "C"
_PREVIOUSLY_QUOTED = "D"
# QuoteStatus (297): accepted, cancelled (by symbol, all, removed), pending, not found, active.
_ACCEPTED = frozenset((0, 16))
_WITHDRAWN = frozenset((0, 1, 2, 3, 4, 6, 7, 9))
_PENDING = 10
# OrdRejReason (103).
_UNKNOWN_SYMBOL, _OTHER, _UNKNOWN_ORDER, _DUPLICATE = 1, 99, 5, 6
_REJECT_REASONS = {Reason.UNKNOWN_PAIR: _UNKNOWN_SYMBOL, Reason.NOT_QUOTED: _UNKNOWN_ORDER}
_OUR_SIDE = {BUY: Side.ASK, SELL: Side.BID}
_THEIR_SIDE = {side: code for code, side in _OUR_SIDE.items()}


class Terms(NamedTuple):
    """How a pair is written: decimals of a tick, and the value date (YYYYMMDD) of a moment."""

    decimals: int
    settles: Callable[[int], int | None]


class OrderRefused(ValueError):
    """A request that cannot be put to the book; `code` is OrdRejReason (103)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def quote_id(run: str, quote: int, *, is_withdrawal: bool) -> str:
    return f"{run}{_WITHDRAWAL if is_withdrawal else _PRICES}{quote}"


def mass_quote(
    name: str, pair: str, entries: Iterable[Entry], terms: Terms, at_ns: int
) -> MassQuote:
    """A level's two sides are one entry; a side without price has size 0, and is withdrawn."""
    levels: dict[int, dict[str, str]] = {}
    for entry in entries:
        fields = levels.setdefault(entry.level, {})
        price = None if entry.price is None else exact(entry.price, terms.decimals)
        size = str(entry.size) if price is not None else "0"
        names = ("bid", "bid_size") if entry.side is Side.BID else ("offer", "offer_size")
        if price is not None:
            fields[names[0]] = price
        fields[names[1]] = size
    settles = terms.settles(at_ns)
    made = tuple(
        QuoteEntry(str(level), pair, at_ns=at_ns, settlement_date=settles, **fields)
        for level, fields in sorted(levels.items())
    )
    return MassQuote(name, ACK_AND_NEGATIVE_ACK, (QuoteSet(pair, len(made), made),))


def withdrawal(name: str, pair: str | None) -> QuoteCancel:
    """Of a pair, or of everything."""
    if pair is None:
        return QuoteCancel(name, CANCEL_ALL, None, ACK_AND_NEGATIVE_ACK)
    pairs = (CancelledPair(pair),)
    return QuoteCancel(name, CANCEL_FOR_SYMBOL, None, ACK_AND_NEGATIVE_ACK, pairs)


def answer(run: str, channel: str, ack: MassQuoteAck) -> Acknowledged | Rejected | None:
    """What an answer says of a quote of this run. An answer that refuses a part refuses it all:
    what stands of it is withdrawn."""
    found = _numbered(run, ack.quote_id or "")
    if found is None or ack.status == _PENDING:
        return None
    quote, is_withdrawal = found
    refuses_a_part = any(entry.reject_reason for each in ack.sets for entry in each.entries)
    if ack.status in (_WITHDRAWN if is_withdrawal else _ACCEPTED) and not refuses_a_part:
        return Acknowledged(channel, quote)
    text = f"{ack.status} {ack.reject_reason or ''} {ack.text or ''}".strip()
    return Rejected(channel, quote, text[:TEXT_CHARACTERS_MAX])


def deal_request(order: NewOrderSingle, terms: Mapping[str, Terms], party: str) -> DealRequested:
    """The side is ours: who buys deals on our ask."""
    known = terms.get(order.pair)
    if known is None:
        raise OrderRefused(_UNKNOWN_SYMBOL, f"unknown pair {order.pair[:TEXT_CHARACTERS_MAX]}")
    if order.order_type != _PREVIOUSLY_QUOTED:
        raise OrderRefused(_OTHER, "only orders of type D, previously quoted")
    if order.price is None or order.size is None:
        raise OrderRefused(_OTHER, "without a price and a size")
    price, size = ticks(order.price, known.decimals), ticks(order.size, 0)
    if price is None or size is None:
        raise OrderRefused(_OTHER, "a price between two ticks, or a part of a unit")
    side = _OUR_SIDE[order.side]
    return DealRequested(order.pair, order.order_id, side, price, size, party, order.quote_id or "")


def duplicate(order: NewOrderSingle) -> OrderRefused:
    return OrderRefused(_DUPLICATE, f"{order.order_id[:TEXT_CHARACTERS_MAX]} came before")


def price_requests(
    request: QuoteRequest, terms: Mapping[str, Terms], party: str
) -> Iterable[PriceRequested]:
    """One a pair that we know."""
    for wanted in request.pairs:
        size = ticks(wanted.size or "0", 0)
        if wanted.pair in terms and size is not None:
            yield PriceRequested(wanted.pair, request.request_id, size, party)


def execution_report(look: LastLook, name: str, terms: Terms) -> ExecutionReport:
    """What became of a request to deal."""
    price, size = exact(look.price, terms.decimals), str(look.size)
    done = look.is_accepted
    return ExecutionReport(
        venue_order_id=name,
        execution_id=name,
        execution_type="F" if done else "8",
        status="2" if done else "8",
        pair=look.pair,
        side=_THEIR_SIDE[look.side],
        size_left="0",
        size_done=size if done else "0",
        price_average=price if done else "0",
        order_id=look.deal,
        size=size,
        price=price,
        last_size=size if done else None,
        last_price=price if done else None,
        reject_reason=None if done else _REJECT_REASONS.get(look.reason, _OTHER),
        at_ns=look.decided_ns,
        settlement_date=terms.settles(look.decided_ns) if done else None,
        text=look.reason.value or None,
    )


def refusal(order: NewOrderSingle, name: str, refused: OrderRefused, at_ns: int) -> ExecutionReport:
    """Of a request that the book was not asked about."""
    return ExecutionReport(
        venue_order_id=name,
        execution_id=name,
        execution_type="8",
        status="8",
        pair=order.pair,
        side=order.side,
        size_left="0",
        size_done="0",
        price_average="0",
        order_id=order.order_id,
        size=order.size,
        price=order.price,
        reject_reason=refused.code,
        at_ns=at_ns,
        text=str(refused),
    )


def price_quote(answered: PriceAnswered, name: str, terms: Terms, at_ns: int) -> Quote:
    """The answer to a request for a price; why there is none stands in its text."""
    size = str(answered.size)
    bid, ask = answered.bid, answered.ask
    return Quote(
        name,
        answered.pair,
        answered.request,
        bid=None if bid is None else exact(bid, terms.decimals),
        offer=None if ask is None else exact(ask, terms.decimals),
        bid_size=None if bid is None else size,
        offer_size=None if ask is None else size,
        at_ns=at_ns,
        settlement_date=terms.settles(at_ns),
        text=answered.reason.value or None,
    )


def ticks(text: str, decimals: int) -> int | None:
    """So many steps of 10**-decimals, if it is a whole number of them."""
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        return None
    return int(f"{whole}{fraction.ljust(decimals, '0')}" or "0")


def _numbered(run: str, name: str) -> tuple[int, bool] | None:
    """Number of a quote of this run, and whether it was a withdrawal."""
    if not name.startswith(run):
        return None
    kind, number = name[len(run) : len(run) + 1], name[len(run) + 1 :]
    if kind not in (_PRICES, _WITHDRAWAL) or not number.isdecimal() or not number.isascii():
        return None
    return int(number), kind == _WITHDRAWAL
