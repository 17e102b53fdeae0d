"""The messages of the profile ("CFETS-like"): FIX 4.4, volumes 2 and 3, as far as it uses them.

Prices and sizes are the exact text of a decimal. Times are nanoseconds, dates YYYYMMDD.
"""

from typing import Annotated, NamedTuple

from quoting.wire.fix import layouts as tag

BUY, SELL = "1", "2"
BID, OFFER = "0", "1"
FULL_BOOK, TOP_OF_BOOK = 0, 1
CANCEL_FOR_SYMBOL, CANCEL_ALL = "1", "4"
ACK_AND_NEGATIVE_ACK = 2


class Heartbeat(NamedTuple):
    test_id: Annotated[str | None, tag.text(112)] = None


class TestRequest(NamedTuple):
    test_id: Annotated[str, tag.text(112)]


class ResendRequest(NamedTuple):
    """`last` 0 is all there is."""

    first: Annotated[int, tag.whole(7)]
    last: Annotated[int, tag.whole(16)]


class Reject(NamedTuple):
    number: Annotated[int, tag.whole(45)]
    field_tag: Annotated[int | None, tag.whole(371)] = None
    message_type: Annotated[str | None, tag.text(372)] = None
    reason: Annotated[int | None, tag.whole(373)] = None
    text: Annotated[str | None, tag.text(58)] = None


class SequenceReset(NamedTuple):
    next_number: Annotated[int, tag.whole(36)]
    is_gap_fill: Annotated[bool | None, tag.flag(123)] = None


class Logout(NamedTuple):
    text: Annotated[str | None, tag.text(58)] = None


class Logon(NamedTuple):
    encryption: Annotated[int, tag.whole(98)]
    heartbeat_seconds: Annotated[int, tag.whole(108)]
    is_reset: Annotated[bool | None, tag.flag(141)] = None
    username: Annotated[str | None, tag.text(553)] = None
    password: Annotated[str | None, tag.text(554)] = None
    text: Annotated[str | None, tag.text(58)] = None


class BusinessReject(NamedTuple):
    message_type: Annotated[str, tag.text(372)]
    reason: Annotated[int, tag.whole(380)]
    number: Annotated[int | None, tag.whole(45)] = None
    reference: Annotated[str | None, tag.text(379)] = None
    text: Annotated[str | None, tag.text(58)] = None


class QuoteEntry(NamedTuple):
    """One level of a pair, both sides; a size of 0 withdraws its side."""

    entry_id: Annotated[str, tag.text(299)]
    pair: Annotated[str, tag.text(55)]
    bid: Annotated[str | None, tag.exact(132)] = None
    offer: Annotated[str | None, tag.exact(133)] = None
    bid_size: Annotated[str | None, tag.exact(134)] = None
    offer_size: Annotated[str | None, tag.exact(135)] = None
    at_ns: Annotated[int | None, tag.instant(60)] = None
    settlement_date: Annotated[int | None, tag.day(64)] = None


class QuoteSet(NamedTuple):
    """The levels of one pair."""

    set_id: Annotated[str, tag.text(302)]
    entries_in_all: Annotated[int, tag.whole(304)]
    entries: Annotated[tuple[QuoteEntry, ...], tag.Group(295, QuoteEntry)]


class MassQuote(NamedTuple):
    quote_id: Annotated[str, tag.text(117)]
    response_level: Annotated[int | None, tag.whole(301)]
    sets: Annotated[tuple[QuoteSet, ...], tag.Group(296, QuoteSet)]


class QuoteAckEntry(NamedTuple):
    entry_id: Annotated[str, tag.text(299)]
    pair: Annotated[str | None, tag.text(55)] = None
    reject_reason: Annotated[int | None, tag.whole(368)] = None


class QuoteAckSet(NamedTuple):
    set_id: Annotated[str, tag.text(302)]
    entries_in_all: Annotated[int | None, tag.whole(304)] = None
    entries: Annotated[tuple[QuoteAckEntry, ...], tag.Group(295, QuoteAckEntry)] = ()


