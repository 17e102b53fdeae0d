"""Our quotes as the risk core hears them: what a channel has of the best level, and our deals.

From decisions to items of a counter's feeds (`riskgw.messages.counter_feed`). A quote counts from
its confirmation on, as on the screen; with the session of its channel it is gone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from quoting.domain.digits import exact
from quoting.domain.effects import Decision, LastLook, Quote, WithdrawAll, WithdrawPair
from quoting.domain.events import (
    Acknowledged,
    ChannelDown,
    ChannelUp,
    Configure,
    PriceRequested,
    Rejected,
)
from quoting.domain.words import SIDES, Side

BEST = 0
# Messages of a channel without an answer; beyond, the oldest is taken as answered by the newest.
UNANSWERED_MAX = 8_192

Offer = tuple[int, int] | None  # price and size


class Item(NamedTuple):
    """One item, and the feed it belongs to."""

    feed: str
    data: dict[str, Any]


class Place(msgspec.Struct, frozen=True):
    """Under which names the desk is known to the risk core."""

    exchange: str
    account: str


class _Sent(msgspec.Struct, array_like=True):
    """What one message does to best prices, by pair and side; no pair is all of them."""

    quote: int
    pair: str
    offers: dict[str, Offer]


class Known(msgspec.Struct):
    """What goes on from a decision to the next: kept by whoever follows the log."""

    sent: dict[str, list[_Sent]] = {}
    standing: dict[str, dict[str, Offer]] = {}
    references: dict[str, str] = {}
    channels: dict[str, str] = {}
    run: str = ""


class CounterItems:
    """Decisions in their order in, items out. `decimals`: of the ticks of each pair."""

    def __init__(self, place: Place, decimals: Mapping[str, int], known: Known) -> None:
        self._place = place
        self._decimals = decimals
        self.known = known

    def take(self, decision: Decision) -> Iterator[Item]:
        """The run of the engine and the decision's number make its items known again."""
        event = decision.event
        if isinstance(event, Configure) and decision.number == 0:
            self.known.run = str(decision.at_ns)
            for channel in sorted(set(self.known.channels.values())):
                yield from self._lost(decision, channel)
        if isinstance(event, Acknowledged):
            yield from self._confirmed(decision, event)
        elif isinstance(event, Rejected):
            sent = self.known.sent.get(event.channel, [])
            sent[:] = [each for each in sent if each.quote != event.quote]
        elif isinstance(event, ChannelDown | ChannelUp):
            yield from self._lost(decision, event.channel)
        elif isinstance(event, PriceRequested) and event.pair in self._decimals:
            data = self._data(decision, event.pair)
            yield Item("quote-requests", {**data, "event": "quote_request"})
        for effect in decision.effects:
            if isinstance(effect, Quote | WithdrawPair | WithdrawAll):
                self._send(effect)
            elif isinstance(effect, LastLook) and effect.is_accepted:
                yield self._fill(decision, effect)

    def _send(self, effect: Quote | WithdrawPair | WithdrawAll) -> None:
        sent = self.known.sent.setdefault(effect.channel, [])
        if len(sent) >= UNANSWERED_MAX:
            del sent[0]
        if isinstance(effect, Quote):
            offers: dict[str, Offer] = {
                str(entry.side): None if entry.price is None else (entry.price, entry.size)
                for entry in effect.entries
                if entry.level == BEST
            }
            self.known.channels[effect.pair] = effect.channel
            sent.append(_Sent(effect.quote, effect.pair, offers))
            return
        pair = effect.pair if isinstance(effect, WithdrawPair) else ""
        sent.append(_Sent(effect.quote, pair, dict.fromkeys(map(str, SIDES))))

    def _confirmed(self, decision: Decision, event: Acknowledged) -> Iterator[Item]:
        """An answer is one for all that went before it."""
        sent = self.known.sent.get(event.channel, [])
        answered = [each for each in sent if each.quote <= event.quote]
        del sent[: len(answered)]
        changed: dict[str, dict[str, Offer]] = {}
        for each in answered:
            for pair in [each.pair] if each.pair else self._on(event.channel):
                changed.setdefault(pair, {}).update(each.offers)
        for pair, offers in changed.items():
            yield from self._stands(decision, pair, offers)

    def _lost(self, decision: Decision, channel: str) -> Iterator[Item]:
        self.known.sent.pop(channel, None)
        for pair in self._on(channel):
            yield from self._stands(decision, pair, dict.fromkeys(map(str, SIDES)))

    def _on(self, channel: str) -> list[str]:
        return [pair for pair, name in self.known.channels.items() if name == channel]

    def _stands(self, decision: Decision, pair: str, offers: dict[str, Offer]) -> Iterator[Item]:
        before = self.known.standing.get(pair, {})
        now = {**before, **offers}
        if pair not in self._decimals or now == before:
            return
        self.known.standing[pair] = now
        data = self._data(decision, pair)
        if not any(now.values()):
            reference = self.known.references.pop(pair, None)
            if reference is not None:
                yield Item("quotes", {**data, "event": "quote_cancel", "cancel_of": reference})
            return
        reference = self.known.references[pair] = data["source_id"]
        fields = dict(self._fields(pair, now))
        more = {"event": "quote", "order_ref": reference, "fields": fields}
        yield Item("quotes", {**data, **more})

    def _fields(self, pair: str, standing: Mapping[str, Offer]) -> Iterator[tuple[str, str]]:
        for side in map(str, SIDES):
            offer = standing.get(side)
            if offer is not None:
                yield side, exact(offer[0], self._decimals[pair])
                yield f"{side}_size", str(offer[1])

    def _fill(self, decision: Decision, look: LastLook) -> Item:
        data = self._data(decision, look.pair)
        return Item(
            "executions",
            {
                **data,
                "event": "fill",
                "side": "buy" if look.side is Side.BID else "sell",
                "price": exact(look.price, self._decimals.get(look.pair, 0)),
                "quantity": str(look.size),
                "order_ref": self.known.references.get(look.pair, look.deal),
                "exec_ref": look.deal,
            },
        )

    def _data(self, decision: Decision, pair: str) -> dict[str, Any]:
        return {
            "source_id": f"{self.known.run}-{decision.number}-{pair}",
            "exchange": self._place.exchange,
            "account": self._place.account,
            "symbol": pair,
        }
