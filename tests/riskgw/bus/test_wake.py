"""Hints arrive, several in a moment as one, and nobody waits for them."""

import time
from collections.abc import Iterator

import pytest
from celery import Celery

from riskgw.bus.wake import GATHER_SECONDS, Waker
from riskgw.celery import DEFAULT_QUEUE
from tests.queue_server import QueueServer

NAME = "ledger.post"


def application(url: str) -> Celery:
    app = Celery("test", set_as_current=False)
    app.conf.update(
        broker_url=url.replace("unix://", "redis+socket://", 1), task_default_queue=DEFAULT_QUEUE
    )
    return app


@pytest.fixture
def waker(queue: QueueServer) -> Iterator[Waker]:
    app = application(queue.url)
    yield Waker(app)
    app.close()


def waiting(queue: QueueServer) -> int:
    with queue.client() as client:
        return int(client.llen(DEFAULT_QUEUE))


def settled(queue: QueueServer, count: int) -> int:
    """How many wait, once that many do, or after a while."""
    ends = time.monotonic() + 30
    while waiting(queue) < count and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(5 * GATHER_SECONDS)
    return waiting(queue)


def test_a_hint_is_a_task_in_the_queue(queue: QueueServer, waker: Waker) -> None:
    waker.ask(NAME)
    assert settled(queue, 1) == 1
    waker.ask(NAME)
    assert settled(queue, 2) == 2


def test_many_hints_in_a_moment_are_few(queue: QueueServer, waker: Waker) -> None:
    for _ in range(1000):
        waker.ask(NAME)
    assert 1 <= settled(queue, 1) <= 20


def test_without_a_queue_server_asking_costs_nothing_and_later_hints_arrive(
    queue: QueueServer, waker: Waker
) -> None:
    queue.kill()
    try:
        begun = time.monotonic()
        for _ in range(100):
            waker.ask(NAME)
        assert time.monotonic() - begun < 5
        time.sleep(5 * GATHER_SECONDS)
    finally:
        queue.start()
    ends = time.monotonic() + 30
    while not waiting(queue) and time.monotonic() < ends:
        waker.ask(NAME)
        time.sleep(0.1)
    assert waiting(queue) > 0
