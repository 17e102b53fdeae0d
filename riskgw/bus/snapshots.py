"""Snapshots of a partition in a file, written by a forked child so that nobody waits for them."""

import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import date
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TypeVar

from riskgw.shards.snapshot import SnapshotDamaged, SnapshotMismatch

SECONDS_BETWEEN = 4.0
# A snapshot that takes long is taken less often, a tenth of the time; but what came since the
# last one has to be worked through again after a kill, while everybody waits. Late on a busy day
# it has to be more than a tenth, and never more than a quarter.
SHARE, SHARE_MAX = 0.1, 0.25
SECONDS_BETWEEN_MAX = 6.0
# All partitions begin with the day and would write at the same instants. Each lets another one go
# first for so long, and so leaves it a core.
PATIENCE_SECONDS = 1.0
# Whoever waits for an alert goes first.
_NICE = 10

WorkT = TypeVar("WorkT")
_log = logging.getLogger(__name__)


def rest_after(cpu_seconds: float) -> float:
    """Seconds until the next one, by what this one cost."""
    return max(min(cpu_seconds / SHARE, SECONDS_BETWEEN_MAX), cpu_seconds / SHARE_MAX)


class Snapshots:
    """The newest snapshot of one partition: a position, a line feed, the state."""

    def __init__(self, path: Path, seconds_between: float = SECONDS_BETWEEN) -> None:
        self._path = path
        self._seconds_between = seconds_between
        self._child = 0
        self._position = b""
        self._stored = b""
        self._next = 0.0
        # Since when there is something that the newest one does not hold.
        self._since: float | None = None
        self._day: date | None = None

    def newest(self, restored: Callable[[bytes], WorkT]) -> tuple[WorkT, bytes] | None:
        """State and position; None if there is none that this release can read."""
        gc.disable()
        try:
            position, _, state = self._path.read_bytes().partition(b"\n")
            work = restored(state)
        except FileNotFoundError:
            return None
        except (SnapshotDamaged, SnapshotMismatch) as error:
            _log.warning("%s: %s", self._path.name, error)
            return None
        finally:
            gc.enable()
        self._stored = position
        return work, position

    def take(self, position: bytes, dump: Callable[[], bytes], day: date | None = None) -> None:
        """Start a snapshot if it is time for one.

        Not with the first entry after a pause: what comes then may begin a new trading day, and
        the state of the old one takes long to write, to be of use to nobody.
        """
        if day != self._day:
            self._begin(day)
        now = time.monotonic()
        if self._child or position == self._stored:
            return
        if self._since is None:
            self._since = now
        due = max(self._next, self._since + self._seconds_between)
        if now < due:
            return
        turn = self._turn()
        if turn is None and now < due + PATIENCE_SECONDS:
            return
        self._position = position
        self._child = os.fork()
        if self._child:
            if turn is not None:
                os.close(turn)  # the child has it for as long as it lives
        else:
            status = 1
            os.nice(_NICE)
            gc.disable()  # half of the time would go into looking for garbage that is not there
            try:
                self._write(position, dump())
                status = 0
            finally:
                os._exit(status)

    def _turn(self) -> int | None:
        """The folder, held; None while another partition writes into it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            flock(folder, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(folder)
            return None
        return folder

    def _begin(self, day: date | None) -> None:
        """A day's state begins empty: what the old one's cost says nothing of it any more."""
        self._day, self._next = day, 0.0
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._part(self._child).unlink(missing_ok=True)
            self._child = 0

    def take_now(self, position: bytes, dump: Callable[[], bytes]) -> None:
        """Write one in this process."""
        if self._child:
            os.waitpid(self._child, 0)
            self._child = 0
        self._write(position, dump())

    def finished(self) -> bytes | None:
        """The position of a snapshot that has just been written: what is before it may go."""
        if not self._child:
            return None
        pid, status, used = os.wait4(self._child, os.WNOHANG)
        if not pid:
            return None
        self._child = 0
        # By its CPU time: how long it waited for a core says nothing about its share of one.
        rest = rest_after(used.ru_utime + used.ru_stime)
        self._next = time.monotonic() + max(self._seconds_between, rest)
        if status:
            _log.error("%s: not written, status %d", self._path.name, status)
            return None
        self._stored, self._since = self._position, None
        return self._position

    def _write(self, position: bytes, state: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._part(os.getpid())
        with new.open("wb") as file:
            file.write(position + b"\n" + state)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)

    def _part(self, pid: int) -> Path:
        """Where a process writes until all of it is there."""
        return self._path.with_suffix(f".{pid}")
