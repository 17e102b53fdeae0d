"""What desks watch: panels and tiles, worked out while somebody looks, gathered and sent."""

import asyncio
from typing import Protocol

import msgspec

from quoting.domain.panel_frame import Frame, Shot, changes, whole
from quoting.io.engine_desk import EngineDesk
from quoting.wire.desk import TILES, Shown, Tiles

# From the first change until it is shown.
PANEL_SECONDS, TILES_SECONDS = 0.005, 0.1
LATENCY_SECONDS = 1.0
_encode = msgspec.json.Encoder().encode


class Screen(Protocol):
    """Who watches."""

    topics: frozenset[str]

    def keep(self, topic: str, news: Frame | Tiles) -> bool:
        """Whether it has to wait, together with what waits already."""

    def write(self, line: bytes) -> None: ...


class Shows:
    """One for all screens: what is the same for several is worked out and encoded once."""

    def __init__(self, desk: EngineDesk) -> None:
        self._desk = desk
        self.screens: set[Screen] = set()
        self._shots: dict[str, Shot] = {}
        # Watched, and not there: pairs leave, and may come again.
        self._absent: set[str] = set()
        self._tiles: Tiles | None = None
        self._are_tiles_watched = False
        self._panel_timer: asyncio.TimerHandle | None = None
        self._tiles_timer: asyncio.TimerHandle | None = None
        self._latency_timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._desk.engine.on_change = self._changed
        self._look_at_latency()

    def stop(self) -> None:
        for timer in (self._panel_timer, self._tiles_timer, self._latency_timer):
            if timer:
                timer.cancel()

    def whole(self, topic: str) -> Frame | Tiles:
        """Of a topic that a connection did not watch before."""
        if topic == TILES:
            if self._tiles is None or not self._are_tiles_watched:
                self._tiles = self._desk.tiles()
            return self._tiles
        if topic not in self._shots:
            self._shots[topic] = self._desk.shot(topic)
        return whole(self._shots[topic])

    def look_again(self) -> None:
        """Somebody watches something else: what nobody looks at any more is not kept up."""
        watched = self._watched()
        self._are_tiles_watched = TILES in watched
        for topic in self._shots.keys() - watched:
            del self._shots[topic]
        self._absent = watched - {TILES} - self._desk.engine.book.panels.keys()

    def _watched(self) -> set[str]:
        return {topic for screen in self.screens for topic in screen.topics}

    def _changed(self) -> None:
        loop = asyncio.get_running_loop()
        if self._panel_timer is None and (self._shots or self._absent):
            self._panel_timer = loop.call_later(PANEL_SECONDS, self._show_panels)
        if self._tiles_timer is None and self._are_tiles_watched:
            self._tiles_timer = loop.call_later(TILES_SECONDS, self._show_tiles)

    def _show_panels(self) -> None:
        self._panel_timer = None
        self._follow_pairs()
        changed = self._desk.engine.changed
        for pair in changed & self._shots.keys():
            self._show_panel(pair)
        changed.clear()

    def _follow_pairs(self) -> None:
        """Of one that has left the tiles tell, by not having it; one that came is whole."""
        panels = self._desk.engine.book.panels
        for pair in self._shots.keys() - panels.keys():
            del self._shots[pair]
            self._absent.add(pair)
        for pair in self._absent & panels.keys():
            self._absent.discard(pair)
            self.show(pair, self.whole(pair))

    def _show_panel(self, pair: str) -> None:
        now = self._desk.shot(pair)
        frame = changes(self._shots[pair], now)
        self._shots[pair] = now
        if frame is not None:
            self.show(pair, frame)

    def _show_tiles(self) -> None:
        self._tiles_timer = None
        now = self._desk.tiles()
        if now != self._tiles:
            self._tiles = now
            self.show(TILES, now)

    def show(self, topic: str, news: Frame | Tiles) -> None:
        """Put into bytes once, for all that take it as it is."""
        line: bytes | None = None
        for screen in self.screens:
            if topic in screen.topics and not screen.keep(topic, news):
                line = line or shown_line(topic, news)
                screen.write(line)

    def _look_at_latency(self) -> None:
        self._desk.refresh_latency()
        self._desk.engine.changed.update(self._shots)
        self._changed()
        loop = asyncio.get_running_loop()
        self._latency_timer = loop.call_later(LATENCY_SECONDS, self._look_at_latency)


def shown_line(topic: str, news: Frame | Tiles) -> bytes:
    return _encode(Shown(topic, msgspec.Raw(_encode(news)))) + b"\n"
