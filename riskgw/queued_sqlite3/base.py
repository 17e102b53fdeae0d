"""Django's SQLite with turns: who wants to write waits for whoever writes, and looks often.

The module has the name under which Django looks for an engine.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base

from riskgw.queued_sqlite3.turns import Turn

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# What a connection has changed when it moves the write-ahead log into the database: after its
# turn, while others write. SQLite itself would do it within the turn, four times as late.
_CHANGES_MAX = 2_000


class TurnCursor(base.SQLiteCursorWrapper):
    """A statement outside a transaction that writes is a transaction of its own."""

    turn: Turn | None = None

    def execute(self, query: str, params: Any = None) -> Any:
        return self._in_turn(query, partial(super().execute, query, params))

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        return self._in_turn(query, partial(super().executemany, query, param_list))

    def _in_turn(self, query: str, execute: Callable[[], Any]) -> Any:
        if self.turn is None or self.connection.in_transaction or not _is_write(query):
            return execute()
        self.turn.take()
        try:
            return execute()
        finally:
            self.turn.give()


class DatabaseWrapper(base.DatabaseWrapper):
    """A transaction has the turn from its beginning to its end.

    Of the methods that begin and end it Django's stubs know nothing.
    """

    _turn: Turn | None = None
    _changes = 0

    def get_connection_params(self) -> dict[str, Any]:
        found: dict[str, Any] = super().get_connection_params()
        if not self.is_in_memory_db():
            self._changes = 0
            self._turn = Turn(str(self.settings_dict["NAME"]), found.get("timeout", 5))
        return found

    def create_cursor(self, name: str | None = None) -> TurnCursor:
        cursor: TurnCursor = self.connection.cursor(factory=TurnCursor)
        cursor.turn = self._turn
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        if self._turn is not None:
            self._turn.take()
        is_begun = False
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # no stub
            is_begun = True
        finally:
            if not is_begun:
                self._give()

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # no stub
        self._give()
        if self._turn is not None and self.connection is not None:
            self._move_log()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # no stub
        finally:
            self._give()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # no stub
        finally:
            if self._turn is not None:
                self._turn.close()

    def _move_log(self) -> None:
        changes = self.connection.total_changes
        if changes - self._changes >= _CHANGES_MAX:
            self._changes = changes
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _give(self) -> None:
        if self._turn is not None:
            self._turn.give()


def _is_write(query: str) -> bool:
    return query.lstrip()[:7].upper().startswith(_WRITES)
