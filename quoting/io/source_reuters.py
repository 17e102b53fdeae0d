"""Reuters-like JSON by WebSocket."""

import os
import time
from collections.abc import Iterator

from quoting.domain.source_settings import SourceSettings
from quoting.io.source_link import Hear, StreamSource
from quoting.wire.sources.reuters import ReutersStream
from riskgw.messages.websocket import WebSocket, request

PATH = "/WebSocket"
NONCE_BYTES = 16


class ReutersSource(StreamSource):
    """One WebSocket; it is opened, and then logged on to."""

    def __init__(self, settings: SourceSettings, hear: Hear) -> None:
        super().__init__(settings, hear)
        self._stream = ReutersStream(settings)
        self._socket = WebSocket(bytes(NONCE_BYTES))

    def _begin(self) -> Iterator[bytes]:
        nonce = os.urandom(NONCE_BYTES)
        self._socket = WebSocket(nonce)
        self._stream = ReutersStream(self.settings, self._password())
        host = f"{self.settings.host}:{self.settings.port}"
        yield request(host, self.settings.path or PATH, nonce)

    def _received(self, data: bytes) -> Iterator[bytes]:
        for message in self._socket.receive(data):
            self._take(self._stream.receive(message, time.time_ns()))
        yield from self._socket.replies
        self._socket.replies.clear()
        if self._socket.is_open:
            yield from map(self._socket.text, self._stream.replies)
            self._stream.replies.clear()
