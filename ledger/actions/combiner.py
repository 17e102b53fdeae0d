"""Work that many ask for at once is done together: one commit for all who wait."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import DatabaseError

QUEUE_MAX = 20_000
# Who was in the last batch may come again at once: without them the next would be a commit of one.
LATE_SECONDS = 0.02
LINGER_SECONDS, LOOK_SECONDS = 0.001, 0.00005

Item = TypeVar("Item")
Result = TypeVar("Result")


class TooBusy(RuntimeError):
    """More waits than will be done soon."""


class BatchLost(RuntimeError):
    """Another's request broke the batch; nothing of it is stored, and it may be tried again."""


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass
class _Group(Generic[Item, Result]):
    """What one caller asked for; the lock opens when it is done, or is the caller's to do."""

    items: Sequence[Item]
    is_leading: bool = False
    is_done: bool = False
    result: Result | None = None
    fault: Exception | None = None
    turn: threading.Lock = field(default_factory=_closed)


class Combiner(Generic[Item, Result]):
    """Whoever comes first works for all who wait, then leaves the lead to the first of the rest.

    `work` does a batch in one commit; every caller of the batch gets its result.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Result], batch_max: int) -> None:
        self._work = work
        self._batch_max = batch_max
        self._lock = threading.Lock()
        self._waiting: list[_Group[Item, Result]] = []
        self._size = 0
        self._is_led = False
        # The last batch: how many asked for it, and until when they are waited for.
        self._last, self._lingers_until = 0, 0.0
        self._begun = 0.0

    @property
    def is_late(self) -> bool:
        """Whether the batch under way takes longer than one should."""
        return self._is_led and time.monotonic() - self._begun > LATE_SECONDS

    def ask(self, items: Sequence[Item]) -> Result:
        group: _Group[Item, Result] = _Group(items)
        with self._lock:
            if self._size + len(items) > QUEUE_MAX:
                raise TooBusy(f"{self._size} are waiting")
            self._waiting.append(group)
            self._size += len(items)
            if not self._is_led:
                group.is_leading, self._begun = True, time.monotonic()
            self._is_led = True
        if not group.is_leading:
            group.turn.acquire()
        if not group.is_done:
            self._lead()
        if group.fault is not None:
            raise group.fault
        assert group.result is not None
        return group.result

    def _lead(self) -> None:
        """One batch, in which the leader's own is the first."""
        self._linger()
        batch = self._taken()
        result: Result | None = None
        fault: Exception | None = BatchLost("the batch broke off")
        try:
            result = self._work([item for group in batch for item in group.items])
            fault = None
        except (DatabaseError, BatchLost) as error:
            fault = error
        finally:
            self._last, self._lingers_until = len(batch), time.monotonic() + LINGER_SECONDS
            self._pass_on()
            for group in batch:
                group.result, group.fault, group.is_done = result, fault, True
                if not group.is_leading:
                    group.turn.release()

    def _linger(self) -> None:
        while len(self._waiting) < self._last and time.monotonic() < self._lingers_until:
            time.sleep(LOOK_SECONDS)

    def _taken(self) -> list[_Group[Item, Result]]:
        with self._lock:
            count, size = 0, 0
            for group in self._waiting:
                if count and size + len(group.items) > self._batch_max:
                    break
                count, size = count + 1, size + len(group.items)
            batch = self._waiting[:count]
            del self._waiting[:count]
            self._size -= size
            return batch

    def _pass_on(self) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
            if following:
                following.is_leading, self._begun = True, time.monotonic()
                following.turn.release()
