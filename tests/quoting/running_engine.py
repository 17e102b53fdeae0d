"""A quote engine in a thread, heard at a socket of its own; it has no counterparty."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from django.conf import settings

from quoting.domain.engine_settings import EngineSettings
from quoting.domain.events import Tick
from quoting.io.decision_log import DecisionLog, read_from
from quoting.io.desk_server import DeskServer
from quoting.io.engine import Engine
from quoting.io.engine_desk import EngineDesk
from quoting.io.engine_sources import EngineSources
from tests.quoting.rows import PAIR

START_SECONDS_MAX = 30


class RunningEngine:
    """`settings` are what it reads when it is told that they were saved."""

    def __init__(self, engine_settings: EngineSettings) -> None:
        # A path short enough for a socket.
        self.folder = Path(tempfile.mkdtemp(prefix="riskgw-engine-"))
        self.socket = self.folder / "engine.sock"
        self.settings = engine_settings
        self.reloads = 0
        self._loop = asyncio.new_event_loop()
        self._is_up = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._is_up.wait(START_SECONDS_MAX)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(START_SECONDS_MAX)
        shutil.rmtree(self.folder)

    def tick(self, bid: int, ask: int, pair: str = PAIR) -> None:
        """A price of the source that dealers type."""
        event = Tick(pair, "OWN", "DEALER", ((bid, 0),), ((ask, 0),))

        async def hear() -> None:
            self._engine.hear(event)
            self._engine.turn()

        asyncio.run_coroutine_threadsafe(hear(), self._loop).result(START_SECONDS_MAX)

    def events(self) -> list[object]:
        """What it decided on, in order."""
        logged = asyncio.run_coroutine_threadsafe(
            self._engine.is_logged(START_SECONDS_MAX), self._loop
        )
        assert logged.result(START_SECONDS_MAX)
        return [decision.event for _, decision in read_from(self.folder)]

    def _load(self) -> EngineSettings:
        self.reloads += 1
        return self.settings

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._ending = asyncio.Event()
        self._engine = Engine(self.settings, DecisionLog(self.folder))
        sources = EngineSources(self._engine.hear)
        server = DeskServer(EngineDesk(self._engine, sources, self._load), self.socket)
        await server.start()
        await sources.configure(self.settings.sources)
        self._is_up.set()
        await self._ending.wait()
        await sources.stop()
        await server.stop()
        self._engine.close()


@contextmanager
def running(engine_settings: EngineSettings) -> Iterator[RunningEngine]:
    """Where ENGINE_SOCKET says."""
    engine = RunningEngine(engine_settings)
    engine.start()
    before, settings.ENGINE_SOCKET = settings.ENGINE_SOCKET, engine.socket
    try:
        yield engine
    finally:
        settings.ENGINE_SOCKET = before
        engine.stop()
