"""Deliverers: threads that call programs and people, so that nobody who hangs holds up a worker."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial

from django.db import connections
from django.utils import timezone

from monitoring.actions.deliver_notifications import channels_due, deliver_notifications
from monitoring.actions.deliver_webhooks import deliver_webhooks, endpoints_due
from monitoring.actions.enqueue_webhook import DELIVERIES
from riskgw.bus.connection import connect_once

# So many endpoints and channels at once; the others wait for a thread.
THREADS = 8
LISTEN_SECONDS = 1.0

Place = tuple[str, int]
_LOOK: Place = ("look", 0)


class Deliverers:
    """Those of one process; leases keep apart those of several.

    Threads keep their connections to the database: opening one takes as long as a call.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="look")
        self._busy: set[Place] = set()
        self._again: set[Place] = set()
        self._lock = threading.Lock()
        self._is_over = False

    def deliver_to(self, endpoints: Iterable[int]) -> None:
        """Begin with what waits for these; returns at once."""
        for pk in endpoints:
            self._begin(("webhook", pk), partial(deliver_webhooks, pk), self._pool)

    def look(self) -> None:
        """Begin with whatever is due and not begun; returns at once."""
        self._begin(_LOOK, self._look, self._looker)

    def wait(self) -> None:
        """Until all that was begun is done; for tests and for the end of a process."""
        if not self._is_over:
            self._is_over = True
            _end(self._looker, 1)
            _end(self._pool, THREADS)

    def _look(self) -> None:
        # Counters before people.
        self.deliver_to(endpoints_due(timezone.now()))
        for pk in channels_due(timezone.now()):
            self._begin(("channel", pk), partial(deliver_notifications, pk), self._pool)

    def _begin(self, place: Place, work: Callable[[], object], threads: Executor) -> None:
        with self._lock:
            if place in self._busy:
                # What came while its last message was being looked for would wait a second.
                self._again.add(place)
                return
            self._busy.add(place)
        threads.submit(self._work, place, work)

    def _work(self, place: Place, work: Callable[[], object]) -> None:
        is_done = False
        try:
            while not is_done:
                work()
                with self._lock:
                    is_done = place not in self._again
                    self._again.discard(place)
                    if is_done:
                        self._busy.discard(place)
        finally:
            if not is_done:
                with self._lock:
                    self._busy.discard(place)
                # It may have been the connection.
                connections.close_all()


class DeliveryHints:
    """Begins with what others have just stored."""

    def __init__(self, deliverers: Deliverers) -> None:
        self._deliverers = deliverers

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """For so long; what was stored before it listens is looked for once."""
        ends = time.monotonic() + seconds
        with connect_once() as client, client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(DELIVERIES)
            self._deliverers.look()
            while time.monotonic() < ends and not is_stopping():
                hint = channel.get_message(timeout=LISTEN_SECONDS)
                if hint is not None:
                    self._follow(hint["data"].decode())
        return True

    def _follow(self, hint: str) -> None:
        if endpoints := [int(pk) for pk in hint.split()]:
            self._deliverers.deliver_to(endpoints)
        else:
            self._deliverers.look()


def _end(threads: ThreadPoolExecutor, count: int) -> None:
    """Each thread closes its connections when it has nothing left to do."""
    together = threading.Barrier(count)

    def close() -> None:
        together.wait()
        connections.close_all()

    for _ in range(count):
        threads.submit(close)
    threads.shutdown()
