"""Hints: have a Celery task run soon, by name. They may be lost or repeated; nobody waits."""

import logging
import threading

from celery import Celery, current_app
from kombu.exceptions import OperationalError

# Hints of one name within this time are one.
GATHER_SECONDS = 0.02
# A hint that could not be followed by then is followed by the next.
EXPIRES_SECONDS = 5

_log = logging.getLogger(__name__)


class Waker:
    """A thread that sends what was asked for, so that no request waits for the queue server."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._names: set[str] = set()
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, name: str) -> None:
        with self._lock:
            self._names.add(name)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._send, name="wake", daemon=True)
                self._thread.start()
        self._asked.set()

    def _send(self) -> None:
        pause = threading.Event()
        while True:
            self._asked.wait()
            self._asked.clear()
            with self._lock:
                names, self._names = self._names, set()
            for name in names:
                try:
                    self._app.send_task(name, expires=EXPIRES_SECONDS, retry=False)
                except OperationalError as error:
                    _log.warning("%s is not woken: %s", name, error)
            # The first hint goes at once; those after it gather.
            pause.wait(GATHER_SECONDS)


_waker = Waker(current_app)


def wake(name: str) -> None:
    """Returns at once."""
    _waker.ask(name)
