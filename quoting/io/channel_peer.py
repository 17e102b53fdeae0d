"""A counterparty in a process of its own: logs on to our channel, confirms quotes, deals now and
then, and shows on a port what it has been quoted."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from quoting.io.fix_connection import FixConnection, Stalled
from quoting.io.fix_initiator import Initiator, Target
from quoting.wire.fix.messages import PRICES, BusinessMessage
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import Received, Step
from quoting.wire.fix.store import MemoryStore
from quoting.wire.peer_book import PeerBook
from quoting.wire.peer_dealer import PeerDealer

HOST = "127.0.0.1"
STEP_SECONDS = 0.25


@dataclass
class ChannelPeer:
    """`target` is where our channel listens, `name` the counterparty's CompID."""

    target: Target
    name: str
    dealer: PeerDealer
    book: PeerBook = field(default_factory=PeerBook)

    def __post_init__(self) -> None:
        settings = Settings(
            self.name,
            "RISKGW",
            is_initiator=True,
            heartbeat_seconds=5,
            resets_on_logon=True,
            never_resent=PRICES,
        )
        self.connection: FixConnection | None = None
        self.initiator = Initiator(self.target, settings, MemoryStore(), self)

    async def run(self) -> None:
        """Until cancelled."""
        running = asyncio.create_task(self.initiator.run())
        try:
            while True:
                done, _ = await asyncio.wait({running}, timeout=STEP_SECONDS)
                if done:
                    running.result()
                self._say(self.dealer.due(self.book, time.time_ns()))
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def serve_book(self, port: int) -> asyncio.Server:
        """Whoever connects to this port gets what the counterparty has, as JSON lines."""
        return await asyncio.start_server(self._show, HOST, port)

    def on_step(self, connection: FixConnection, step: Step) -> None:
        self.connection = connection
        if not isinstance(step, Received):
            return
        answer = self.book.take(step.message)
        if answer is not None:
            self._say([answer])
        else:
            self._say(self.dealer.heard(step.message, time.time_ns()))

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        """What was quoted stays on its screen: it is for us to take it back."""
        self.connection = None

    def _say(self, messages: Sequence[BusinessMessage]) -> None:
        for message in messages:
            if self.connection is None or not self.connection.is_logged_on:
                return
            try:
                self.connection.send(message)
            except Stalled:
                return

    async def _show(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(line.encode() for line in self.book.lines())
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()
