"""Requests run in threads that last, and so do these threads' connections to the database.

Django's own way is a thread for each request, and another that waits for its end; each opens a
connection. On SQLite that is a quarter of a small request's CPU.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from asgiref.sync import ThreadSensitiveContext

from riskgw.web.express import Application

THREADS = 16


class RequestThreads:
    """An application whose requests borrow a thread each; if none is left, Django makes one."""

    def __init__(self, behind: Application, count: int = THREADS) -> None:
        self._behind = behind
        self._free = [ThreadPoolExecutor(1, thread_name_prefix="request") for _ in range(count)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self._free:
            await self._behind(scope, receive, send)
            return
        thread = self._free.pop()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self._behind(scope, receive, send)
        finally:
            self._take_back(thread)

    def _take_back(self, thread: ThreadPoolExecutor) -> None:
        """When it has nothing left to do: a request whose client has gone may still be at work."""
        loop = asyncio.get_running_loop()

        def is_idle(_: object) -> None:
            # At the end of the process there is nobody left to lend it to.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._free.append, thread)

        thread.submit(_nothing).add_done_callback(is_idle)


def _nothing() -> None:
    """Comes after all that was submitted before."""
