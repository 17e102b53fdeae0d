"""Daphne with back-pressure: `python -m riskgw.web.server`, with Daphne's own options.

Daphne's `send` returns at once, however much waits for a client that does not read. Here it waits
until Twisted says that the socket takes more (its buffer is below 64 KB). docs/decisions/0010.
"""

import asyncio
import os
import sys
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

# The replica's thread works all the time; sockets wait no longer for it than this.
SWITCH_SECONDS = 0.0005
# So long one who does not read may take to hear why they are cut.
CLOSE_SECONDS_MAX = 5
# With PostgreSQL, unless the environment says another number.
DATABASE_CONNECTIONS = 20


@implementer(IPushProducer)
class Gate:
    """Open while the socket takes more; Twisted opens and shuts it."""

    def __init__(self) -> None:
        self.is_open = True
        self._opened = asyncio.Event()

    def pauseProducing(self) -> None:  # noqa: N802  # Twisted's name
        self.is_open = False
        self._opened.clear()

    def resumeProducing(self) -> None:  # noqa: N802  # Twisted's name
        self.is_open = True
        self._opened.set()

    def stopProducing(self) -> None:  # noqa: N802  # Twisted's name
        self.resumeProducing()

    async def wait(self) -> None:
        await self._opened.wait()


class BackPressureServer(Server):
    """Sockets get a gate when they are accepted; a message sent waits at it afterwards.

    What goes to many sockets is the same text: its frame is built once.
    """

    def run(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._gates: dict[WebSocketProtocol, Gate] = {}
        self._text, self._frame = "", b""
        super().run()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        gate = self._gates.get(protocol)
        if gate is not None and message["type"] == "websocket.send":
            if protocol.state == WebSocketProtocol.STATE_OPEN:
                protocol.transport.write(self._frame_of(message["text"]))
            if not gate.is_open:
                await gate.wait()
            return
        await super().handle_reply(protocol, message)
        if message["type"] == "websocket.accept" and protocol.transport is not None:
            self._gates[protocol] = gate = Gate()
            protocol.closeHandshakeTimeout = CLOSE_SECONDS_MAX
            # The HTTP side of the connection is over, and its producer with it.
            protocol.transport.unregisterProducer()
            protocol.transport.registerProducer(gate, streaming=True)

    def _frame_of(self, text: str) -> bytes:
        if text is not self._text:
            prepared = self.ws_factory.prepareMessage(text.encode(), isBinary=False)
            self._text, self._frame = text, prepared.payloadHybi
        return self._frame

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        if gate := self._gates.pop(protocol, None):
            gate.resumeProducing()


class ServerCommand(CommandLineInterface):
    """Daphne's command line for this server."""

    server_class = BackPressureServer


if __name__ == "__main__":
    os.environ.setdefault("RISKGW_DATABASE_CONNECTIONS", str(DATABASE_CONNECTIONS))
    ServerCommand.entrypoint()