class MassQuoteAck(NamedTuple):
    """Status 0 accepts; sets and entries name those that were not."""

    status: Annotated[int, tag.whole(297)]
    quote_id: Annotated[str | None, tag.text(117)] = None
    request_id: Annotated[str | None, tag.text(131)] = None
    reject_reason: Annotated[int | None, tag.whole(300)] = None
    text: Annotated[str | None, tag.text(58)] = None
    sets: Annotated[tuple[QuoteAckSet, ...], tag.Group(296, QuoteAckSet)] = ()


class Quote(NamedTuple):
    quote_id: Annotated[str, tag.text(117)]
    pair: Annotated[str, tag.text(55)]
    request_id: Annotated[str | None, tag.text(131)] = None
    bid: Annotated[str | None, tag.exact(132)] = None
    offer: Annotated[str | None, tag.exact(133)] = None
    bid_size: Annotated[str | None, tag.exact(134)] = None
    offer_size: Annotated[str | None, tag.exact(135)] = None
    valid_until_ns: Annotated[int | None, tag.instant(62)] = None
    at_ns: Annotated[int | None, tag.instant(60)] = None
    settlement_date: Annotated[int | None, tag.day(64)] = None
    text: Annotated[str | None, tag.text(58)] = None


class RequestedPair(NamedTuple):
    pair: Annotated[str, tag.text(55)]
    side: Annotated[str | None, tag.code(54, "1 2")] = None
    size: Annotated[str | None, tag.exact(38)] = None
    settlement_date: Annotated[int | None, tag.day(64)] = None
    currency: Annotated[str | None, tag.text(15)] = None


class QuoteRequest(NamedTuple):
    request_id: Annotated[str, tag.text(131)]
    pairs: Annotated[tuple[RequestedPair, ...], tag.Group(146, RequestedPair)]
    text: Annotated[str | None, tag.text(58)] = None


class CancelledPair(NamedTuple):
    pair: Annotated[str, tag.text(55)]


class QuoteCancel(NamedTuple):
    """Kind 1 withdraws the pairs named, kind 4 all."""

    quote_id: Annotated[str, tag.text(117)]
    kind: Annotated[str, tag.code(298, "1 2 3 4")]
    request_id: Annotated[str | None, tag.text(131)] = None
    response_level: Annotated[int | None, tag.whole(301)] = None
    pairs: Annotated[tuple[CancelledPair, ...], tag.Group(295, CancelledPair)] = ()


class NewOrderSingle(NamedTuple):
    """A deal asked for on a quote; type D is previously quoted."""

    order_id: Annotated[str, tag.text(11)]
    pair: Annotated[str, tag.text(55)]
    side: Annotated[str, tag.code(54, "1 2")]
    at_ns: Annotated[int, tag.instant(60)]
    size: Annotated[str | None, tag.exact(38)] = None
    order_type: Annotated[str, tag.code(40, "1 2 D")] = "D"
    price: Annotated[str | None, tag.exact(44)] = None
    quote_id: Annotated[str | None, tag.text(117)] = None
    entry_id: Annotated[str | None, tag.text(299)] = None
    currency: Annotated[str | None, tag.text(15)] = None
    settlement_date: Annotated[int | None, tag.day(64)] = None


class ExecutionReport(NamedTuple):
    """What became of a deal: status 2 done (type F), 8 rejected (type 8)."""

    venue_order_id: Annotated[str, tag.text(37)]
    execution_id: Annotated[str, tag.text(17)]
    execution_type: Annotated[str, tag.text(150)]
    status: Annotated[str, tag.text(39)]
    pair: Annotated[str, tag.text(55)]
    side: Annotated[str, tag.code(54, "1 2")]
    size_left: Annotated[str, tag.exact(151)]
    size_done: Annotated[str, tag.exact(14)]
    price_average: Annotated[str, tag.exact(6)]
    order_id: Annotated[str | None, tag.text(11)] = None
    size: Annotated[str | None, tag.exact(38)] = None
    price: Annotated[str | None, tag.exact(44)] = None
    last_size: Annotated[str | None, tag.exact(32)] = None
    last_price: Annotated[str | None, tag.exact(31)] = None
    reject_reason: Annotated[int | None, tag.whole(103)] = None
    at_ns: Annotated[int | None, tag.instant(60)] = None
    settlement_date: Annotated[int | None, tag.day(64)] = None
    text: Annotated[str | None, tag.text(58)] = None


class EntryType(NamedTuple):
    entry_type: Annotated[str, tag.text(269)]


