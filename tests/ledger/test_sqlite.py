"""Several processes on one SQLite file: BEGIN IMMEDIATE lets one write at a time, in turn."""

import os
import sqlite3
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.domain.direction import Direction
from ledger.poster import Poster
from ledger.verification import findings
from tests import databases
from tests.ledger.bank import NAMES, TOTAL, look, move, open_bank
from tests.ledger.books import BY, account, figures, paid, transfer, verdict

CLIENTS, TRIES = 4, 30
BANK_SECONDS = 0.8
_kept: list[Any] = []


def child(file: Path, work: Callable[[], None]) -> int:
    """A process of its own on a database file; its id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        _kept.append(connection.connection)
        connection.connection = None
        connection.settings_dict["NAME"] = str(file)
        work()
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def ended(*pids: int) -> bool:
    return all(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 for pid in pids)


def prepare() -> None:
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))


def spend(client: int) -> None:
    for number in range(TRIES):
        wanted = transfer(f"c{client}.{number}", "a", "b", "1")
        if verdict(wanted)[0] == "tried":
            confirm(wanted.id, BY)
        Poster().drain()


def check() -> None:
    """The books hold, and what is committed here is on disk: FULL is 2."""
    assert list(findings()) == []
    cancel("last", BY)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchall() == [(2,)]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_processes_on_one_file_spend_exactly_what_is_available(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    databases.copy_into(file)
    assert ended(child(file, prepare))
    assert ended(*[child(file, partial(spend, each)) for each in range(CLIENTS)])
    assert ended(child(file, check))
    with sqlite3.connect(file) as stored:
        states = dict(
            stored.execute("SELECT state, COUNT(*) FROM ledger_ledgertransaction GROUP BY state")
        )
        assert states == {"posted": 101, "rejected": 20, "cancelled": 1}
        figures = stored.execute(
            "SELECT id, posted, reserved FROM ledger_ledgeraccount WHERE id IN ('a', 'b')"
        )
        assert sorted(figures) == [("a", 0, 0), ("b", 10_000, 0)]


def post_meanwhile() -> None:
    ends = time.monotonic() + BANK_SECONDS
    Poster().run(lambda: time.monotonic() > ends)


def look_meanwhile() -> None:
    assert look(BANK_SECONDS) > 3


def check_bank() -> None:
    Poster().drain()
    assert sum(figures(name)[0] for name in NAMES) == TOTAL
    assert list(findings()) == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_looks_at_a_bank_in_one_file_sees_all_its_money_and_nobody_below_zero(
    tmp_path: Path,
) -> None:
    file = tmp_path / "ledger.sqlite3"
    databases.copy_into(file)
    assert ended(child(file, open_bank))
    works: list[Callable[[], None]] = [post_meanwhile, look_meanwhile]
    works += [partial(move, client, BANK_SECONDS) for client in range(2)]
    assert ended(*[child(file, work) for work in works])
    assert ended(child(file, check_bank))
