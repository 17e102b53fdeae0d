"""Runs statements for one session: what each of them answers."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.sql_server import tokens
from tests.sql_server.script import PRIMARY_KEY_VIOLATED, Script
from tests.sql_server.statements import Statement, statements

_DELAY = re.compile(r"(\d+):(\d+):(\d+)")
_STATEMENT_TERMINATED = 3621, "The statement has been terminated."
Encode = Callable[[int], bytes]


class Outcome(NamedTuple):
    """What one statement leaves in the response; `before` are tokens ahead of its DONE."""

    before: bytes = b""
    affected: int | None = None
    is_error: bool = False
    is_silent: bool = False
    ends_procedure: bool = False


class Execution:
    """The state of a session that its statements change."""

    def __init__(self, script: Script, version: int) -> None:
        self.script = script
        self.version = version
        self.interrupted = asyncio.Event()
        self._transaction = 0
        self._depth = 0
        self._transactions_begun = 0
        self._begins_by_itself = False
        self._savepoints: set[str] = set()
        self._aborts_on_error = False
        self._counts = True
        self._only_metadata = False

    async def run(self, sql: str, arguments: Sequence[Any] = ()) -> list[Outcome]:
        """Outcomes up to the one that ends the batch, or the client's attention or end."""
        outcomes: list[Outcome] = []
        for statement in statements(sql):
            if statement.verb == "WAITFOR":
                await self._wait(statement)
                if self.interrupted.is_set():
                    return [*outcomes, Outcome(is_error=True)]
                continue
            outcome = self._one(statement, arguments)
            outcomes.append(outcome)
            if outcome.is_error and self._aborts_on_error:
                break
        return outcomes

    def begin(self) -> bytes:
        """Transactions inside another one are counted, and told to nobody."""
        self._depth += 1
        if self._depth > 1:
            return b""
        self._transactions_begun += 1
        self._transaction = 0x1000 + self._transactions_begun
        return tokens.began(self._transaction)

    def commit(self) -> bytes:
        self._depth -= 1
        if self._depth > 0:
            return b""
        ended, self._transaction = self._transaction, 0
        return tokens.committed(ended)

    def roll_back(self, name: str = "") -> bytes:
        """A rollback to a savepoint leaves the transaction open, and tells nothing."""
        if name.upper() in self._savepoints:
            return b""
        self._depth = 0
        ended, self._transaction = self._transaction, 0
        return tokens.rolled_back(ended)

    def save(self, name: str) -> None:
        self._savepoints.add(name.upper())

    def is_refused(self, values: Sequence[Any], text: str = "") -> bool:
        refused = self.script.refused
        return any(str(value).strip() in refused for value in values) or any(
            f"'{value}'" in text for value in refused
        )

    def violation(self) -> bytes:
        """The error of a refused row, and what it takes with it."""
        told = tokens.error(self.version, *PRIMARY_KEY_VIOLATED)
        if self._aborts_on_error and self._transaction:
            return told + self.roll_back()
        return told + tokens.error(self.version, *_STATEMENT_TERMINATED)

    async def _wait(self, statement: Statement) -> None:
        match = _DELAY.search(statement.text)
        assert match, statement.text
        hours, minutes, seconds = (int(part) for part in match.groups())
        try:
            async with asyncio.timeout((hours * 60 + minutes) * 60 + seconds):
                await self.interrupted.wait()
        except TimeoutError:
            return

    def _one(self, statement: Statement, arguments: Sequence[Any]) -> Outcome:
        verb = statement.verb
        if verb in ("EXEC", "EXECUTE"):
            return self._execute(statement)
        if verb == "SELECT":
            return self._select(statement)
        if verb in ("INSERT", "UPDATE", "DELETE"):
            return self._write(statement, arguments)
        if verb == "SET":
            return self._set(statement.words[1:3])
        if verb in ("BEGIN", "COMMIT", "ROLLBACK", "SAVE"):
            return self._transact(statement.words)
        if verb == "USE":
            return Outcome(tokens.database(statement.text.split()[1].strip('[]"')))
        return Outcome(is_silent=True)

    def _select(self, statement: Statement) -> Outcome:
        table = self.script.tables.get(statement.table)
        if table is None:
            return Outcome()
        rows = () if self._only_metadata else table.rows
        shown = tokens.result_set(self.version, tokens.Table(table.columns, rows))
        return Outcome(shown, len(rows))

    def _execute(self, statement: Statement) -> Outcome:
        """A procedure called by text: an order, or another text."""
        if self.is_refused((), statement.text):
            return Outcome(self.violation(), is_error=True, ends_procedure=True)
        inner = statements(statement.inner_text()) if statement.runs_text else [statement]
        done = b"".join(
            tokens.done(self.version, kind=tokens.DONE_IN_PROC, status=tokens.MORE, count=each.rows)
            for each in inner
        )
        return Outcome(done + tokens.return_status(0), ends_procedure=True)

    def _write(self, statement: Statement, arguments: Sequence[Any]) -> Outcome:
        if statement.words[1] == "BULK":
            return Outcome()
        if self.is_refused(arguments, statement.text):
            return Outcome(self.violation(), is_error=True)
        begins = self._begins_by_itself and not self._transaction
        told = self.begin() if begins else b""
        if not self._counts:
            return Outcome(told, is_silent=not told)
        lists = [value for value in arguments if isinstance(value, list)]
        rows = sum(map(len, lists)) if statement.reads_parameter else statement.rows
        return Outcome(told, affected=rows)

    def _set(self, words: list[str]) -> Outcome:
        is_on = words[1:] == ["ON"]
        if words[0] == "NOCOUNT":
            self._counts = not is_on
        elif words[0] == "XACT_ABORT":
            self._aborts_on_error = is_on
        elif words[0] == "FMTONLY":
            self._only_metadata = is_on
        elif words[0] == "IMPLICIT_TRANSACTIONS":
            self._begins_by_itself = is_on
        return Outcome(is_silent=words[0].startswith("@"))

    def _transact(self, words: list[str]) -> Outcome:
        if words[0] == "BEGIN" and words[1:2] not in (["TRAN"], ["TRANSACTION"]):
            return Outcome(is_silent=True)
        name = words[2] if len(words) > 2 else ""
        if words[0] == "SAVE":
            self.save(name)
            return Outcome()
        if words[0] == "ROLLBACK":
            return Outcome(self.roll_back(name))
        return Outcome(self.begin() if words[0] == "BEGIN" else self.commit())
