"""The book of pairs: every event enters here, everything that follows from it comes out.

It reads no clock and keeps nothing outside: the same settings and the same events at the same times
give the same effects. `next_at_ns` says when a `Timer` is due.
"""

from collections.abc import Callable, Mapping
from typing import Any

from quoting.domain.auto_stop import Latch
from quoting.domain.channel import EVERYBODY, Channel
from quoting.domain.effects import Decision, Effect, Refused, WithdrawAll, WithdrawPair
from quoting.domain.events import (
    Acknowledged,
    Alive,
    Carried,
    ChannelDown,
    ChannelUp,
    Configure,
    DealRequested,
    Enable,
    Event,
    Feed,
    Halt,
    Heard,
    Instruct,
    Rejected,
    Resize,
    SourceDown,
    StopAll,
    Tick,
    TicketAnswered,
    Timer,
    Touch,
)
from quoting.domain.exposure import Scope
from quoting.domain.limits import NO_LIMIT
from quoting.domain.panel import Panel
from quoting.domain.position import Position
from quoting.domain.settings import BookSettings, PairSettings, TraderSettings
from quoting.domain.words import Reason

_NEVER = 1 << 62
# What nothing can come of where a pair is on its way out.
_GESTURES = frozenset((Touch, Feed, Resize, Enable, Instruct, TicketAnswered))


