"""Transactions of the ledger: on disk when they are committed, and gates that let them drain."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from ledger.failpoints import failpoint, is_armed
from riskgw.rows import Row, Statement, at_once

# Any number, the same in all processes.
GATE = 5_141_574
_SHUT_SECONDS_MAX = 2


class Busy(RuntimeError):
    """What is under way did not end in time."""


@contextmanager
def durable_write() -> Iterator[None]:
    """One commit, with nothing around it that could still take it back."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            # The site's default may lose its last commits with the power.
            cursor.execute("PRAGMA synchronous=FULL")
    with transaction.atomic(durable=True):
        yield


def can_write_at_once() -> bool:
    """PostgreSQL: a message of its own is a transaction of its own, outside of others."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block and not is_armed()


def gate() -> list[Statement]:
    """Tries and posters pass together. A statement of its own: what is read later is newer."""
    if connection.vendor != "postgresql":
        return []
    return [("SELECT pg_advisory_xact_lock_shared(%s)", [GATE])]


def written(
    stage: str, writes: Iterable[tuple[str, list[Statement]]]
) -> dict[str, list[list[Row]]]:
    """What each statement returned, by the names they go by: one message there and back.

    Where a test wants us to die between them, they go one by one.
    """
    named = list(writes)
    if is_armed():
        return {name: list(_one_by_one(f"{stage}.{name}", some)) for name, some in named}
    answers = iter(at_once(each for _, some in named for each in some))
    return {name: [next(answers) for _ in some] for name, some in named}


def _one_by_one(place: str, statements: Iterable[Statement]) -> Iterator[list[Row]]:
    for each in statements:
        yield from at_once([each])
        failpoint(place)


def shut_gate() -> None:
    """Wait until nobody is inside, and let nobody in until the commit.

    Where one transaction writes at a time, nobody else is inside.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_SHUT_SECONDS_MAX}s'")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
        except OperationalError as error:
            raise Busy("transactions are under way that do not end") from error
