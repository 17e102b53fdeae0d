"""The quote engine as a process: one at a time, from its settings until it is told to end.

It may be killed at any moment. Whoever logs on to the next one is told to withdraw everything
before he gets a price; the numbers of his session and what was dealt go on where they were.
"""

import asyncio
import fcntl
import logging
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from quoting.domain.engine_settings import ChannelLink, EngineSettings
from quoting.domain.events import StopAll
from quoting.io.decision_log import DecisionLog, LogLimits
from quoting.io.desk_server import DeskServer
from quoting.io.engine import Engine
from quoting.io.engine_channel import EngineChannel
from quoting.io.engine_desk import EngineDesk
from quoting.io.engine_sources import EngineSources
from quoting.io.fix_acceptor import Acceptor, Counterparty, Listening
from quoting.io.fix_connection import FixConnection
from quoting.io.fix_store import FileStore
from quoting.io.position_file import PositionFile
from quoting.wire.fix.messages import PRICES
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import LoggedOn, Step

logger = logging.getLogger(__name__)

SENDER = "RISKGW"
# At the end, for the log to have what was decided and counterparties to hear of their deals.
LOGGED_SECONDS_MAX = 2.0


class EngineRuns(RuntimeError):
    """Another engine has this folder."""


class EngineFailed(RuntimeError):
    """A fault of ours; everything was withdrawn as far as it could be."""


@dataclass(frozen=True)
class Place:
    """Where an engine keeps its files, and where it is reached."""

    folder: Path
    socket: Path
    listening: Listening = field(default_factory=Listening)
    log: LogLimits = field(default_factory=LogLimits)


class Sessions:
    """The listener of all channels' connections: each step goes to the channel it belongs to."""

    def __init__(self, channels: Mapping[str, EngineChannel]) -> None:
        self._channels = channels

    def on_step(self, connection: FixConnection, step: Step) -> None:
        channel = self._of(connection)
        if channel is not None and (isinstance(step, LoggedOn) or channel.connection is connection):
            channel.on_step(connection, step)

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        channel = self._of(connection)
        if channel is None:
            logger.warning("a connection was closed: %s", reason)
        else:
            channel.on_closed(connection, reason)

    def _of(self, connection: FixConnection) -> EngineChannel | None:
        if connection.session is None:
            return None
        comp_id = connection.session.settings.target
        found = (each for each in self._channels.values() if each.link.comp_id == comp_id)
        return next(found, None)


class EngineProcess:
    """`load` reads the settings: at the start, and whenever a desk says that they were saved."""

    def __init__(self, place: Place, load: Callable[[], EngineSettings]) -> None:
        place.folder.mkdir(parents=True, exist_ok=True)
        self.place = place
        self.port = 0
        self._ending: asyncio.Future[None] | None = None
        self._following: set[asyncio.Task[None]] = set()
        with ExitStack() as opened:
            opened.callback(os.close, locked(place.folder))
            settings = load()
            self._stores: dict[str, FileStore] = {}
            self._parties: dict[str, Counterparty] = {}
            opened.callback(self._close_stores)
            self._open_stores(settings.links)
            self.engine = Engine(settings, DecisionLog(place.folder, place.log))
            opened.callback(self.engine.close)
            self._opened = opened.pop_all()
        self.engine.on_trouble = self._trouble_changed
        self._positions = PositionFile(place.folder / "positions.json")
        self.sources = EngineSources(self.engine.hear)
        desk = EngineDesk(self.engine, self.sources, load)
        desk.on_links = self._open_stores
        self.desks = DeskServer(desk, place.socket)
        sessions = Sessions(self.engine.channels)
        self.acceptor = Acceptor(place.listening, self._parties, sessions)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM, `end`, or a fault of ours."""
        loop = asyncio.get_running_loop()
        self._ending = loop.create_future()
        loop.set_exception_handler(self._failed)
        loop.add_signal_handler(signal.SIGTERM, self.end)
        loop.add_signal_handler(signal.SIGINT, self.end)
        try:
            await self._start()
            ready()
            await self._ending
            await self._stop()
        finally:
            loop.set_exception_handler(None)
            self.close()

    def end(self) -> None:
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(None)

    def close(self) -> None:
        """What a process that is killed leaves undone."""
        self._opened.close()

    def _open_stores(self, links: Iterable[ChannelLink]) -> None:
        """Who is in `_parties` may log on."""
        for link in links:
            if link.comp_id not in self._stores:
                store = self._stores[link.comp_id] = _store(self.place.folder, link)
                self._parties[link.comp_id] = _counterparty(link.comp_id, store)

    def _close_stores(self) -> None:
        for store in self._stores.values():
            store.close()

    async def _start(self) -> None:
        self.engine.carry_on(self._positions)
        self.port = await self.acceptor.start()
        await self.desks.start()
        await self.sources.configure(self.engine.settings.sources)
        self.engine.turn()
        book = self.engine.settings.book
        logger.info(
            "%d pairs, %d sources, %d channels on port %d, desks at %s",
            len(book.pairs), len(self.engine.settings.sources), len(book.channels), self.port,
            self.place.socket,
        )  # fmt: skip

    async def _stop(self) -> None:
        """Everything is withdrawn before anybody is logged out."""
        self.engine.hear(StopAll(by="engine"))
        self.engine.turn()
        await self.sources.stop()
        await self.engine.is_logged(LOGGED_SECONDS_MAX)
        await self.acceptor.stop("the engine ends")
        await self.desks.stop()

    def _trouble_changed(self) -> None:
        """Prices that nothing can be made of are not even decided on."""
        change = self.sources.suspend(is_suspended=bool(self.engine.trouble))
        task = asyncio.create_task(change, name="suspend sources")
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Ours: what goes on after it cannot be trusted. Channels are told without the book."""
        error = context.get("exception")
        logger.error("%s", context.get("message"), exc_info=error)
        for channel in self.engine.channels.values():
            with suppress(OSError):
                channel.withdraw_all_blindly()
        if self._ending is not None and not self._ending.done():
            self._ending.set_exception(EngineFailed(f"{context.get('message')}: {error!r}"))


def _counterparty(comp_id: str, store: FileStore) -> Counterparty:
    # A price of then is no offer now.
    settings = Settings(SENDER, comp_id, is_initiator=False, never_resent=PRICES)
    return Counterparty(settings, store)


def _store(folder: Path, link: ChannelLink) -> FileStore:
    return FileStore(folder / "sessions" / f"{quote(link.name, safe='')}.log")


def locked(folder: Path) -> int:
    """A file whose lock says that an engine has this folder, until it is closed."""
    file = os.open(folder / "engine.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise EngineRuns(f"an engine runs in {folder} already") from None
    return file