class Book:
    """All pairs of an engine; those that are out of use until nothing of them can stand."""

    def __init__(self, settings: BookSettings) -> None:
        self.channels = {each.name: Channel(each) for each in settings.channels}
        self.panels = {
            each.pair: Panel(each, self.channels[each.channel]) for each in settings.pairs
        }
        self._traders = {each.name: each for each in settings.traders}
        self._scopes = self._made_scopes()
        self._alive_ns: dict[str, int] = {}
        self._leaving: set[str] = set()
        # Pairs that come when what was there under their name has left.
        self._coming: dict[str, PairSettings] = {}
        # Of pairs that are not quoted.
        self._held: dict[str, Position] = {}
        self._number = 0
        self._now_ns = 0
        self._handlers: Mapping[type, Callable[[Any, list[Effect], int], None]] = {
            Heard: self._every_panel,
            SourceDown: self._every_panel,
            StopAll: self._stop_all,
            Halt: self._halt,
            ChannelUp: self._channel_up,
            ChannelDown: self._channel_down,
            Acknowledged: self._acknowledged,
            Rejected: self._rejected,
            Configure: self._configure,
            Carried: self._carried,
            Alive: self._alive,
            Timer: self._timer,
            DealRequested: self._deal,
            TicketAnswered: self._deal,
        }

    def decide(self, event: Event, at_ns: int) -> Decision:
        """An event's line of the decision log."""
        self._number += 1
        return Decision(self._number, at_ns, event, self.apply(event, at_ns))

    def apply(self, event: Event, at_ns: int) -> list[Effect]:
        """What is to be done, in this order. Time goes on, never back."""
        out: list[Effect] = []
        if at_ns < self._now_ns:
            self._clock_went_back(self._now_ns - at_ns, out)
            at_ns = self._now_ns
        self._now_ns = at_ns
        if type(event) is Tick:
            panel = self.panels.get(event.pair)
            if panel is not None and not panel.is_leaving:
                panel.tick(event, out, at_ns)
            return out
        if self._leaving:
            self._let_go(out, at_ns)
        handler = self._handlers.get(type(event), self._one_panel)
        handler(event, out, at_ns)
        return out

    def next_at_ns(self) -> int | None:
        """When time alone may change something; at once, where that has come already."""
        if any(map(self._has_left, self._leaving)):
            return self._now_ns
        due = min((panel.due_ns for panel in self.panels.values()), default=_NEVER)
        for name, at_ns in self._alive_ns.items():
            due = min(due, at_ns + self._traders[name].dead_man_ns)
        return None if due >= _NEVER else due

    def _one_panel(self, event: Any, out: list[Effect], at_ns: int) -> None:
        panel = self.panels.get(event.pair)
        if panel is None or (panel.is_leaving and type(event) in _GESTURES):
            out.append(Refused(event.pair, type(event).__name__, Reason.UNKNOWN_PAIR))
            return
        panel.apply(event, out, at_ns)

    def _every_panel(self, event: Event, out: list[Effect], at_ns: int) -> None:
        for panel in self.panels.values():
            panel.apply(event, out, at_ns)

    def _deal(self, event: Any, out: list[Effect], at_ns: int) -> None:
        self._one_panel(event, out, at_ns)
        self._check_scopes(out, at_ns)

    def _stop_all(self, event: StopAll, out: list[Effect], at_ns: int) -> None:
        """Withdrawn first, in one message a channel where it is the whole of it."""
        stopped = [
            panel
            for panel in self.panels.values()
            if not event.trader or panel.settings.trader == event.trader
        ]
        for channel in self.channels.values():
            if channel.is_up:
                self._withdraw(channel, stopped, event.reason, (out, at_ns))
        for panel in stopped:
            panel.stop(event.reason, out, at_ns)
        for panel in stopped:
            panel.settle(out, at_ns)

    def _withdraw(
        self, channel: Channel, stopped: list[Panel], reason: Reason, to: tuple[list[Effect], int]
    ) -> None:
        out, at_ns = to
        here = [panel for panel in stopped if panel.publisher.channel is channel]
        if here and len(here) == len(self._on(channel)):
            quote = channel.next_quote(EVERYBODY)
            out.append(WithdrawAll(channel.settings.name, quote, reason))
            for panel in here:
                panel.publisher.withdrawn(quote, at_ns)
            return
        for panel in here:
            quote = channel.next_quote(panel.settings.pair)
            out.append(WithdrawPair(channel.settings.name, panel.settings.pair, quote, reason))
            panel.publisher.withdrawn(quote, at_ns)

    def _halt(self, event: Halt, out: list[Effect], at_ns: int) -> None:
        if event.pair:
            self._one_panel(event, out, at_ns)
            return
        self._stop_all(StopAll(by=event.by, reason=event.reason), out, at_ns)
        self._every_panel(event, out, at_ns)

    def _clock_went_back(self, by_ns: int, out: list[Effect]) -> None:
        """A clock that jumped makes every age wrong."""
        for panel in self.panels.values():
            limit_ns = panel.settings.stops.clock_back_ns
            if limit_ns and by_ns >= limit_ns:
                latch = Latch(Reason.CLOCK_JUMP, self._now_ns, by_ns, limit_ns)
                panel.halt(latch, out, self._now_ns)
                panel.settle(out, self._now_ns)

    # the channel

    def _on(self, channel: Channel) -> list[Panel]:
        return [panel for panel in self.panels.values() if panel.publisher.channel is channel]

    def _channel_up(self, event: ChannelUp, out: list[Effect], at_ns: int) -> None:
        """Whatever the channel still has of ours goes first."""
        channel = self.channels[event.channel]
        channel.up()
        quote = channel.next_quote(EVERYBODY)
        out.append(WithdrawAll(event.channel, quote, Reason.RECONCILED))
        panels = self._on(channel)
        for panel in panels:
            panel.publisher.begin_anew(quote, at_ns)
        for panel in panels:
            panel.settle(out, at_ns)

    def _channel_down(self, event: ChannelDown, out: list[Effect], at_ns: int) -> None:
        channel = self.channels[event.channel]
        channel.down()
        for panel in self._on(channel):
            panel.publisher.lose()
            panel.settle(out, at_ns)

    def _acknowledged(self, event: Acknowledged, out: list[Effect], at_ns: int) -> None:
        for panel in self._asked(event.channel, event.quote):
            panel.publisher.acknowledge(event.quote)
            panel.settle(out, at_ns)

    def _rejected(self, event: Rejected, out: list[Effect], at_ns: int) -> None:
        for panel in self._asked(event.channel, event.quote):
            if panel.publisher.reject(event.quote):
                latch = panel.auto_stop.rejected(panel.settings.stops, at_ns)
                if latch is not None:
                    panel.halt(latch, out, at_ns)
            panel.settle(out, at_ns)

    def _asked(self, name: str, quote: int) -> list[Panel]:
        """Those whose quote it is."""
        channel = self.channels[name]
        pair = channel.answered(quote)
        if pair is None:
            return []
        if pair == EVERYBODY:
            return self._on(channel)
        return [panel for panel in self._on(channel) if panel.settings.pair == pair]

    # settings, limits, time

    def _configure(self, event: Configure, out: list[Effect], at_ns: int) -> None:
        """What is to go goes first; a pair on another channel is another pair."""
        wanted = {each.pair: each for each in event.settings.pairs}
        self._coming = {}
        for name, panel in self.panels.items():
            pair = wanted.get(name)
            is_other = pair is None or pair.channel != panel.settings.channel
            if pair is not None and (is_other or panel.is_leaving):
                self._coming[name] = pair
            if is_other and not panel.is_leaving:
                panel.leave(out, at_ns)
                self._leaving.add(name)
        for channel in event.settings.channels:
            if channel.name in self.channels:
                self.channels[channel.name].configure(channel)
            else:
                self.channels[channel.name] = Channel(channel)
        self._traders = {each.name: each for each in event.settings.traders}
        self._alive_ns = {
            name: alive_ns
            for name, alive_ns in self._alive_ns.items()
            if name in self._traders and self._traders[name].dead_man_ns
        }
        for name, pair in wanted.items():
            if name not in self.panels:
                self._add(pair, out, at_ns)
            elif name not in self._coming:
                self.panels[name].configure(pair, out, at_ns)
        self._scopes = self._made_scopes()
        for name, panel in self.panels.items():
            if name in wanted and name not in self._coming:
                panel.follow_levels(out, at_ns)
            panel.keep_limit()
            panel.settle(out, at_ns)
        self._check_scopes(out, at_ns)

    def _add(self, pair: PairSettings, out: list[Effect], at_ns: int) -> None:
        """Stopped, with what was held of it when it was last quoted."""
        if pair.channel not in self.channels:
            return
        panel = self.panels[pair.pair] = Panel(pair, self.channels[pair.channel])
        held = self._held.pop(pair.pair, None)
        if held is not None:
            carried = Carried(pair.pair, held.net, held.cost, held.realised)
            panel.apply(carried, out, at_ns)

    def _has_left(self, name: str) -> bool:
        """On a channel that is down, another may take its place: the next session there begins
        with a withdrawal of everything."""
        panel = self.panels[name]
        return panel.has_left or (name in self._coming and not panel.publisher.channel.is_up)

    def _let_go(self, out: list[Effect], at_ns: int) -> None:
        for name in sorted(filter(self._has_left, self._leaving)):
            self._leaving.discard(name)
            panel = self.panels.pop(name)
            panel.publisher.channel.waiting.pop(name, None)
            self._held[name] = panel.exposure.position
            if name in self._coming:
                self._add(self._coming.pop(name), out, at_ns)
            self._scopes = self._made_scopes()

    def _carried(self, event: Carried, out: list[Effect], at_ns: int) -> None:
        if event.pair in self.panels:
            self._one_panel(event, out, at_ns)
        else:
            self._held[event.pair] = Position(event.net, event.cost, event.realised)

    @property
    def positions(self) -> dict[str, Position]:
        """Also of pairs that are not quoted."""
        quoted = {name: panel.exposure.position for name, panel in self.panels.items()}
        return {**self._held, **quoted}

    def _made_scopes(self) -> list[Scope]:
        """The limits that pairs share."""
        for panel in self.panels.values():
            panel.exposure.scopes.clear()
        scopes = []
        for channel in self.channels.values():
            scope = Scope(f"channel {channel.settings.name}", channel.settings.limit)
            scope.add(panel.exposure for panel in self._on(channel))
            scopes.append(scope)
        for trader in self._traders.values():
            scope = Scope(f"trader {trader.name}", trader.limit)
            scope.add(
                panel.exposure
                for panel in self.panels.values()
                if panel.settings.trader == trader.name
            )
            scopes.append(scope)
        return scopes

    def _check_scopes(self, out: list[Effect], at_ns: int) -> None:
        """Where a shared limit is overrun, the side goes pair by pair until it is kept."""
        for scope in self._scopes:
            if scope.limit == NO_LIMIT:
                continue
            for panel in self.panels.values():
                found = scope.overrun()
                if found is None:
                    break
                if panel.exposure in scope.members:
                    panel.reprice(out, at_ns)
                    panel.breach(*found, scope.name)
                    panel.settle(out, at_ns)

    def _alive(self, event: Alive, out: list[Effect], at_ns: int) -> None:
        trader = self._traders.get(event.trader, TraderSettings(event.trader))
        if trader.dead_man_ns:
            self._alive_ns[event.trader] = at_ns

    def _timer(self, event: Timer, out: list[Effect], at_ns: int) -> None:
        for name, alive_ns in list(self._alive_ns.items()):
            if at_ns - alive_ns >= self._traders[name].dead_man_ns:
                del self._alive_ns[name]
                self._stop_all(StopAll(name, reason=Reason.DEAD_MAN), out, at_ns)
        waiting = [pair for channel in self.channels.values() for pair in channel.waiting]
        for pair in waiting:
            self.panels[pair].apply(event, out, at_ns)
        for panel in self.panels.values():
            if at_ns >= panel.due_ns:
                panel.apply(event, out, at_ns)
