"""What happens to the book: gestures, prices, the channel's answers, requests, time."""

import msgspec

from quoting.domain.cell import Gesture
from quoting.domain.settings import BookSettings
from quoting.domain.sources import Steps
from quoting.domain.words import Reason, Side


class Touch(msgspec.Struct, frozen=True, tag=True):
    """A gesture on a cell, on a whole side (no level), on a level (no side), or on the pair.

    `value`: steps of a nudge, or the price of Enter.
    """

    pair: str
    gesture: Gesture
    side: Side | None = None
    level: int | None = None
    value: int | None = None
    by: str = ""


class Feed(msgspec.Struct, frozen=True, tag=True):
    """A data source was chosen and Feed pressed."""

    pair: str
    source: str
    by: str = ""


class Resize(msgspec.Struct, frozen=True, tag=True):
    """A tier is added, quotes another size, or is removed (size 0)."""

    pair: str
    level: int
    size: int
    by: str = ""


class StopAll(msgspec.Struct, frozen=True, tag=True):
    """The whole book of a trader, or of all."""

    trader: str = ""
    by: str = ""
    reason: Reason = Reason.STOPPED


class Halt(msgspec.Struct, frozen=True, tag=True):
    """Quoting of a pair, or of all, stops until it is released: for example by a restriction."""

    pair: str = ""
    reason: Reason = Reason.RESTRICTED
    value: int = 0
    by: str = ""


class Release(msgspec.Struct, frozen=True, tag=True):
    """A named user lets a stopped pair quote again; nothing starts by itself."""

    pair: str
    by: str
    comment: str


class Tick(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Prices of one provider of a data source."""

    pair: str
    source: str
    provider: str
    bids: Steps
    asks: Steps
    source_ns: int = 0
    number: int = 0


class Heard(msgspec.Struct, frozen=True, tag=True):
    """A data source is alive, without a new price."""

    source: str


class SourceDown(msgspec.Struct, frozen=True, tag=True):
    """The link to a data source is gone; its next prices bring it back."""

    source: str


class ProviderDown(msgspec.Struct, frozen=True, tag=True):
    """A provider has no price for a pair any more; its next one brings it back."""

    pair: str
    source: str
    provider: str


class Enable(msgspec.Struct, frozen=True, tag=True):
    """A provider is to be quoted from, or not any more."""

    pair: str
    source: str
    provider: str
    is_enabled: bool
    by: str = ""


class ChannelUp(msgspec.Struct, frozen=True, tag=True):
    """The session with a channel stands."""

    channel: str


class ChannelDown(msgspec.Struct, frozen=True, tag=True):
    """The session is gone; what the channel has is unknown."""

    channel: str


class Acknowledged(msgspec.Struct, frozen=True, tag=True):
    """The channel took a quote or a withdrawal."""

    channel: str
    quote: int


class Rejected(msgspec.Struct, frozen=True, tag=True):
    """The channel did not take it."""

    channel: str
    quote: int
    text: str = ""


class Configure(msgspec.Struct, frozen=True, tag=True):
    """Other settings, in force at once. Pairs that are gone from them are withdrawn and leave;
    channels stay."""

    settings: BookSettings
    by: str = ""


class Instruct(msgspec.Struct, frozen=True, tag=True):
    """A strategy moves the prices of a pair by so many ticks, for a while."""

    pair: str
    strategy: str
    bid: int
    ask: int
    until_ns: int


class DealRequested(msgspec.Struct, frozen=True, tag=True):
    """A counterparty wants to deal on our price; `side` is ours."""

    pair: str
    deal: str
    side: Side
    price: int
    size: int
    party: str = ""
    quote: str = ""


class PriceRequested(msgspec.Struct, frozen=True, tag=True):
    """A counterparty asks for a price."""

    pair: str
    request: str
    size: int
    party: str = ""


class TicketAnswered(msgspec.Struct, frozen=True, tag=True):
    """What the trader says to a ticket; prices where they are asked for, or as a new offer."""

    pair: str
    ticket: str
    accepts: bool
    by: str
    bid: int | None = None
    ask: int | None = None


class Carried(msgspec.Struct, frozen=True, tag=True):
    """What a pair holds from before the engine began: units, what they cost, what was made."""

    pair: str
    net: int
    cost: int
    realised: int


class Alive(msgspec.Struct, frozen=True, tag=True):
    """A trader's screen is there."""

    trader: str


class Timer(msgspec.Struct, frozen=True, tag=True):
    """Time has come."""


Event = (
    Touch | Feed | Resize | StopAll | Halt | Release | Tick | Heard | SourceDown | ProviderDown
    | Enable | ChannelUp | ChannelDown | Acknowledged | Rejected | Configure | Instruct
    | DealRequested | PriceRequested | TicketAnswered | Carried | Alive | Timer
)  # fmt: skip
