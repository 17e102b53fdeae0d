"""One socket as the hub sees it: what waits to be written, and one task that writes it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from riskgw.web.origins import Part

LOG_FRAMES_MAX = 256
REPLIES_MAX = 256
WRITE_SECONDS_MAX = 5
TOO_SLOW = 4008

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Client:
    """A slot for each state topic, a bounded queue for each log topic, and the replies.

    It is cut when a queue is full or a write does not end; nobody else waits for it.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._replies: deque[str] = deque()
        self._logs: dict[str, deque[str]] = {}
        self._states: dict[str, str | Part] = {}
        self._wake = asyncio.Event()
        self._write_began: float | None = None
        self._closing: asyncio.Task[None] | None = None
        self._writing = asyncio.create_task(self._write())

    def reply(self, frame: str) -> None:
        self._add(self._replies, frame, REPLIES_MAX)

    def log(self, topic: str, frame: str) -> None:
        self._add(self._logs.setdefault(topic, deque()), frame, LOG_FRAMES_MAX)

    def state(self, topic: str, frame: str | Part) -> None:
        """The newest replaces what waits; a part becomes one with it."""
        if self._closing is None:
            waiting = self._states.get(topic)
            if isinstance(frame, Part) and isinstance(waiting, Part):
                frame = frame.after(waiting)
            self._states[topic] = frame
            self._wake.set()

    def forget(self, topic: str) -> None:
        """Nothing of this topic is written any more."""
        self._logs.pop(topic, None)
        self._states.pop(topic, None)

    def check(self, now: float) -> None:
        """Cut a client whose write has not ended in time."""
        if self._write_began is not None and now - self._write_began > WRITE_SECONDS_MAX:
            self.close(TOO_SLOW)

    def close(self, code: int) -> None:
        """Write no more and say why; the socket's end comes back as a disconnect."""
        if self._closing is None:
            self._writing.cancel()
            self._replies.clear()
            self._logs.clear()
            self._states.clear()
            self._closing = asyncio.ensure_future(_closed(self._send, code))

    def end(self) -> None:
        """The socket is gone."""
        self._writing.cancel()

    def _add(self, queue: deque[str], frame: str, frames_max: int) -> None:
        if self._closing is not None:
            return
        queue.append(frame)
        self._wake.set()
        if len(queue) > frames_max:
            self.close(TOO_SLOW)

    async def _write(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (frame := self._next()) is not None:
                self._write_began = clock()
                await self._send({"type": "websocket.send", "text": frame})
                self._write_began = None

    def _next(self) -> str | None:
        """Replies first: the answer to a subscription comes before its first message."""
        if self._replies:
            return self._replies.popleft()
        for queue in self._logs.values():
            if queue:
                return queue.popleft()
        if self._states:
            state = self._states.pop(next(iter(self._states)))
            return state.text if isinstance(state, Part) else state
        return None


async def _closed(send: Send, code: int) -> None:
    message: Mapping[str, Any] = {"type": "websocket.close", "code": code}
    await send(dict(message))
