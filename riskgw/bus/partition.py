"""One partition of a stage: reads its stream, works, publishes; recovers what it was.

State is a snapshot and the entries behind it. Start and recovery are the same: read the newest
snapshot, work through the entries up to the checkpoint without publishing, go on.
"""

import gc
import logging
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from riskgw.bus.connection import Client, Line, connect
from riskgw.bus.figures import Figures
from riskgw.bus.garbage import set_aside
from riskgw.bus.lease import Lease
from riskgw.bus.snapshots import Snapshots
from riskgw.bus.streams import (
    BLOCK_MS,
    START,
    STREAM_ENTRIES_MAX,
    Entry,
    Fenced,
    Step,
    checkpoint_key,
    commit_and_read,
    is_behind,
    read,
    replayed,
    wait_for_room,
)

_RENEW_SECONDS = 1.0
_UNCOMMITTED_SECONDS_MAX = 0.1

_log = logging.getLogger(__name__)


class Work(Protocol):
    """What a partition does with its entries: state inside, steps out, nothing else touched."""

    def take(self, blob: bytes) -> Step: ...

    def retake(self, blob: bytes) -> None:
        """The same, where what it led to is published already."""

    @property
    def day(self) -> date | None:
        """The trading day of the state: with another one it has begun empty."""

    def dump(self) -> bytes:
        """The state, for `Stage.restored`."""

    def figures(self) -> dict[str, Any]:
        """Counts for the health page."""


class Stage(Protocol):
    """How a partition is named, what it reads, and how its work begins."""

    name: str
    stream: str

    def fresh(self) -> Work: ...

    def restored(self, state: bytes) -> Work: ...


class Partition:
    """Lives as long as its process; a slice at a time, as long as it holds the lease."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._client: Client = connect()
        self._line = Line(self._client)
        self._lease = Lease(self._client, stage.name)
        self._snapshots = Snapshots(folder / f"{stage.name}.snapshot")
        self._work: Work | None = None
        self._position = self._checkpoint = START
        # Behind the position, read already.
        self._ahead: list[Entry] = []
        self._committed_at = 0.0
        self._token: bytes | None = None
        self._renew_at = 0.0
        self._figures = Figures(self._client, stage.name)

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """One slice; False if somebody else holds the lease."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not is_stopping():
            if not self._is_ours():
                return False
            assert self._work is not None
            try:
                self._turn(self._work)
            except Fenced:
                _log.warning("%s: another process has taken over", self._stage.name)
        if is_stopping():
            self._stop()
        return True

    def _is_ours(self) -> bool:
        """Hold the lease, and the state that belongs to it."""
        now = time.monotonic()
        if self._work is not None and now < self._renew_at:
            return True
        self._renew_at = now + _RENEW_SECONDS
        # A day's state has no cycles: looking through all of it for some takes 0.25 s.
        set_aside()
        if not self._lease.acquire():
            self._work = None
            return False
        if self._work is None or self._lease.token != self._token:
            self._recover()
            self._token = self._lease.token
        return True

    def _turn(self, work: Work) -> None:
        entries = self._ahead or read(self._line, self._stage.stream, self._position, BLOCK_MS)
        self._ahead = []
        if entries or self._position != self._checkpoint:
            # Until all is published the state is ahead of what was: nobody may go on from it.
            self._work = None
            steps = [work.take(blob) for _, blob in entries]
            if entries:
                self._position = entries[-1][0]
            if not entries or _leads_to_something(steps) or self._is_far_ahead():
                self._publish(steps)
            self._work = work
        if trimmed := self._snapshots.finished():
            self._client.xtrim(self._stage.stream, minid=trimmed.decode(), approximate=False)
        self._snapshots.take(self._position, work.dump, work.day)
        self._figures.show(work.figures)

    def _is_far_ahead(self) -> bool:
        """Entries that lead to nothing need no checkpoint: who recovers may take them again."""
        return time.monotonic() > self._committed_at + _UNCOMMITTED_SECONDS_MAX

    def _publish(self, steps: list[Step]) -> None:
        position = self._position
        reached = self._stage.stream, position
        longest, self._ahead = commit_and_read(
            self._line, self._lease, self._stage.name, reached, steps
        )
        self._checkpoint, self._committed_at = position, time.monotonic()
        if longest > STREAM_ENTRIES_MAX:
            written = {name for step in steps for name, _ in step.blobs}
            wait_for_room(self._client, self._lease, written)

    def _recover(self) -> None:
        started = time.monotonic()
        self._ahead = []
        checkpoint = self._client.get(checkpoint_key(self._stage.name)) or START
        held = self._snapshots.newest(self._stage.restored)
        work, self._position = held if held else (self._stage.fresh(), START)
        # Neither it nor what follows is looked through for garbage while everybody waits.
        gc.freeze()
        renewed = started
        count = 0
        for position, blob in replayed(
            self._client, self._stage.stream, self._position, checkpoint
        ):
            work.retake(blob)
            self._position = position
            count += 1
            if time.monotonic() - renewed > _RENEW_SECONDS:
                self._lease.acquire()
                renewed = time.monotonic()
        if is_behind(self._position, checkpoint):
            _log.error("%s: entries before %r are gone", self._stage.name, checkpoint)
            self._position = checkpoint
        self._work, self._checkpoint = work, checkpoint
        seconds = time.monotonic() - started
        _log.warning("%s: taken over, %d entries in %.2f s", self._stage.name, count, seconds)

    def _stop(self) -> None:
        """An orderly end: the next process starts from here."""
        if self._work is not None and self._lease.token is not None:
            self._snapshots.take_now(self._position, self._work.dump)
        self._lease.release()
        self._work = None


def _leads_to_something(steps: list[Step]) -> bool:
    return any(step.blobs or step.live for step in steps)
