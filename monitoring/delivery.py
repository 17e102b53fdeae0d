"""Deliverers: threads that call programs and people, so that nobody who hangs holds up a worker."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import connections
from django.utils import timezone

from monitoring.actions.deliver_notifications import channels_due, deliver_notifications
from monitoring.actions.deliver_webhooks import deliver_webhooks, endpoints_due

# So many endpoints and channels at once; the others wait for a thread.
THREADS = 8

Place = tuple[str, int]


class Deliverers:
    """Those of one process; a lease in the database keeps apart those of several."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._busy: set[Place] = set()
        self._again: set[Place] = set()
        self._lock = threading.Lock()

    def look(self) -> None:
        """Begin with whatever is due and not begun; returns at once."""
        now = timezone.now()
        for pk in endpoints_due(now):
            self._begin(("webhook", pk), partial(deliver_webhooks, pk))
        for pk in channels_due(now):
            self._begin(("channel", pk), partial(deliver_notifications, pk))

    def wait(self) -> None:
        """Until all that was begun is done; for tests and for the end of a process."""
        self._pool.shutdown()

    def _begin(self, place: Place, work: Callable[[], int]) -> None:
        with self._lock:
            if place in self._busy:
                # What came while its last message was being looked for would wait a second.
                self._again.add(place)
                return
            self._busy.add(place)
        self._pool.submit(self._work, place, work)

    def _work(self, place: Place, work: Callable[[], int]) -> None:
        try:
            while True:
                work()
                with self._lock:
                    if place not in self._again:
                        self._busy.discard(place)
                        return
                    self._again.discard(place)
        finally:
            with self._lock:
                self._busy.discard(place)
            connections.close_all()
