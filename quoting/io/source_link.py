"""What every data source has: whom it tells, what it has counted, why it is down; and the loop of
those that are reached through a stream."""

import asyncio
import ssl
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from quoting.domain.events import Event, Heard, SourceDown
from quoting.domain.source_settings import SourceSettings, SourceTls, checked
from quoting.io.fix_tls import client_context
from quoting.wire.sources.problems import LinkRefused, Problem, Said, Trouble
from riskgw.env import secret_named
from riskgw.messages.market_frame import FrameError

CONNECT_SECONDS_MAX = 5.0
READ_BYTES = 65_536

Hear = Callable[[Event], None]


class Source(ABC):
    """One data source; `run` until it is cancelled, `hear` gets what it says.

    `failure` is why it is down, or was last; `problems` how often what was wrong.
    """

    def __init__(self, settings: SourceSettings, hear: Hear) -> None:
        self.settings = checked(settings)
        self._hear = hear
        self._heard_at = 0.0
        self.is_up = False
        self.failure = ""
        self.last_problem = ""
        self.messages = 0
        self.bad_messages = 0
        self.connections = 0
        self.problems: Counter[Trouble] = Counter()

    @abstractmethod
    async def run(self) -> None:
        """Until cancelled; a source that is down says why and tries again."""

    def _take(self, said: Said) -> None:
        """What one message says."""
        self.messages += 1
        is_bad = False
        for each in said:
            if isinstance(each, Problem):
                is_bad = True
                self._note(each)
            else:
                self._hear(each)
        self.bad_messages += is_bad

    def _note(self, found: Problem) -> None:
        self.problems[found.trouble] += 1
        self.last_problem = f"{found.trouble}: {found.text}"

    def _alive(self) -> None:
        """Something came; the book is told about once a heartbeat."""
        now = time.monotonic()
        if now - self._heard_at >= self.settings.heartbeat_seconds / 2:
            self._heard_at = now
            self._hear(Heard(self.settings.name))

    def _came(self) -> None:
        self.connections += 1
        self.is_up = True
        self.failure = ""

    def _lost(self, reason: str) -> None:
        """None of its prices stands from here on."""
        self.failure = reason
        if self.is_up:
            self.is_up = False
            self._hear(SourceDown(self.settings.name))

    def _password(self) -> str:
        return (secret_named(self.settings.secret) or "") if self.settings.secret else ""


class StreamSource(Source):
    """Connects, reads, and begins again with back-off when the link is lost or falls silent."""

    async def run(self) -> None:
        pause = self.settings.pause_seconds
        while True:
            messages = self.messages
            try:
                await self._connection()
            except (OSError, TimeoutError, LinkRefused, FrameError) as error:
                self._lost(str(error) or f"silent for {self.settings.silent_seconds} s")
            finally:
                self._lost(self.failure or "stopped")
            if self.messages > messages:
                pause = self.settings.pause_seconds
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.settings.pause_seconds_max)

    @abstractmethod
    def _begin(self) -> Iterable[bytes]:
        """A new conversation; what is said first."""

    @abstractmethod
    def _received(self, data: bytes) -> Iterable[bytes]:
        """Take what came; what is to be answered."""

    async def _connection(self) -> None:
        settings = self.settings
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            reader, writer = await asyncio.open_connection(
                settings.host, settings.port, ssl=tls_context(settings.tls)
            )
        try:
            self._came()
            writer.writelines(self._begin())
            while True:
                async with asyncio.timeout(settings.silent_seconds):
                    data = await reader.read(READ_BYTES)
                if not data:
                    self._lost("closed by the other side")
                    return
                self._alive()
                writer.writelines(self._received(data))
                await writer.drain()
        finally:
            writer.close()


def tls_context(tls: SourceTls | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    servers, certificate = (Path(each) if each else None for each in (tls.servers, tls.certificate))
    return client_context(servers, certificate)
