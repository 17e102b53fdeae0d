"""What desks may ask of the engine: gestures, questions, and the settings read anew."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from quoting.domain.cell import PEOPLES, Gesture
from quoting.domain.effects import (
    EditorOpened,
    Effect,
    Quote,
    Refused,
    WithdrawAll,
    WithdrawPair,
)
from quoting.domain.engine_settings import ChannelLink, EngineSettings, Instrument
from quoting.domain.events import Alive, Halt, StopAll, Touch
from quoting.domain.panel import Panel
from quoting.domain.panel_frame import Shot, whole
from quoting.domain.source_settings import SourceSettingsError, checked
from quoting.io.engine import Engine, SettingsIncomplete
from quoting.io.engine import checked as is_complete
from quoting.io.engine_sources import EngineSources
from quoting.wire import desk_answers
from quoting.wire.desk import (
    AskDetails,
    AskPanel,
    AskPreview,
    AskTiles,
    AskUsage,
    Done,
    Gestures,
    Questions,
    Reload,
    Tiles,
    Typed,
    Withdrawn,
)
from riskgw.kernel.times import NS_PER_MS

_NS_PER_US = 1_000
_WITHDRAWING = frozenset((Gesture.STOP, Gesture.CLEAR))
_encode = msgspec.json.Encoder().encode


class LineRefused(ValueError):
    """A gesture or a question that nothing can be done about: `code`, and what is wrong."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code


class SettingsRefused(ValueError):
    """The settings that were saved cannot be had, or nothing can be made of them."""


