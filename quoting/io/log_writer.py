"""Writes what the engine decided in a thread of its own: a disk that stalls holds up nothing else.

One batch is on its way at a time; what comes meanwhile is the next. A disk that takes nothing, or
is not done in time, is said, tried again now and then, and said when it is done.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread
from typing import NamedTuple

from quoting.io.decision_log import DecisionLog, Lines
from quoting.io.position_file import PositionFile

RETRY_SECONDS, STALL_SECONDS = 0.5, 3.0
# At the end; a disk that stalls then may keep what it has not taken.
JOIN_SECONDS_MAX = 5.0


class Batch(NamedTuple):
    """Lines of the log, and what is held now, where somebody dealt."""

    lines: Lines
    positions: bytes | None = None


class LogWriter:
    """`on_written` and `on_trouble` are called in the loop that handed the batch over."""

    def __init__(
        self,
        log: DecisionLog,
        on_written: Callable[[], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self.positions: PositionFile | None = None
        self.is_busy = False
        self.stall_seconds = STALL_SECONDS
        self._log = log
        self._on_written = on_written
        self._on_trouble = on_trouble
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._ending = Event()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._began = 0.0

    def hand(self, batch: Batch) -> None:
        """Only when it is not busy."""
        assert not self.is_busy
        self.is_busy = True
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = Thread(target=self._run, name="decision log", daemon=True)
            self._thread.start()
        assert self._loop is not None
        self._began = self._loop.time()
        self._batches.put(batch)
        if self._patience is None:
            self._patience = self._loop.call_later(self.stall_seconds, self._look)

    def close(self) -> bool:
        """Whether nobody writes any more: a disk that stalls may keep the thread."""
        if self._patience is not None:
            self._patience.cancel()
        if self._thread is None:
            return True
        self._ending.set()
        self._batches.put(None)
        self._thread.join(JOIN_SECONDS_MAX)
        return not self._thread.is_alive()

    # In the loop

    def _look(self) -> None:
        """A timer for many batches: one each would cost more than to write them."""
        self._patience = None
        if not self.is_busy:
            return
        assert self._loop is not None
        left = self._began + self.stall_seconds - self._loop.time()
        if left <= 0:
            self._on_trouble(f"the disk has taken nothing for {self.stall_seconds:g} s")
            left = self.stall_seconds
        self._patience = self._loop.call_later(left, self._look)

    def _written(self) -> None:
        self.is_busy = False
        self._on_written()

    # In the thread

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            if self._store(batch):
                self._say(self._written)

    def _store(self, batch: Batch) -> bool:
        lines = batch.lines
        while True:
            try:
                self._log.write(lines)
                if batch.positions is not None and self.positions is not None:
                    self.positions.write(batch.positions)
            except OSError as error:
                # The log keeps what is left of them.
                lines = Lines(b"", lines.at_ns)
                self._say(self._on_trouble, str(error))
                if self._ending.wait(RETRY_SECONDS):
                    return False
            else:
                return True

    def _say(self, what: Callable[..., None], *arguments: str) -> None:
        assert self._loop is not None
        if not self._ending.is_set():
            self._loop.call_soon_threadsafe(what, *arguments)
