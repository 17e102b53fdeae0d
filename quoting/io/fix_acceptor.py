"""Listens for FIX counterparties; the first message says which, and that it may log on."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from quoting.io.fix_connection import FixConnection, Limits, Listener
from quoting.wire.fix.codec import Codec, NoMessage, NoNumber
from quoting.wire.fix.framer import MESSAGE_BYTES_MAX, Framer, Garbled
from quoting.wire.fix.session import Session, Settings
from quoting.wire.fix.store import Store

CONNECTIONS_MAX = 64
LOGON_SECONDS_MAX = 10


@dataclass(frozen=True)
class Listening:
    """Where an acceptor listens; port 0 is any that is free. `tls` is a server's context."""

    host: str = "127.0.0.1"
    port: int = 5201
    tls: ssl.SSLContext | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Counterparty:
    """A CompID that may log on, and what is remembered of it between connections."""

    settings: Settings
    store: Store


class Acceptor:
    """One connection a counterparty; a second of the same is closed, strangers are, too."""

    def __init__(
        self,
        listening: Listening,
        counterparties: Mapping[str, Counterparty],
        listener: Listener,
        codec: Codec | None = None,
    ) -> None:
        self._listening = listening
        self._counterparties = counterparties
        self._listener = listener
        self._codec = codec or Codec()
        self._server: asyncio.Server | None = None
        self.connections: set[AcceptedConnection] = set()
        self.refused = 0
        self._nobody = asyncio.Event()

    async def start(self) -> int:
        """Listen; the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._accepted, self._listening.host, self._listening.port, ssl=self._listening.tls
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self, text: str = "") -> None:
        """Log everyone out and close; who does not answer is cut when his time is over."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self.connections):
            if connection.session:
                connection.logout(text)
            else:
                connection.cut("stopped")
        await self._server.wait_closed()
        if self.connections:
            await self._nobody.wait()

    def session_for(self, sender: str) -> Session | str:
        """The session of this CompID, or why there is none."""
        counterparty = self._counterparties.get(sender)
        if counterparty is None:
            return f"unknown CompID {sender[:40]!r}"
        for connection in self.connections:
            if connection.session and connection.session.settings.target == sender:
                return f"{sender} is connected already"
        return Session(counterparty.settings, self._codec, counterparty.store)

    def _accepted(self) -> "AcceptedConnection":
        return AcceptedConnection(self, self._listener, self._listening.limits)

    def came(self, connection: "AcceptedConnection") -> None:
        self.connections.add(connection)
        self._nobody.clear()

    def went(self, connection: "AcceptedConnection") -> None:
        self.connections.discard(connection)
        if not self.connections:
            self._nobody.set()

    def sender(self, message: bytes) -> str:
        """SenderCompID of a first message, empty when it has none."""
        try:
            return self._codec.open(message).sender
        except (NoMessage, NoNumber):
            return ""


class AcceptedConnection(FixConnection):
    """Of a counterparty that has yet to say who it is."""

    def __init__(self, acceptor: Acceptor, listener: Listener, limits: Limits) -> None:
        super().__init__(None, listener, limits)
        self._acceptor = acceptor
        self._framer = Framer()
        self._first = b""
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._acceptor.came(self)
        if len(self._acceptor.connections) > CONNECTIONS_MAX:
            self._refuse("too many connections")
            return
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(LOGON_SECONDS_MAX, self._refuse, "no logon in time")

    def data_received(self, data: bytes) -> None:
        if self.session:
            super().data_received(data)
            return
        self._first += data
        messages = [item for item in self._framer.receive(data) if not isinstance(item, Garbled)]
        if not messages:
            if len(self._first) > MESSAGE_BYTES_MAX:
                self._refuse("no logon in so many bytes")
            return
        found = self._acceptor.session_for(self._acceptor.sender(messages[0]))
        if isinstance(found, str):
            self._refuse(found)
            return
        self.session = found
        self._stop_waiting()
        self._take(found.connected(self._clock()))
        first, self._first = self._first, b""
        super().data_received(first)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._acceptor.went(self)
        super().connection_lost(exc)

    def _refuse(self, reason: str) -> None:
        self._acceptor.refused += 1
        self.cut(reason)

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
