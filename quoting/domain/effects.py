"""What follows from an event, in the order in which it is to be done; and the record of both."""

import msgspec

from quoting.domain.cell import Gesture, Phase
from quoting.domain.cleansing import Rule
from quoting.domain.events import Event
from quoting.domain.spread import Addends
from quoting.domain.words import Reason, Side


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One cell in a message; no price is a withdrawal.

    An automatic price is `market` plus its addends (`spread.Addend`); a manual one has neither.
    """

    side: Side
    level: int
    price: int | None
    size: int
    reason: Reason = Reason.NONE
    market: int | None = None
    addends: Addends = ()


class Quote(msgspec.Struct, frozen=True, tag=True):
    """One message to the channel: prices of a pair, or withdrawals."""

    channel: str
    pair: str
    quote: int
    entries: tuple[Entry, ...]
    is_withdrawal: bool = False


class WithdrawPair(msgspec.Struct, frozen=True, tag=True):
    """Everything of a pair."""

    channel: str
    pair: str
    quote: int
    reason: Reason


class WithdrawAll(msgspec.Struct, frozen=True, tag=True):
    """Everything on a channel."""

    channel: str
    quote: int
    reason: Reason


class Refused(msgspec.Struct, frozen=True, tag=True):
    """A gesture had no effect, and why."""

    pair: str
    gesture: str
    reason: Reason
    side: Side | None = None
    level: int | None = None
    value: int | None = None
    limit: int | None = None


class EditorOpened(msgspec.Struct, frozen=True, tag=True):
    """A cell's price may be typed; Enter will publish it if the cell is started."""

    pair: str
    side: Side
    level: int
    price: int | None
    publishes: bool


class Moved(msgspec.Struct, frozen=True, tag=True):
    """A cell changed its phase."""

    pair: str
    side: Side
    level: int
    before: Phase
    phase: Phase
    reason: Reason
    gesture: Gesture


class Cleansed(msgspec.Struct, frozen=True, tag=True):
    """A price was not believed: the test, what was found, what it was held against."""

    pair: str
    source: str
    provider: str
    rule: Rule
    value: int
    limit: int
    bid: int | None
    ask: int | None


class Stopped(msgspec.Struct, frozen=True, tag=True):
    """A pair stopped by itself, or was stopped from outside, until it is released."""

    pair: str
    reason: Reason
    value: int
    limit: int
    by: str = ""


class Released(msgspec.Struct, frozen=True, tag=True):
    """A pair may be started again."""

    pair: str
    reason: Reason
    by: str
    comment: str


class Breached(msgspec.Struct, frozen=True, tag=True):
    """What was offered and held together was over a limit, and the side was withdrawn."""

    pair: str
    scope: str
    side: Side
    reason: Reason
    value: int
    limit: int


class LastLook(msgspec.Struct, frozen=True, tag=True):
    """How a request to deal was decided: the same test for and against us, without a hold."""

    pair: str
    deal: str
    side: Side
    size: int
    is_accepted: bool
    reason: Reason
    requested_ns: int
    decided_ns: int
    price: int
    price_at_request: int | None
    price_at_decision: int | None
    tolerance: int
    party: str = ""
    by: str = ""


class TicketOpened(msgspec.Struct, frozen=True, tag=True):
    """A trader is to decide until then; without an answer it is refused."""

    pair: str
    ticket: str
    side: Side | None
    price: int | None
    size: int
    until_ns: int
    party: str = ""


class PriceAnswered(msgspec.Struct, frozen=True, tag=True):
    """The answer to a request for a price; None where there is none."""

    pair: str
    request: str
    bid: int | None
    ask: int | None
    size: int
    reason: Reason = Reason.NONE
    by: str = ""


Effect = (
    Quote | WithdrawPair | WithdrawAll | Refused | EditorOpened | Moved | Cleansed | Stopped
    | Released | Breached | LastLook | TicketOpened | PriceAnswered
)  # fmt: skip


class Decision(msgspec.Struct, frozen=True):
    """One line of the decision log. Events alone, played again, give the same effects."""

    number: int
    at_ns: int
    event: Event
    effects: list[Effect]
