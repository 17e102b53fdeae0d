"""Statements that PostgreSQL plans once a connection, some in one message there and back.

Planned each time, a statement of several parts takes more than twice what it does. A plan serves
all values, and stays: so it never is one that reads a whole table, however short that is today.
What is said here passes by Django, whose cursor costs more than such a statement.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection

from ledger.actions.durable import GATE

# Until the end of the transaction: one plan for all values, by way of indexes.
_PLANS = (
    "set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('enable_seqscan', 'off', true)"
)
# Before the calls of a message. What is read after the gate is newer than whoever had shut it.
FREELY, GATED = f"SELECT {_PLANS}", f"SELECT pg_advisory_xact_lock_shared({GATE}), {_PLANS}"
BEGIN, COMMIT, ROLLBACK = f"BEGIN; {GATED}", "COMMIT", "ROLLBACK"


class Prepared(NamedTuple):
    """Parameters are $1 and so on, each with its type; what it returns are texts."""

    name: str
    text: str

    def of(self, *values: str) -> "Call":
        return Call(self, values)


class Call(NamedTuple):
    """A statement with values, as texts that PostgreSQL reads."""

    statement: Prepared
    values: Sequence[str]

    @property
    def text(self) -> str:
        return f"EXECUTE {self.statement.name}({', '.join(map(_literal, self.values))})"


Rows = list[tuple[str | None, ...]]
# What each connection has prepared.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def asked(*parts: str | Call) -> Rows:
    """What the last of these returns; all in one message, which is a transaction by itself."""
    from psycopg.errors import InvalidSqlStatementName  # noqa: PLC0415  # only with PostgreSQL
    from psycopg.pq import TransactionStatus  # noqa: PLC0415  # likewise

    connection.ensure_connection()
    link = connection.connection
    text = "; ".join(part.text if isinstance(part, Call) else part for part in parts)
    statements = [part.statement for part in parts if isinstance(part, Call)]
    with connection.wrap_database_errors:
        is_first = link.info.transaction_status == TransactionStatus.IDLE
        _prepare(link, statements)
        try:
            return _answer(link, text)
        except InvalidSqlStatementName:
            # Somebody between us and the server gave the session to others. Nothing was done.
            del _known[link]
            if not is_first:
                raise
            _answer(link, ROLLBACK)
            _prepare(link, statements)
            return _answer(link, text)


def _prepare(link: Any, statements: Sequence[Prepared]) -> None:
    known = _known.setdefault(link, set())
    for each in statements:
        if each.name not in known:
            # Literals are quoted as this has it.
            _answer(
                link, f"SET standard_conforming_strings = on; PREPARE {each.name} AS {each.text}"
            )
            known.add(each.name)


def _answer(link: Any, text: str) -> Rows:
    from psycopg.errors import error_from_result  # noqa: PLC0415  # only with PostgreSQL
    from psycopg.pq import ExecStatus  # noqa: PLC0415  # likewise

    result = link.pgconn.exec_(text.encode())
    if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        raise error_from_result(result)
    return [
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
        for row in range(result.ntuples)
    ]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _literal(value: str) -> str:
    if "\0" in value:
        raise ValueError("PostgreSQL has no texts with a NUL")
    return "'" + value.replace("'", "''") + "'"
