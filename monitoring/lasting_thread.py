"""A thread for what comes at any time and is to wait for no task's turn."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from django.db import DatabaseError, connections

from riskgw.bus.connection import Unreachable

_log = logging.getLogger(__name__)


class Runner(Protocol):
    """What works for so many seconds, or until it is to stop."""

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> object: ...


class LastingThread:
    """Has a runner work until it is stopped."""

    def __init__(self, name: str, runner: Runner) -> None:
        self._name = name
        self._runner = runner
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Unless it is at work: called again, it begins anew what a fault has ended."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._forever, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _forever(self) -> None:
        try:
            self._runner.run(float("inf"), self._stopping.is_set)
        except (*Unreachable, DatabaseError) as error:
            _log.warning("%s goes on in a moment: %s", self._name, error)
        finally:
            connections.close_all()
