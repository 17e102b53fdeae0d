"""Requests borrow threads that last; nobody waits for a thread that somebody else has."""

import asyncio
import threading
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async

from riskgw.web.request_threads import RequestThreads

pytestmark = pytest.mark.asyncio
SECONDS_MAX = 20


class Site:
    """As Django does it: a context for each request, in which all that waits is done."""

    def __init__(self) -> None:
        # Themselves: the number of one that has ended is given to another.
        self.threads: list[threading.Thread] = []
        self.gate = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext():
            await sync_to_async(self._work)(scope["path"])

    def _work(self, path: str) -> None:
        self.threads.append(threading.current_thread())
        if path == "/slow":
            assert self.gate.wait(SECONDS_MAX)


async def asked(lent: RequestThreads, path: str = "/") -> None:
    await asyncio.wait_for(lent({"path": path}, None, None), SECONDS_MAX)


async def asked_until_in(lent: RequestThreads, site: Site, thread: threading.Thread) -> None:
    """It is lent again a moment after its request."""
    async with asyncio.timeout(SECONDS_MAX):
        await asked(lent)
        while site.threads[-1] is not thread:
            await asyncio.sleep(0.01)
            await asked(lent)


async def begun(site: Site, count: int) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while len(site.threads) < count:  # noqa: ASYNC110  # another thread's work
            await asyncio.sleep(0.001)


async def test_one_after_the_other_runs_in_the_same_thread() -> None:
    site = Site()
    lent = RequestThreads(site, 1)
    await asked(lent)
    first = site.threads[0]
    assert first is not threading.current_thread()
    for _ in range(3):
        await asked_until_in(lent, site, first)


async def test_those_at_once_wait_for_none_of_each_other_however_many() -> None:
    site = Site()
    lent = RequestThreads(site, 2)
    requests = [asyncio.create_task(asked(lent, "/slow")) for _ in range(4)]
    await begun(site, 4)
    assert len(set(site.threads)) == 4
    site.gate.set()
    await asyncio.gather(*requests)


async def test_the_thread_of_a_request_that_was_given_up_is_not_lent_while_it_works() -> None:
    site = Site()
    lent = RequestThreads(site, 1)
    request = asyncio.create_task(asked(lent, "/slow"))
    await begun(site, 1)
    request.cancel()
    with suppress(asyncio.CancelledError):
        await request
    await asked(lent)
    assert site.threads[1] is not site.threads[0]
    site.gate.set()
    await asked_until_in(lent, site, site.threads[0])
