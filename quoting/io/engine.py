"""The quote engine: whatever happens goes through the book, and what follows is done, in a turn.

1. An event is decided on. Withdrawals are written at once, before anything else of them is done.
2. Everything else waits for the end of the turn, a pass of the event loop: then the decisions are
   in the log's file, positions in theirs, and after that prices and answers are written.
A turn takes in whatever came together, so that a burst of prices is one message to a channel.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping

import msgspec

from quoting.domain.book import Book
from quoting.domain.effects import (
    Cleansed,
    Decision,
    Effect,
    LastLook,
    PriceAnswered,
    Quote,
    WithdrawAll,
    WithdrawPair,
)
from quoting.domain.engine_settings import EngineSettings
from quoting.domain.events import Carried, Configure, Event, Tick, Timer
from quoting.domain.settlement import Settlement, calendars
from quoting.io.decision_log import DecisionLog
from quoting.io.engine_channel import EngineChannel
from quoting.io.fix_connection import SteadyClock
from quoting.io.position_file import PositionFile
from quoting.wire.channel_messages import Terms
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

logger = logging.getLogger(__name__)

# Of each pair, for Details.
CLEANSED_KEPT_MAX = 20
# Time that has come already is served after what else is there.
TIMER_SECONDS_MIN = 0.0005


class SettingsIncomplete(ValueError):
    """A pair that nobody could be told of."""


class Engine:
    """The book with its channels; who hears what is outside calls `hear`."""

    def __init__(self, settings: EngineSettings, log: DecisionLog) -> None:
        self.clock: Callable[[], int] = SteadyClock()
        started_ns = self.clock()
        self.run = f"{started_ns // NS_PER_MS:x}-"
        self.settings = checked(settings)
        self.terms: Mapping[str, Terms] = _terms(settings)
        self.days = _days(settings)
        self.log = log
        self.book = Book(settings.book)
        self.channels = {link.name: EngineChannel(link, self) for link in settings.links}
        self.cleansed: dict[str, deque[Cleansed]] = {
            pair: deque(maxlen=CLEANSED_KEPT_MAX) for pair in self.book.panels
        }
        self.events = 0
        # From the first price of a turn until what followed from it was written.
        self.tick_ns = 0
        self.changed: set[str] = set()
        self.on_change: Callable[[], None] = _nobody_looks
        self._positions: PositionFile | None = None
        self._has_dealt = False
        self._tick_at = 0
        self._is_awake = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_ns = 0
        log.begin(settings.book, started_ns)

    def carry_on(self, positions: PositionFile) -> None:
        """With what was held when an engine last ran; later deals are kept there, too."""
        self._positions = positions
        for pair, held in positions.read().items():
            if pair in self.book.panels:
                self.hear(Carried(pair, held.net, held.cost, held.realised))

    def hear(self, event: Event) -> list[Effect]:
        """Decide on it, and do what cannot wait."""
        if type(event) is Tick and not self._tick_at:
            self._tick_at = time.perf_counter_ns()
        decision = self.book.decide(event, self.clock())
        for effect in decision.effects:
            self._perform(effect)
        self.log.append(decision)
        self.events += 1
        self._note_change(decision)
        self.wake()
        return decision.effects

    def configure(self, settings: EngineSettings, by: str) -> list[Effect]:
        """Other settings, in force at once; pairs and channels stay those of the beginning."""
        told = {each.pair: each for each in settings.instruments}
        instruments = tuple(told.get(each.pair, each) for each in self.settings.instruments)
        self.settings = msgspec.structs.replace(settings, instruments=instruments)
        self.terms, self.days = _terms(self.settings), _days(self.settings)
        for link in settings.links:
            if link.name in self.channels:
                self.channels[link.name].link = link
        return self.hear(Configure(settings.book, by))

    def wake(self) -> None:
        """A turn follows."""
        if not self._is_awake:
            self._is_awake = True
            asyncio.get_running_loop().call_soon(self.turn)

    def turn(self) -> None:
        """What was decided is logged, then written."""
        self._is_awake = False
        self.log.flush()
        if self._has_dealt and self._positions is not None:
            self._has_dealt = False
            panels = self.book.panels.items()
            self._positions.write({pair: panel.exposure.position for pair, panel in panels})
        for channel in self.channels.values():
            channel.turn()
        if self._tick_at:
            self.tick_ns = time.perf_counter_ns() - self._tick_at
            self._tick_at = 0
        self._arm()
        if self.changed:
            self.on_change()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        self.log.close()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Quote() if not effect.is_withdrawal:
                self.channels[effect.channel].offer(effect)
            case Quote() | WithdrawPair() | WithdrawAll():
                self.channels[effect.channel].withdraw(effect)
            case LastLook():
                self._has_dealt = self._has_dealt or effect.is_accepted
                self._channel_of(effect.pair).report(effect)
            case PriceAnswered():
                self._channel_of(effect.pair).tell_price(effect)
            case Cleansed():
                self.cleansed[effect.pair].appendleft(effect)
            case _:
                pass

    def _channel_of(self, pair: str) -> EngineChannel:
        return self.channels[self.book.panels[pair].settings.channel]

    def _note_change(self, decision: Decision) -> None:
        pair = getattr(decision.event, "pair", "")
        if pair:
            self.changed.add(pair)
        else:
            self.changed.update(self.book.panels)

    def _arm(self) -> None:
        due_ns = self.book.next_at_ns()
        if due_ns is None or (self._timer is not None and self._armed_ns <= due_ns):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_ns = due_ns
        seconds = max((due_ns - self.clock()) / NS_PER_SECOND, TIMER_SECONDS_MIN)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._time)

    def _time(self) -> None:
        self._timer = None
        due_ns = self.book.next_at_ns()
        if due_ns is not None and due_ns <= self.clock():
            self.hear(Timer())
        else:
            self._arm()


def checked(settings: EngineSettings) -> EngineSettings:
    """The settings, if every pair can be told of, and to somebody."""
    pairs = {each.pair for each in settings.instruments}
    names = {link.name for link in settings.links}
    for pair in settings.book.pairs:
        if pair.pair not in pairs:
            raise SettingsIncomplete(f"{pair.pair}: no instrument says how it is written")
        if pair.channel not in names:
            raise SettingsIncomplete(f"{pair.pair}: nobody is known as {pair.channel}")
    return settings


def _terms(settings: EngineSettings) -> dict[str, Terms]:
    by_currency = calendars(settings.holidays)
    return {
        each.pair: Terms(each.digits.decimals, Settlement(each.convention, by_currency).number)
        for each in settings.instruments
    }


def _days(settings: EngineSettings) -> dict[str, Settlement]:
    by_currency = calendars(settings.holidays)
    return {each.pair: Settlement(each.convention, by_currency) for each in settings.instruments}


def _nobody_looks() -> None:
    """Until there is a desk."""