class EngineDesk:
    """The engine as people and programs see it."""

    def __init__(
        self, engine: Engine, sources: EngineSources, load: Callable[[], EngineSettings]
    ) -> None:
        self.engine = engine
        self._sources = sources
        self._load = load
        # Before settings are in force: channels that are new are to be able to log on.
        self.on_links: Callable[[Iterable[ChannelLink]], None] = _nobody_listens
        self._fields = self._instrument_fields()
        self._latency: dict[str, Any] = {}
        self.refresh_latency()

    # Gestures

    def do(self, gesture: Gestures) -> Done:
        """What became of it; what it withdraws is written, where the counterparty reads."""
        if self.engine.trouble and not (withdraws(gesture) or isinstance(gesture, Alive)):
            raise LineRefused("not_logged", self.engine.trouble)
        if isinstance(gesture, Typed):
            return self._typed(gesture)
        if isinstance(gesture, Reload):
            raise LineRefused("asynchronous")
        if isinstance(gesture, Touch) and gesture.gesture not in PEOPLES:
            raise LineRefused("not_a_gesture", gesture.gesture.value)
        before = self._written()
        effects = self.engine.hear(gesture)
        self.engine.turn()
        concerned = set(before) if _is_for_all(gesture) else _withdrawn_on(effects)
        return _done(effects, self._withdrawn(before, concerned))

    def _written(self) -> dict[str, int]:
        return {name: each.withdrawals_written for name, each in self.engine.channels.items()}

    def _withdrawn(self, before: Mapping[str, int], concerned: set[str]) -> Iterator[Withdrawn]:
        for name, written in self._written().items():
            messages = written - before.get(name, 0)
            if messages or name in concerned:
                yield Withdrawn(name, self.engine.channels[name].is_up, messages)

    async def reload(self, gesture: Reload) -> Done:
        """Read in a thread, in force when it is answered."""
        try:
            settings = is_complete(await asyncio.to_thread(self._load))
            for each in settings.sources:
                checked(each)
            self.on_links(settings.links)
        except (SettingsRefused, SettingsIncomplete, SourceSettingsError, OSError) as error:
            raise LineRefused("settings", str(error)) from error
        before = self._written()
        effects = self.engine.configure(settings, gesture.by)
        withdrawn = list(self._withdrawn(before, _withdrawn_on(effects)))
        self._fields = self._instrument_fields()
        self.refresh_latency()
        await self._sources.configure(settings.sources)
        self.engine.turn()
        return _done(effects, withdrawn)

    def _typed(self, typed: Typed) -> Done:
        source = self._sources.manual(typed.pair)
        if source is None:
            raise LineRefused("no_manual_source", typed.pair)
        if typed.bid is None or typed.ask is None:
            found = source.taken_back(typed.pair, typed.by)
            wrong = "" if found else "there is no price of yours"
        else:
            problem = source.typed(typed.pair, typed.bid, typed.ask, typed.ttl_ns, typed.by)
            wrong = f"{problem.trouble}: {problem.text}" if problem else ""
        self.engine.turn()
        if wrong:
            raise LineRefused("not_typed", wrong)
        return Done(0)

    # Questions

    def answer(self, question: Questions) -> msgspec.Raw:
        at_ns = self.engine.clock()
        data: object
        match question:
            case AskTiles():
                data = self.tiles()
            case AskPanel():
                frame = whole(self.shot(question.pair))
                data = desk_answers.with_ages(frame, self._panel(question.pair), at_ns)
            case AskDetails():
                panel = self._panel(question.pair)
                strategy = self.engine.settings.strategies.get(question.pair, "")
                cleansed = self.engine.cleansed[question.pair]
                data = desk_answers.details(panel, strategy, cleansed, at_ns)
            case AskUsage():
                data = desk_answers.usage(self._panel(question.pair))
            case AskPreview():
                data = desk_answers.preview(self._panel(question.pair), question.settings, at_ns)
        return msgspec.Raw(_encode(data))

    def tiles(self) -> Tiles:
        return desk_answers.tiles(self.engine.book, self._sources.states(), self.engine.trouble)

    def shot(self, pair: str) -> Shot:
        engine = self.engine
        panel, at_ns = self._panel(pair), engine.clock()
        day = engine.days[pair].day(at_ns)
        more = {
            **self._fields.get(pair, {}),
            "value_date": day.isoformat() if day else None,
            "strategy": engine.settings.strategies.get(pair, ""),
            "latency": self._latency[panel.settings.channel],
        }
        return desk_answers.panel_shot(panel, at_ns, more)

    def refresh_latency(self) -> None:
        """Told now and then, not with every price."""
        tick_us = self.engine.tick_ns // _NS_PER_US or None
        self._latency = {
            name: {"tick_us": tick_us, "ack_ms": _milliseconds(channel.acknowledged_ns)}
            for name, channel in self.engine.channels.items()
        }

    def _panel(self, pair: str) -> Panel:
        panel = self.engine.book.panels.get(pair)
        if panel is None:
            raise LineRefused("unknown_pair", pair)
        return panel

    def _instrument_fields(self) -> Mapping[str, dict[str, Any]]:
        instruments: Iterable[Instrument] = self.engine.settings.instruments
        return {each.pair: desk_answers.instrument_fields(each) for each in instruments}


def withdraws(gesture: Gestures) -> bool:
    """STOP, of the book, a pair or a cell, and its like."""
    if isinstance(gesture, Touch):
        return gesture.gesture in _WITHDRAWING
    return isinstance(gesture, StopAll | Halt)


def _nobody_listens(links: Iterable[ChannelLink]) -> None:
    """An engine without counterparties."""


def _is_for_all(gesture: Gestures) -> bool:
    return isinstance(gesture, StopAll) or (isinstance(gesture, Halt) and not gesture.pair)


def _withdrawn_on(effects: Iterable[Effect]) -> set[str]:
    """The channels that something is withdrawn on."""
    return {
        each.channel
        for each in effects
        if isinstance(each, WithdrawPair | WithdrawAll)
        or (isinstance(each, Quote) and each.is_withdrawal)
    }


def _done(effects: Iterable[Effect], withdrawn: Iterable[Withdrawn]) -> Done:
    effects = list(effects)
    refused = tuple(each for each in effects if isinstance(each, Refused))
    opened = tuple(each for each in effects if isinstance(each, EditorOpened))
    return Done(0, refused, opened, tuple(withdrawn))


def _milliseconds(ns: int) -> int | None:
    """At least one, where there is any."""
    return max(1, ns // NS_PER_MS) if ns else None
