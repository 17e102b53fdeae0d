"""Database work of sockets: in threads of its own, so that it waits for no other socket's.

Channels runs all database work of all sockets in one thread.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

THREADS = 8
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="socket")

Result = TypeVar("Result")


async def in_thread(work: Callable[[], Result], pool: Executor = _pool) -> Result:
    """Run what waits for the database; its connection goes when it may not be kept."""
    return await asyncio.get_running_loop().run_in_executor(pool, _with_connections, work)


def _with_connections(work: Callable[[], Result]) -> Result:
    _close_old()
    try:
        return work()
    finally:
        _close_old()


def _close_old() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
