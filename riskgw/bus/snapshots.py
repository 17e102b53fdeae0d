"""Snapshots of a partition in a file, written by a forked child so that nobody waits for them."""

import gc
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from riskgw.shards.snapshot import SnapshotDamaged, SnapshotMismatch

SECONDS_BETWEEN = 3.0
# A snapshot that takes long is taken less often: at most this part of the time.
SHARE_MAX = 0.1
# Whoever waits for an alert goes first.
_NICE = 10

WorkT = TypeVar("WorkT")
_log = logging.getLogger(__name__)


class Snapshots:
    """The newest snapshot of one partition: a position, a line feed, the state."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._child = 0
        self._position = b""
        self._stored = b""
        self._next = 0.0

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

    def take(self, position: bytes, dump: Callable[[], bytes]) -> None:
        """Start a snapshot if it is time for one."""
        now = time.monotonic()
        if self._child or now < self._next or position == self._stored:
            return
        self._position = position
        self._child = os.fork()
        if not self._child:
            status = 1
            os.nice(_NICE)
            gc.disable()  # half of the time would go into looking for garbage that is not there
            try:
                self._write(position, dump())
                status = 0
            finally:
                os._exit(status)

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
        cpu_seconds = used.ru_utime + used.ru_stime
        self._next = time.monotonic() + max(SECONDS_BETWEEN, cpu_seconds / SHARE_MAX)
        if status:
            _log.error("%s: not written, status %d", self._path.name, status)
            return None
        self._stored = self._position
        return self._position

    def _write(self, position: bytes, state: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}")
        with new.open("wb") as file:
            file.write(position + b"\n" + state)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
