"""One FIX connection on asyncio: two lanes out, the session's timers, a peer that stalls is cut."""

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from quoting.wire.fix.messages import BusinessMessage
from quoting.wire.fix.session import NotLoggedOn, Session
from quoting.wire.fix.steps import Close, Ending, Send, State, Step
from riskgw.kernel.times import NS_PER_SECOND

BUFFER_BYTES_MAX = 64 * 1024
# What a session may answer at once: all that is kept to be sent again, and some.
ANSWER_BYTES_MAX = 4 << 20


@dataclass(frozen=True)
class Limits:
    """When a peer that does not read is cut: by time, or by messages that wait."""

    stall_seconds: float = 5.0
    waiting_max: int = 10_000


class Listener(Protocol):
    """Who uses connections; called in the event loop, in the order of what happens."""

    def on_step(self, connection: "FixConnection", step: Step) -> None:
        """Anything but bytes to be sent, which the connection sees to."""

    def on_closed(self, connection: "FixConnection", reason: str) -> None:
        """Once a connection, after the last step."""


class Stalled(ConnectionError):
    """The peer does not take what it is sent; its connection was cut."""


class SteadyClock:
    """Nanoseconds since 1970 that no adjustment of the machine's clock moves back."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def __call__(self) -> int:
        return time.monotonic_ns() + self._offset_ns


class FixConnection(asyncio.Protocol):
    """Between a transport and a session.

    Numbers are given when a message leaves its lane, so that a withdrawal overtakes the prices
    that wait.
    """

    def __init__(self, session: Session | None, listener: Listener, limits: Limits) -> None:
        self.session = session
        self._listener = listener
        self._limits = limits
        self._clock = SteadyClock()
        self._urgent: deque[BusinessMessage] = deque()
        self._usual: deque[BusinessMessage] = deque()
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._stall: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_ns = 0
        self._reason = ""
        # Called when a peer that did not read has taken all that waited.
        self.on_room: Callable[[], None] | None = None

    # What the engine calls

    @property
    def is_logged_on(self) -> bool:
        return self.session is not None and self.session.state is State.ACTIVE

    @property
    def waiting(self) -> int:
        """Messages that have not left their lane."""
        return len(self._urgent) + len(self._usual)

    @property
    def takes_more(self) -> bool:
        """Whether a message is written at once, and does not wait in its lane."""
        return self.is_logged_on and not self._is_paused and not self.waiting

    def send(self, message: BusinessMessage, *, urgent: bool = False) -> None:
        """Write it now, or as soon as the peer reads on: what is urgent before all that waits."""
        if not self.is_logged_on:
            raise NotLoggedOn(type(message).__name__)
        if self.waiting >= self._limits.waiting_max:
            reason = f"stalled: {self.waiting} messages wait"
            self.cut(reason)
            raise Stalled(reason)
        (self._urgent if urgent else self._usual).append(message)
        self._drain()

    def logout(self, text: str = "") -> None:
        if self.session:
            self._take(self.session.logout(text, self._clock()))
            self._arm()

    def cut(self, reason: str) -> None:
        """End it now; what was to be sent is dropped."""
        self._reason = self._reason or reason
        if self._transport:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=BUFFER_BYTES_MAX)
        # What the kernel has taken cannot be overtaken: little of it, when the peer reads slowly.
        connected: socket.socket = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES_MAX)
        self._transport = transport
        if self.session:
            self._take(self.session.connected(self._clock()))
        self._arm()

    def data_received(self, data: bytes) -> None:
        if self.session:
            self._take(self.session.receive(data, self._clock()))
            self._arm()

    def pause_writing(self) -> None:
        self._is_paused = True
        self._wait_for_reader()

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._stall and self._transport and not self._transport.is_closing():
            self._stall.cancel()
        self._drain()
        if self.on_room and self.takes_more:
            self.on_room()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._stall, self._timer):
            if timer:
                timer.cancel()
        self._urgent.clear()
        self._usual.clear()
        self._transport = None
        if self.session:
            self.session.lost()
        lost = str(exc) if exc else "the peer closed the connection"
        self._listener.on_closed(self, self._reason or lost)

    # Between them

    def _wait_for_reader(self) -> None:
        if self._stall:
            self._stall.cancel()
        seconds = self._limits.stall_seconds
        loop = asyncio.get_running_loop()
        self._stall = loop.call_later(seconds, self.cut, f"stalled: reads nothing for {seconds} s")

    def _drain(self) -> None:
        while not self._is_paused and self.is_logged_on:
            lane = self._urgent or self._usual
            if not lane:
                return
            assert self.session
            self._take(self.session.send(lane.popleft(), self._clock()))

    def _take(self, steps: Iterable[Step]) -> None:
        # All bytes first: what the listener answers has later numbers than what is written here.
        others = []
        for step in steps:
            if isinstance(step, Send):
                self._write(step.data)
            else:
                others.append(step)
        for step in others:
            self._listener.on_step(self, step)
            if isinstance(step, Close):
                self._close(step)

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > ANSWER_BYTES_MAX:
            self.cut("stalled: asks for more than it reads")
            return
        self._transport.write(data)

    def _close(self, step: Close) -> None:
        self._reason = self._reason or f"{step.ending.value}: {step.text}".rstrip(": ")
        if self._transport is None:
            return
        if step.ending is Ending.SILENT:
            self._transport.abort()
            return
        self._transport.close()
        # It waits for what is written to be read.
        self._wait_for_reader()

    def _arm(self) -> None:
        """Wake when the session has something to do; what is sent and heard only puts that off."""
        due_ns = self.session.next_timer_ns if self.session else None
        if due_ns is None or self._transport is None:
            return
        if self._timer:
            if self._armed_ns <= due_ns:
                return
            self._timer.cancel()
        self._armed_ns = due_ns
        seconds = max(due_ns - self._clock(), 0) / NS_PER_SECOND
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self.session:
            self._take(self.session.tick(self._clock()))
            self._arm()