class WantedPair(NamedTuple):
    pair: Annotated[str, tag.text(55)]


class MarketDataRequest(NamedTuple):
    """Action 1 subscribes with updates, 2 ends it."""

    request_id: Annotated[str, tag.text(262)]
    action: Annotated[str, tag.code(263, "0 1 2")]
    depth: Annotated[int, tag.whole(264)]
    update_type: Annotated[int | None, tag.whole(265)]
    entry_types: Annotated[tuple[EntryType, ...], tag.Group(267, EntryType)]
    pairs: Annotated[tuple[WantedPair, ...], tag.Group(146, WantedPair)]


class SnapshotEntry(NamedTuple):
    entry_type: Annotated[str, tag.text(269)]
    price: Annotated[str | None, tag.exact(270)] = None
    size: Annotated[str | None, tag.exact(271)] = None
    date: Annotated[int | None, tag.day(272)] = None
    time: Annotated[str | None, tag.text(273)] = None
    provider: Annotated[str | None, tag.text(282)] = None
    condition: Annotated[str | None, tag.text(276)] = None
    entry_id: Annotated[str | None, tag.text(278)] = None
    position: Annotated[int | None, tag.whole(290)] = None


class Snapshot(NamedTuple):
    """Market data of one pair, in full; `provider` (282) tells whose prices they are."""

    pair: Annotated[str, tag.text(55)]
    request_id: Annotated[str | None, tag.text(262)]
    entries: Annotated[tuple[SnapshotEntry, ...], tag.Group(268, SnapshotEntry)]


class RefreshEntry(NamedTuple):
    """Action 0 is new, 1 changed, 2 gone."""

    action: Annotated[str, tag.code(279, "0 1 2")]
    entry_type: Annotated[str | None, tag.text(269)] = None
    entry_id: Annotated[str | None, tag.text(278)] = None
    pair: Annotated[str | None, tag.text(55)] = None
    price: Annotated[str | None, tag.exact(270)] = None
    size: Annotated[str | None, tag.exact(271)] = None
    date: Annotated[int | None, tag.day(272)] = None
    time: Annotated[str | None, tag.text(273)] = None
    provider: Annotated[str | None, tag.text(282)] = None
    condition: Annotated[str | None, tag.text(276)] = None
    position: Annotated[int | None, tag.whole(290)] = None


class Refresh(NamedTuple):
    request_id: Annotated[str | None, tag.text(262)]
    entries: Annotated[tuple[RefreshEntry, ...], tag.Group(268, RefreshEntry)]


class MarketDataReject(NamedTuple):
    request_id: Annotated[str, tag.text(262)]
    reason: Annotated[str | None, tag.text(281)] = None
    text: Annotated[str | None, tag.text(58)] = None


SessionMessage = Heartbeat | TestRequest | ResendRequest | Reject | SequenceReset | Logout | Logon
BusinessMessage = (
    BusinessReject
    | MassQuote
    | MassQuoteAck
    | Quote
    | QuoteRequest
    | QuoteCancel
    | NewOrderSingle
    | ExecutionReport
    | MarketDataRequest
    | Snapshot
    | Refresh
    | MarketDataReject
)
Message = SessionMessage | BusinessMessage

TYPES: dict[str, type[Message]] = {
    "0": Heartbeat,
    "1": TestRequest,
    "2": ResendRequest,
    "3": Reject,
    "4": SequenceReset,
    "5": Logout,
    "A": Logon,
    "j": BusinessReject,
    "i": MassQuote,
    "b": MassQuoteAck,
    "S": Quote,
    "R": QuoteRequest,
    "Z": QuoteCancel,
    "D": NewOrderSingle,
    "8": ExecutionReport,
    "V": MarketDataRequest,
    "W": Snapshot,
    "X": Refresh,
    "Y": MarketDataReject,
}
SESSION_TYPES = frozenset("012345A")
# Of no use later: for `Settings.never_resent`.
PRICES = frozenset("iSWX")
# MsgType (35) of FIX 4.4: one that we do not take is refused otherwise than one there is not.
KNOWN_TYPES = frozenset(
    [
        *"0123456789ABCDEFGHJKLMNPQRSTVWXYZ",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"A{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        *(f"B{letter}" for letter in "ABCDEFGH"),
    ]
)
