"""Who writes to a database file takes turns with all others, and gives them back in all cases."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from riskgw.queued_sqlite3.base import DatabaseWrapper
from riskgw.queued_sqlite3.turns import Turn, ahead

LONG = 60.0


def is_free(path: Path) -> bool:
    """Whether nobody has the turn: what waits for nothing gets it."""
    turn = Turn(str(path), 0)
    turn.take()
    found = turn.is_held
    turn.close()
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.sqlite3"


@pytest.fixture
def database(db: None, file: Path) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own to a file."""
    settings = {**connection.settings_dict, "NAME": str(file)}
    options = {"transaction_mode": "IMMEDIATE", "timeout": 0.05}
    made = DatabaseWrapper({**settings, "OPTIONS": options}, "default")
    with made.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("CREATE TABLE some (number INTEGER PRIMARY KEY)")
    yield made
    made.close()


def begin(database: BaseDatabaseWrapper) -> None:
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_one_has_the_turn_until_it_gives_it_back(file: Path) -> None:
    turn = Turn(str(file), LONG)
    assert is_free(file)
    turn.take()
    assert not is_free(file)
    turn.give()
    assert is_free(file)


def test_who_comes_again_waits_for_who_stands_at_the_door(file: Path) -> None:
    first, second = Turn(str(file), LONG), Turn(str(file), LONG)
    order = []

    def write() -> None:
        second.take()
        order.append("second")
        second.give()

    first.take()
    other = threading.Thread(target=write)
    other.start()
    while not second.is_next:
        pass
    first.give()
    first.take()
    order.append("first")
    first.give()
    other.join()
    assert order == ["second", "first"]


class Writer(threading.Thread):
    """Wants its turn, says that it had it, and gives it back when it is let."""

    def __init__(self, file: Path, order: list[str], name: str, *, is_ahead: bool = False) -> None:
        super().__init__(name=name)
        self.turn = Turn(str(file), LONG)
        self.may_give = threading.Event()
        self._order = order
        self._place = ahead if is_ahead else nullcontext
        self.start()

    def run(self) -> None:
        with self._place():
            self.turn.take()
            self._order.append(self.name)
            assert self.may_give.wait(LONG)
            self.turn.close()


@pytest.mark.parametrize("others", [0, 3])
def test_who_is_in_a_hurry_goes_before_all_but_who_stands_at_the_door(
    file: Path, others: int
) -> None:
    order: list[str] = []
    holder = Turn(str(file), LONG)
    holder.take()
    writers = [Writer(file, order, "at the door")]
    while not writers[0].turn.is_next:
        pass
    writers += [Writer(file, order, "another") for _ in range(others)]
    writers.append(Writer(file, order, "in a hurry", is_ahead=True))
    while Turn(str(file), 0).is_calm:
        pass
    holder.give()
    for writer in writers:
        writer.may_give.set()
    for writer in writers:
        writer.join()
    assert order == ["at the door", "in a hurry", *["another"] * others]


def test_a_hurry_that_waits_for_too_long_leaves_nothing_behind(file: Path) -> None:
    holder, late = Turn(str(file), LONG), Turn(str(file), 0.01)
    holder.take()
    with ahead():
        late.take()
    assert not late.is_held
    assert holder.is_calm
    holder.give()
    assert is_free(file)


def test_after_its_time_one_goes_on_without_and_gives_nothing_back(file: Path) -> None:
    holder, late = Turn(str(file), LONG), Turn(str(file), 0.01)
    holder.take()
    late.take()
    late.give()
    assert not late.is_held
    assert not is_free(file)


def test_the_turn_of_a_process_that_died_is_free(file: Path) -> None:
    child = os.fork()
    if not child:
        Turn(str(file), LONG).take()
        os._exit(0)
    os.waitpid(child, 0)
    assert is_free(file)


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_transaction_has_the_turn_to_its_end(
    database: BaseDatabaseWrapper, file: Path, end: str
) -> None:
    begin(database)
    assert not is_free(file)
    getattr(database, end)()
    assert is_free(file)


def test_a_statement_outside_a_transaction_gives_the_turn_back(
    database: BaseDatabaseWrapper, file: Path
) -> None:
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO some VALUES (1)")
        cursor.executemany("INSERT INTO some VALUES (?)", [(2,), (3,)])
        cursor.execute("SELECT COUNT(*) FROM some")
        assert cursor.fetchall() == [(3,)]
    assert is_free(file)


def test_who_cannot_begin_gives_the_turn_back(database: BaseDatabaseWrapper, file: Path) -> None:
    with closing(sqlite3.connect(file)) as stranger:  # takes no turns
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError):
            begin(database)
    assert is_free(file)
