"""What of a decision is worth a row: prices sent and taken back, answers, deals, gestures.

Ticks, timers and signs of life are none: they stay in the decision log.
"""

from collections.abc import Iterator, Set
from typing import NamedTuple

from quoting.domain.effects import (
    Breached,
    Cleansed,
    Decision,
    Effect,
    LastLook,
    PriceAnswered,
    Quote,
    Refused,
    Stopped,
    WithdrawAll,
    WithdrawPair,
)
from quoting.domain.events import (
    Acknowledged,
    Configure,
    Enable,
    Event,
    Feed,
    Halt,
    Instruct,
    PriceRequested,
    ProviderDown,
    Rejected,
    Release,
    Resize,
    StopAll,
    Tick,
    TicketAnswered,
    Touch,
)

ACKNOWLEDGED, REJECTED, LOST = "acknowledged", "rejected", "lost"
# The first line of a run of the engine.
RUN_BEGINS = 0


class Published(NamedTuple):
    """A price that was sent of a cell."""

    pair: str
    channel: str
    quote: int
    side: str
    level: int
    price: int
    size: int
    market: int | None


class Withdrawn(NamedTuple):
    """A cell, a pair or everything was taken back."""

    pair: str
    channel: str
    quote: int
    side: str
    level: int | None
    reason: str


class Answered(NamedTuple):
    """What the channel said to a message."""

    channel: str
    quote: int
    answer: str


class RunBegan(NamedTuple):
    """Numbers of quotes begin anew; what was not answered never will be."""


class Requested(NamedTuple):
    """A counterparty asked for a price."""

    pair: str
    request: str
    party: str
    size: int


class RequestAnswered(NamedTuple):
    """What it got."""

    pair: str
    request: str
    bid: int | None
    ask: int | None
    reason: str
    by: str


class Decided(NamedTuple):
    """The last look at a request to deal."""

    pair: str
    deal: str
    party: str
    side: str
    size: int
    price: int
    is_accepted: bool
    reason: str
    requested_ns: int
    price_at_request: int | None
    price_at_decision: int | None
    tolerance: int
    by: str


class Acted(NamedTuple):
    """What somebody did, or what the book did by itself."""

    pair: str
    by: str
    act: str
    side: str = ""
    level: int | None = None
    value: int | None = None
    bound: int | None = None
    text: str = ""
    is_refused: bool = False
    reason: str = ""


class NotBelieved(NamedTuple):
    """A price that failed a test."""

    pair: str
    source: str
    provider: str
    rule: str
    value: int
    bound: int
    bid: int | None
    ask: int | None


Fact = (
    Published | Withdrawn | Answered | RunBegan | Requested | RequestAnswered | Decided | Acted
    | NotBelieved
)  # fmt: skip


def facts_of(decision: Decision, typed: Set[str] = frozenset()) -> Iterator[Fact]:
    """In the order in which they came about. `typed`: sources whose providers are dealers."""
    event = decision.event
    if isinstance(event, Configure) and decision.number == RUN_BEGINS:
        yield RunBegan()
    if isinstance(event, Tick | ProviderDown):
        if event.source in typed:
            yield _typed(event)
    else:
        yield from _of_event(event, decision.effects)
    for effect in decision.effects:
        yield from _of_effect(effect, event)


def _typed(event: Tick | ProviderDown) -> Acted:
    """A dealer's own price, or without prices that it is over."""
    acted = Acted(event.pair, event.provider, "type", text=event.source)
    if isinstance(event, Tick):
        acted = acted._replace(value=event.bids[0][0], bound=event.asks[0][0])
    return acted


def _of_event(event: Event, effects: list[Effect]) -> Iterator[Fact]:
    match event:
        case Acknowledged():
            yield Answered(event.channel, event.quote, ACKNOWLEDGED)
        case Rejected():
            yield Answered(event.channel, event.quote, REJECTED)
        case PriceRequested():
            yield Requested(event.pair, event.request, event.party, event.size)
        case _:
            acted = _acted(event)
            if acted is not None:
                yield _judged(acted, effects)


