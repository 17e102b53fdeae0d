"""Turns of the writers of one database file, of all threads and processes of this host."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

# SQLite has a writer look again after as much as 100 ms, whoever came after it may have gone first.
LOOK_SECONDS = 0.001

_is_ahead: ContextVar[bool] = ContextVar("is_ahead", default=False)


@contextmanager
def ahead() -> Iterator[None]:
    """What is written within goes before all that stands at no door yet: counters wait for it."""
    before = _is_ahead.set(True)
    try:
        yield
    finally:
        _is_ahead.reset(before)


class Turn:
    """Three locks beside the database. SQLite's own still decides: these only order the queue.

    Who stands at the door goes next, so that nobody writes twice while another waits. While
    somebody is in a hurry, only those who are step up to the door.
    """

    def __init__(self, path: str, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._hurry = _Lock(f"{path}-hurry")
        self._door, self._turn = _Lock(f"{path}-door"), _Lock(f"{path}-turn")

    @property
    def is_held(self) -> bool:
        return self._turn.is_held

    @property
    def is_next(self) -> bool:
        """Stands at the door."""
        return self._door.is_held

    @property
    def is_calm(self) -> bool:
        """Whether nobody who goes ahead waits."""
        return self._hurry.is_free()

    def take(self) -> None:
        """Waits, but not for longer than SQLite would: then it goes on without."""
        ends = time.monotonic() + self._seconds_max
        if is_ahead := _is_ahead.get():
            _wait(lambda: self._hurry.take(fcntl.LOCK_SH), ends)
        if _wait(lambda: (is_ahead or self.is_calm) and self._door.take(), ends):
            _wait(self._turn.take, ends)
            self._door.give()
        self._hurry.give()

    def give(self) -> None:
        self._turn.give()

    def close(self) -> None:
        for lock in (self._hurry, self._door, self._turn):
            lock.close()


class _Lock:
    """A file that one opener holds, or several share."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1
        self.is_held = False

    def take(self, kind: int = fcntl.LOCK_EX) -> bool:
        """At once or not at all."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
            self.is_held = True
        return self.is_held

    def is_free(self) -> bool:
        """Two who ask in the same moment may each be told that it is not."""
        is_free = self.take()
        self.give()
        return is_free

    def give(self) -> None:
        if self.is_held:
            # Not by closing: a child of a fork may have the same open file.
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self.is_held = False

    def close(self) -> None:
        self.give()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _wait(is_done: Callable[[], bool], ends: float) -> bool:
    """Looks often; False when the time is up."""
    while not is_done():
        if time.monotonic() >= ends:
            return False
        time.sleep(LOOK_SECONDS)
    return True
