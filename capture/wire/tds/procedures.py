"""Procedure calls of a connection as requests: which text each of them has the server run."""

from typing import Any

from capture.wire.session import Item
from capture.wire.tds import prepared
from capture.wire.tds.messages import Request
from capture.wire.tds.prepared import Prepared, Role, StatementMemory
from capture.wire.tds.requests import Call
from capture.wire.tds.response import Response
from capture.wire.tds.sql import Statement, table_name
from riskgw.messages.problem import Problem, ProblemKind


class ProcedureCalls:
    """Remembers what handles and cursors stand for, as the server's answers tell."""

    __slots__ = ("_cursors", "_statements")

    def __init__(self) -> None:
        self._statements = StatementMemory()
        self._cursors = StatementMemory()

    def forget(self) -> None:
        """The connection was reset: the server keeps nothing of it."""
        self._statements.clear()
        self._cursors.clear()

    def request(self, call: Call, at_ns: int, database: str) -> list[Item]:
        """The request, with a problem where it uses what was not seen."""
        fields: dict[str, Any] = {}
        request = Request("rpc", fields, at_ns, database)
        request.call = call
        role = prepared.role_of(call)
        if role is None:
            request.is_call = True
            return [request]
        if role.handle is not None:
            fields["handle"] = prepared.number_at(call, role.handle)
        elif role.cursor is not None:
            fields["cursor"] = prepared.number_at(call, role.cursor)
            self._use_cursor(request, call, role)
        known = self._text(call, role)
        if known is not None:
            arguments = prepared.arguments_of(call, role, known)
            fields["sql"] = known.sql
            fields["args"] = [argument.value for argument in arguments]
            if role.arguments is not None:
                request.runs(known.sql, prepared.named(arguments, known.declarations))
        elif role.handle is not None and not role.forgets:
            detail = f"{call.procedure} of handle {fields['handle']}, which was not seen prepared"
            return [request, Problem(ProblemKind.ORPHAN, detail)]
        return [request]

    def learn(self, request: Request, response: Response) -> None:
        """Handles and cursors come back as return values."""
        call = request.call
        role = prepared.role_of(call) if call else None
        if call is None or role is None:
            return
        if role.forgets:
            self._unlearn(call, role)
        if not (role.returns_handle or role.returns_cursor):
            return
        text = self._text(call, role)
        handle, cursor = prepared.returned_numbers(role, response.return_values)
        if text is not None and handle is not None:
            self._statements.keep(handle, text)
        if text is not None and cursor is not None:
            self._cursors.keep(cursor, text)

    def _text(self, call: Call, role: Role) -> Prepared | None:
        """The text that a call runs or has prepared, carried or kept."""
        if role.sql is not None:
            return prepared.prepared_by(call, role)
        handle = prepared.number_at(call, role.handle)
        return None if handle is None else self._statements.recall(handle)

    def _unlearn(self, call: Call, role: Role) -> None:
        handle = prepared.number_at(call, role.handle)
        cursor = prepared.number_at(call, role.cursor)
        if handle is not None:
            self._statements.forget(handle)
        if cursor is not None:
            self._cursors.forget(cursor)

    def _use_cursor(self, request: Request, call: Call, role: Role) -> None:
        """A fetch returns rows of the cursor's own SELECT; sp_cursor may add a row."""
        cursor = prepared.number_at(call, role.cursor)
        known = None if cursor is None else self._cursors.recall(cursor)
        if known is not None and not role.forgets:
            request.reads = known.sql
        added = prepared.cursor_insert(call)
        if added is None:
            return
        table, row = added
        name = table_name(table) if table else _table_read(request)
        request.written = (Statement("insert", name, tuple(row), (tuple(row.values()),)),)


def _table_read(request: Request) -> tuple[str, ...]:
    return next((each.table for each in request.selects() if each.table), ())