def _acted(event: Event) -> Acted | None:
    match event:
        case Touch():
            side = event.side.value if event.side else ""
            acted = Acted(event.pair, event.by, event.gesture.value, side, event.level, event.value)
        case Feed():
            acted = Acted(event.pair, event.by, "feed", text=event.source)
        case Resize():
            acted = Acted(event.pair, event.by, "resize", level=event.level, value=event.size)
        case StopAll():
            acted = Acted("", event.by, "stop_all", text=event.trader, reason=event.reason.value)
        case Halt():
            acted = Acted(
                event.pair, event.by, "halt", value=event.value, reason=event.reason.value
            )
        case Release():
            acted = Acted(event.pair, event.by, "release", text=event.comment)
        case Enable():
            act = "enable" if event.is_enabled else "disable"
            acted = Acted(event.pair, event.by, act, text=f"{event.source}:{event.provider}")
        case TicketAnswered():
            act = "accept" if event.accepts else "decline"
            acted = Acted(event.pair, event.by, act, value=event.bid, text=event.ticket)
        case Configure():
            acted = Acted("", event.by, "configure")
        case Instruct():
            acted = Acted(event.pair, event.strategy, "instruct", value=event.bid)
        case _:
            return None
    return acted


def _judged(acted: Acted, effects: list[Effect]) -> Acted:
    """With why it was refused; a gesture on many cells is, where none of them followed."""
    refused = next((each for each in effects if isinstance(each, Refused)), None)
    if refused is None or not all(isinstance(each, Refused) for each in effects):
        return acted
    return acted._replace(
        is_refused=True,
        reason=refused.reason.value,
        value=acted.value if refused.value is None else refused.value,
        bound=refused.limit,
    )


def _of_effect(effect: Effect, event: Event) -> Iterator[Fact]:
    match effect:
        case Quote():
            yield from _of_quote(effect)
        case WithdrawPair():
            yield Withdrawn(
                effect.pair, effect.channel, effect.quote, "", None, effect.reason.value
            )
        case WithdrawAll():
            yield Withdrawn("", effect.channel, effect.quote, "", None, effect.reason.value)
        case PriceAnswered():
            yield RequestAnswered(
                effect.pair, effect.request, effect.bid, effect.ask, effect.reason.value, effect.by
            )
        case LastLook():
            yield _decided(effect)
        case Cleansed():
            yield NotBelieved(
                effect.pair, effect.source, effect.provider, effect.rule.value, effect.value,
                effect.limit, effect.bid, effect.ask,
            )  # fmt: skip
        case Stopped() if not isinstance(event, Halt):
            yield Acted(
                effect.pair, effect.by, "stopped", value=effect.value, bound=effect.limit,
                reason=effect.reason.value,
            )  # fmt: skip
        case Breached():
            yield Acted(
                effect.pair, "", "breached", effect.side.value, None, effect.value, effect.limit,
                effect.scope, reason=effect.reason.value,
            )  # fmt: skip


def _of_quote(quote: Quote) -> Iterator[Fact]:
    for entry in quote.entries:
        side = entry.side.value
        if entry.price is None:
            reason = entry.reason.value
            yield Withdrawn(quote.pair, quote.channel, quote.quote, side, entry.level, reason)
        else:
            yield Published(
                quote.pair, quote.channel, quote.quote, side, entry.level, entry.price, entry.size,
                entry.market,
            )  # fmt: skip


def _decided(look: LastLook) -> Decided:
    return Decided(
        look.pair, look.deal, look.party, look.side.value, look.size, look.price,
        look.is_accepted, look.reason.value, look.requested_ns, look.price_at_request,
        look.price_at_decision, look.tolerance, look.by,
    )  # fmt: skip
