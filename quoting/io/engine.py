"""The quote engine: whatever happens goes through the book, and what follows is done, in a turn.

1. An event is decided on. Withdrawals are written at once, before anything else of them is done.
2. At the end of the turn, a pass of the event loop, the decisions go to the log's writer: a thread,
   so that a disk that stalls holds up no withdrawal.
3. Once they are in the log's file, and positions in theirs, prices and answers are written.
What comes while a batch is written is the next one, so that a burst of prices is one message to a
channel. While the log cannot be written nothing new is quoted, and what was quoted is withdrawn.
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
from quoting.domain.events import Carried, Configure, Event, StopAll, Tick, Timer
from quoting.domain.settlement import Settlement, calendars
from quoting.domain.words import Reason
from quoting.io.decision_log import DecisionLog
from quoting.io.engine_channel import EngineChannel
from quoting.io.fix_connection import SteadyClock
from quoting.io.log_writer import Batch, LogWriter
from quoting.io.position_file import PositionFile, encoded
from quoting.wire.channel_messages import Terms
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

logger = logging.getLogger(__name__)

# Of each pair, for Details.
CLEANSED_KEPT_MAX = 20
# Time that has come already is served after what else is there.
TIMER_SECONDS_MIN = 0.0005
# Of decisions that wait for the log's writer: some ten seconds of a busy market.
BACKLOG_BYTES_MAX = 64 << 20
_LOGGED_POLL_SECONDS = 0.001


class SettingsIncomplete(ValueError):
    """A pair that nobody could be told of."""


class LogOverrun(RuntimeError):
    """The log's writer is so far behind that what was decided cannot be kept for it."""


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
        # From the first price of a batch until what followed from it was written.
        self.tick_ns = 0
        self.changed: set[str] = set()
        self.on_change: Callable[[], None] = _nobody_looks
        # Why the log cannot be written, empty when it can.
        self.trouble = ""
        self.on_trouble: Callable[[], None] = _nobody_looks
        self._writer = LogWriter(log, self._logged, self._not_logged)
        self._has_dealt = False
        self._tick_at = self._tick_logged_at = 0
        self._is_awake = False
        self._timer: asyncio.TimerHandle | None = None
        self._armed_ns = 0
        log.begin(settings.book, started_ns)

    def carry_on(self, positions: PositionFile) -> None:
        """With what was held when an engine last ran; later deals are kept there, too."""
        self._writer.positions = positions
        for pair, held in positions.read().items():
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
        """Other settings, in force at once; pairs and channels that are new begin with them.

        Pairs that are gone are withdrawn first, channels stay until the engine begins anew.
        """
        # Of pairs that are gone something may still have to be said.
        told = {each.pair: each for each in (*self.settings.instruments, *settings.instruments)}
        self.settings = msgspec.structs.replace(settings, instruments=tuple(told.values()))
        self.terms, self.days = _terms(self.settings), _days(self.settings)
        for link in settings.links:
            if link.name in self.channels:
                self.channels[link.name].link = link
            else:
                self.channels[link.name] = EngineChannel(link, self)
        for pair in settings.book.pairs:
            self.cleansed.setdefault(pair.pair, deque(maxlen=CLEANSED_KEPT_MAX))
        return self.hear(Configure(settings.book, by))

    def wake(self) -> None:
        """A turn follows."""
        if not self._is_awake:
            self._is_awake = True
            asyncio.get_running_loop().call_soon(self.turn)

    def turn(self) -> None:
        """What was decided goes to the log; what is there already is written."""
        self._is_awake = False
        for channel in self.channels.values():
            channel.turn()
        self._hand_over()
        self._arm()
        if self.changed:
            self.on_change()

    async def is_logged(self, seconds_max: float) -> bool:
        """Wait until everything that was decided is in the log, and written."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds_max
        while self._writer.is_busy or self.log.gathered:
            if self.trouble or loop.time() > end:
                return False
            await asyncio.sleep(_LOGGED_POLL_SECONDS)
        return True

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._writer.close():
            self.log.close()

    def _hand_over(self) -> None:
        if self._writer.is_busy or not self.log.gathered:
            if self.log.gathered > BACKLOG_BYTES_MAX:
                raise LogOverrun(f"{self.log.gathered} bytes of decisions wait for the log")
            return
        for channel in self.channels.values():
            channel.hand_over()
        self._tick_logged_at, self._tick_at = self._tick_at, 0
        self._writer.hand(Batch(self.log.take(), self._held_now()))

    def _held_now(self) -> bytes | None:
        """Where somebody dealt since it was asked for."""
        if not self._has_dealt:
            return None
        self._has_dealt = False
        return encoded(self.book.positions)

    def _logged(self) -> None:
        for channel in self.channels.values():
            channel.logged()
            channel.turn()
        if self._tick_logged_at:
            self.tick_ns = time.perf_counter_ns() - self._tick_logged_at
        if self.trouble:
            logger.warning("decisions are logged again")
            self._troubled("")
        self._hand_over()

    def _not_logged(self, why: str) -> None:
        """Withdrawals need no log; prices that nobody could explain later are not to stand."""
        if not self.trouble:
            logger.error("decisions cannot be logged, everything is withdrawn: %s", why)
            self.hear(StopAll(by="engine", reason=Reason.NOT_LOGGED))
        self._troubled(why)

    def _troubled(self, why: str) -> None:
        is_other = bool(why) is not bool(self.trouble)
        self.trouble = why
        self.changed.update(self.book.panels)
        self.wake()
        if is_other:
            self.on_trouble()

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
        return self.channels[self.book.panels[pair].publisher.channel.settings.name]

    def terms_on(self, channel: str) -> Mapping[str, Terms]:
        """Of the pairs that a counterparty may ask about: those that are quoted to it."""
        return {
            pair: self.terms[pair]
            for pair, panel in self.book.panels.items()
            if panel.publisher.channel.settings.name == channel
        }

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
