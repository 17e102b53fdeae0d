"""Keeps a FIX connection to a counterparty: connects, logs on, and begins again when it is lost."""

import asyncio
import ssl
from dataclasses import dataclass, field

from quoting.io.fix_connection import FixConnection, Limits, Listener
from quoting.wire.fix.codec import Codec
from quoting.wire.fix.session import Session, Settings
from quoting.wire.fix.steps import Step
from quoting.wire.fix.store import Store

CONNECT_SECONDS_MAX = 10.0


@dataclass(frozen=True)
class Target:
    """Where a counterparty listens; `tls` is a client's context, for the certificate of `host`."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    limits: Limits = field(default_factory=Limits)
    pause_seconds: float = 1.0
    pause_seconds_max: float = 30.0


class Initiator:
    """One session, through as many connections as it takes."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        store: Store,
        listener: Listener,
        codec: Codec | None = None,
    ) -> None:
        self._target = target
        self._settings = settings
        self._store = store
        self._listener = listener
        self._codec = codec or Codec()
        self._closed = asyncio.Event()
        self._was_logged_on = False
        self.connection: FixConnection | None = None
        self.failure = ""

    async def run(self) -> None:
        """Until cancelled."""
        pause = self._target.pause_seconds
        while True:
            self._was_logged_on = False
            try:
                await self._connect_once()
            except (OSError, TimeoutError) as error:
                self.failure = str(error) or type(error).__name__
            if self._was_logged_on:
                pause = self._target.pause_seconds
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._target.pause_seconds_max)

    async def stop(self, text: str = "") -> None:
        """Log out and wait until the connection is closed; `run` is to be cancelled then."""
        if self.connection:
            self.connection.logout(text)
            await self._closed.wait()

    async def _connect_once(self) -> None:
        target = self._target
        self._closed.clear()
        session = Session(self._settings, self._codec, self._store)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            _, connection = await loop.create_connection(
                lambda: FixConnection(session, self, target.limits),
                target.host,
                target.port,
                ssl=target.tls,
            )
        self.connection = connection
        try:
            await self._closed.wait()
        finally:
            self.connection = None
            connection.cut("stopped")

    def on_step(self, connection: FixConnection, step: Step) -> None:
        self._was_logged_on = self._was_logged_on or connection.is_logged_on
        self._listener.on_step(connection, step)

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.failure = reason
        self._closed.set()
        self._listener.on_closed(connection, reason)
