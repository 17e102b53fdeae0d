"""Other sessions beside the test's own: threads, children that die, holders of locks."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

from ledger import failpoints


@contextmanager
def held(name: str, strength: str) -> Iterator[None]:
    """Another session has the account's row; ours fails when it waits for 50 ms."""
    other = connections.create_connection("default")
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM ledger_ledgeraccount WHERE id = %s {strength}", [name])
            assert cursor.fetchall() == [(1,)]
        _lock_timeout("50ms")
        yield
    finally:
        _lock_timeout("0")
        other.rollback()
        other.close()


def _lock_timeout(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{value}'")


def in_threads(*works: Callable[[], Any]) -> list[Any]:
    """All at once, each with a connection of its own."""

    def with_connection(work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(with_connection, works))


class Meanwhile:
    """Does something just before the first query that looks like this."""

    def __init__(self, beginning: str, work: Callable[[], object]) -> None:
        self._beginning, self._work = beginning, work
        self.is_done = False

    def __call__(
        self, execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any
    ) -> Any:
        if sql.startswith(self._beginning) and not self.is_done:
            self.is_done = True
            self._work()
        return execute(sql, values, many, context)


def dies_at(failpoint: str, work: Callable[[], Any]) -> bool:
    """Whether a child process that does this work dies on its way, as by kill -9."""
    child = os.fork()
    if child == 0:
        # The parent's: kept so that nothing says good-bye in its name.
        kept = connection.connection
        connection.connection = None
        failpoints.arm(failpoint)
        try:
            work()
        finally:
            os._exit(0 if kept is not None else 1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
