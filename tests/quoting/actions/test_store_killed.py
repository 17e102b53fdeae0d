"""A writer of rows that is killed as by kill -9, in a database file of its own."""

import os
import signal
import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from quoting.actions.store_decisions import store_decisions, stored_position
from quoting.io.decision_log import read_from
from quoting.models import (
    Deal,
    DecisionLog,
    DeskAction,
    PriceRequest,
    PublishedQuote,
    Withdrawal,
)
from tests import databases
from tests.quoting.decisions import Run

_TABLES = (PublishedQuote, Withdrawal, PriceRequest, Deal, DeskAction, DecisionLog)
_kept: list[Any] = []


def store(folder: Path, size: int) -> None:
    """In batches of so many decisions."""
    before = stored_position()
    read = list(read_from(folder, before))
    for start in range(0, len(read), size):
        before = store_decisions(read[start : start + size], before)


def in_child(file: Path, work: Callable[[], None]) -> int:
    """How a process of its own ends that works on a database file."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
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


def deadly(statement: int) -> Callable[..., Any]:
    """Dies as by kill -9 before a statement of this number."""
    left = [statement]

    def execute(execute: Any, *said: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*said)

    return execute


def facts_in(file: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with closing(sqlite3.connect(file)) as database:
        for model in _TABLES:
            names = [str(field.column) for field in model._meta.fields if field.column != "id"]
            statement = f"SELECT {', '.join(names)} FROM {model._meta.db_table}"
            found[model.__name__] = sorted(database.execute(statement), key=repr)
    return found


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_writer_killed_before_any_statement_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    folder, size = tmp_path / "log", 20
    Run(folder).day().log.close()
    whole = tmp_path / "whole.sqlite3"
    databases.copy_into(whole)
    assert in_child(whole, lambda: store(folder, size)) == 0
    file = tmp_path / "killed.sqlite3"
    databases.copy_into(file)

    deaths, statement, before = 0, 0, facts_in(file)
    while True:

        def work(at: int = statement) -> None:
            with connection.execute_wrapper(deadly(at)):
                store(folder, size)

        end = in_child(file, work)
        now = facts_in(file)
        if end == 0:
            break
        assert end == -signal.SIGKILL
        deaths += 1
        # Each life gets one statement further; what it committed stays.
        statement += 1 if now == before else 0
        before = now
    assert deaths > 10
    assert facts_in(file) == facts_in(whole)
