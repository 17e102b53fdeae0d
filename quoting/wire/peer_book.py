"""A counterparty's half of a channel: what it has been quoted and still has, by what came to it.

It believes nothing but messages, so that what we think it has can be held against it.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from quoting.domain.words import SIDES, Side
from quoting.wire.fix.messages import (
    CANCEL_ALL,
    CANCEL_FOR_SYMBOL,
    BusinessMessage,
    MassQuote,
    MassQuoteAck,
    QuoteCancel,
    QuoteEntry,
)
from riskgw.kernel.decimals import DecimalTextError, scaled

OFFERS_MAX = 10_000
# QuoteStatus (297).
ACCEPTED, REJECTED = 0, 5
_LEVEL_DIGITS_MAX = 4
_FINEST = 30


class Key(NamedTuple):
    """One price on the screen."""

    pair: str
    side: Side
    level: int


class Offer(NamedTuple):
    """What stands there: exact decimals, and the quote it came with."""

    price: str
    size: str
    quote_id: str
    settlement_date: int | None = None


class _Unreadable(ValueError):
    """A quote that the counterparty refuses as a whole."""


class PeerBook:
    """`held` is what the counterparty has at this moment."""

    def __init__(self) -> None:
        self.held: dict[Key, Offer] = {}
        self.quotes = 0
        self.withdrawals = 0
        self.refused = 0

    def take(self, message: BusinessMessage) -> MassQuoteAck | None:
        """What is answered to a quote or a withdrawal; None to anything else."""
        match message:
            case MassQuote():
                return self._answered(message.quote_id, lambda: self._quoted(message))
            case QuoteCancel():
                return self._answered(message.quote_id, lambda: self._cancelled(message))
            case _:
                return None

    def rows(self) -> list[dict[str, Any]]:
        """What stands, pair by pair, bids first, by level."""
        return [
            {"pair": key.pair, "side": key.side.value, "level": key.level, **offer._asdict()}
            for key, offer in sorted(self.held.items(), key=_place)
        ]

    def lines(self) -> Iterable[str]:
        """The same, a JSON object a line."""
        return (json.dumps(row) + "\n" for row in self.rows())

    def _answered(self, quote_id: str, change: Any) -> MassQuoteAck:
        try:
            change()
        except _Unreadable as error:
            self.refused += 1
            return MassQuoteAck(REJECTED, quote_id, text=str(error))
        return MassQuoteAck(ACCEPTED, quote_id)

    def _quoted(self, message: MassQuote) -> None:
        changes = [
            change
            for each in message.sets
            for entry in each.entries
            for change in _changes(message.quote_id, entry)
        ]
        if len(self.held) + len(changes) > OFFERS_MAX:
            raise _Unreadable(f"more than {OFFERS_MAX} prices")
        for key, offer in changes:
            if offer is None:
                self.withdrawals += self.held.pop(key, None) is not None
            else:
                self.held[key] = offer
                self.quotes += 1

    def _cancelled(self, message: QuoteCancel) -> None:
        if message.kind not in (CANCEL_FOR_SYMBOL, CANCEL_ALL):
            raise _Unreadable(f"QuoteCancelType {message.kind}")
        pairs = {each.pair for each in message.pairs}
        for key in list(self.held):
            if message.kind == CANCEL_ALL or key.pair in pairs:
                del self.held[key]
                self.withdrawals += 1


def _place(item: tuple[Key, Offer]) -> tuple[str, int, int]:
    key = item[0]
    return key.pair, SIDES.index(key.side), key.level


def _changes(quote_id: str, entry: QuoteEntry) -> Iterable[tuple[Key, Offer | None]]:
    """What an entry says of its two sides; of one without a size it says nothing."""
    if not entry.entry_id.isdecimal() or len(entry.entry_id) > _LEVEL_DIGITS_MAX:
        raise _Unreadable(f"no level: {entry.entry_id[:20]!r}")
    sides = (
        (Side.BID, entry.bid, entry.bid_size),
        (Side.ASK, entry.offer, entry.offer_size),
    )
    for side, price, size in sides:
        if size is None:
            if price is not None:
                raise _Unreadable(f"{entry.pair}: a price without a size")
            continue
        key = Key(entry.pair, side, int(entry.entry_id))
        if not _number(size):
            yield key, None
            continue
        if price is None or _number(price) <= 0 or _number(size) < 0:
            raise _Unreadable(f"{entry.pair}: {size} at {price}")
        yield key, Offer(price, size, quote_id, entry.settlement_date)


def _number(text: str) -> int:
    """Its sign and whether it is nothing are all that counts."""
    try:
        return scaled(text, _FINEST)
    except DecimalTextError as error:
        raise _Unreadable(str(error)) from None
