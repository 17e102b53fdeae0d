"""Turns of the writers of one database file, of all threads and processes of this host."""

import fcntl
import os
import time

# SQLite has a writer look again after as much as 100 ms, whoever came after it may have gone first.
LOOK_SECONDS = 0.001


class Turn:
    """Two locks beside the database. SQLite's own still decides: these only order the queue.

    Who stands at the door goes next, so that nobody writes twice while another waits.
    """

    def __init__(self, path: str, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._door, self._turn = _Lock(f"{path}-door"), _Lock(f"{path}-turn")

    @property
    def is_held(self) -> bool:
        return self._turn.is_held

    @property
    def is_next(self) -> bool:
        """Stands at the door."""
        return self._door.is_held

    def take(self) -> None:
        """Waits, but not for longer than SQLite would: then it goes on without."""
        ends = time.monotonic() + self._seconds_max
        if self._door.take(ends):
            self._turn.take(ends)
            self._door.give()

    def give(self) -> None:
        self._turn.give()

    def close(self) -> None:
        self._door.close()
        self._turn.close()


class _Lock:
    """A file that one opener holds."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1
        self.is_held = False

    def take(self, ends: float) -> bool:
        """False when the time is up."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while not self.is_held:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.is_held = True
            except BlockingIOError:
                if time.monotonic() >= ends:
                    return False
                time.sleep(LOOK_SECONDS)
        return True

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
