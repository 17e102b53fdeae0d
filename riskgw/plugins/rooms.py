"""Threads in which code from outside the product runs, so that it holds up nobody but itself.

Python can stop no thread: one that does not come back keeps its place until the process ends.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from django.db import connections

Result = TypeVar("Result")
_Task = tuple["Future[Any]", Callable[[], Any]]


class Full(Exception):
    """All places are taken by work that has not come back."""


class Room:
    """A few threads, begun when they are first needed; they hold up no process that ends."""

    def __init__(self, name: str, threads_max: int) -> None:
        self._name = name
        self._threads_max = threads_max
        self._threads = 0
        self._busy = 0
        self._lock = threading.Lock()
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()

    @property
    def busy(self) -> int:
        """How much work is under way."""
        return self._busy

    def begin(self, work: Callable[[], Result]) -> "Future[Result]":
        with self._lock:
            if self._busy >= self._threads_max:
                raise Full(f"{self._busy} calls of {self._name} have not come back")
            self._busy += 1
            is_new = self._busy > self._threads
            self._threads += is_new
        future: Future[Result] = Future()
        self._tasks.put((future, work))
        if is_new:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def close(self) -> None:
        """Threads end when they have done what was begun."""
        for _ in range(self._threads):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._do(*task)
            # What was done is not kept while nothing is to do.
            del task
        connections.close_all()

    def _do(self, future: "Future[Any]", work: Callable[[], Any]) -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:  # also one who wants to end the process
            failure = error
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()
        with self._lock:
            self._busy -= 1
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)
        # The failure's traceback has this frame, which would keep it alive, and the work with it.
        del future, work, result, failure
