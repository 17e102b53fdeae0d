"""The Shanghai SQL interface in an order feed: which rows were written or read, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

from capture.domain.shanghai import COLUMNS, ShanghaiOrders, Table, TableNames, table_with
from capture.domain.sighting import Sighting
from capture.wire.tds.messages import Answer, Effect, Request, TransactionEnded, Unanswered
from capture.wire.tds.outcomes import effects_of
from capture.wire.tds.sql import STATEMENTS_MAX, Statement
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind

_OUTPUT_MARK = ":out"
# Shorter texts cannot hold as many statements as are read.
_CHARACTERS_MIN = 5 * STATEMENTS_MAX

# Procedure name to the table columns its parameters stand for, in order; "name:out" is returned.
OrderProcedures = Mapping[str, Sequence[str]]
Outcome = list[Event | Problem]
SqlItem = Answer | Unanswered | TransactionEnded


class SqlFeed:
    """Classifies by table and verb, whoever sent it."""

    __slots__ = ("_procedures", "_shanghai", "_tables")

    def __init__(
        self, shanghai: ShanghaiOrders, procedures: OrderProcedures | None, tables: TableNames
    ) -> None:
        self._shanghai = shanghai
        self._procedures = {name.lower(): names for name, names in (procedures or {}).items()}
        self._tables = tables

    def hear(self, item: SqlItem, sighting: Sighting) -> Outcome:
        """Events of what is certain now, and of the rows an answer holds."""
        request = None if isinstance(item, TransactionEnded) else item.request
        outcome: Outcome = []
        if request is not None and len(request.sql) > _CHARACTERS_MIN:
            outcome += _not_read(request)
        for effect in effects_of(item):
            outcome += self._effect(effect, sighting)
        if isinstance(item, Answer) and item.response.results:
            outcome += self._read(item, sighting)
        return outcome

    def _effect(self, effect: Effect, sighting: Sighting) -> Outcome:
        statement, request = effect.statement, effect.request
        up = sighting._replace(
            direction="up", at_ns=effect.at_ns or request.at_ns, message=request.number
        )
        if effect.is_call:
            return self._called(effect, up)
        origin = _origin(statement, request)
        table = self._tables.table_of(statement.table, origin)
        if table is None:
            return []
        if effect.reason:
            return [_not_effective(effect)]
        outcome = self._inserted(effect, table, origin, up)
        if statement.unread:
            detail = f"{statement.verb} {'.'.join(statement.table)}: {statement.unread}"
            outcome.append(Problem(ProblemKind.ORPHAN, detail))
        return outcome

    def _inserted(self, effect: Effect, table: Table, origin: str, up: Sighting) -> Outcome:
        names = effect.statement.columns or COLUMNS[table]
        outcome: Outcome = []
        for values in effect.statement.rows:
            if len(values) != len(names):
                detail = f"INSERT {table}: {len(values)} values for {len(names)} columns"
                outcome.append(Problem(ProblemKind.MALFORMED, detail))
                continue
            row = dict(zip(names, values, strict=True))
            outcome += self._shanghai.row(table, row, origin, up, effect.outcome)
        return outcome

    def _called(self, effect: Effect, up: Sighting) -> Outcome:
        """An order placed by a stored procedure that the settings name."""
        statement = effect.statement
        names = self._procedures.get(statement.table[-1]) if statement.table else None
        if names is None:
            return []
        if effect.reason:
            return [_not_effective(effect)]
        row = _procedure_row(names, effect)
        origin = _origin(statement, effect.request)
        return self._shanghai.row(Table.ORDERS, row, origin, up, effect.outcome)

    def _read(self, answer: Answer, sighting: Sighting) -> Outcome:
        outcome: Outcome = []
        for result in answer.response.results:
            names = [column.name.lower() for column in result.columns]
            table = table_with(frozenset(names))
            if table is None or not result.rows:
                continue
            origin = self._read_from(table, answer.request)
            if origin is None or any(
                self._tables.table_of(name, origin) is table for name in answer.uncommitted
            ):
                continue
            for values in result.rows:
                row = dict(zip(names, values, strict=True))
                outcome += self._shanghai.row(table, row, origin, sighting, None)
        return outcome

    def _read_from(self, table: Table, request: Request | None) -> str | None:
        """The database that rows of a table came from: that of the SELECT, or the connection's.

        None when the settings name the tables and the rows come from others.
        """
        if request is None:
            return ""
        queries = request.selects()
        for query in queries:
            origin = _origin(query, request)
            if self._tables.table_of(query.table, origin) is table:
                return origin
        if self._tables.is_configured(table) and any(query.table for query in queries):
            return None
        return request.database.lower()


def _procedure_row(names: Sequence[str], effect: Effect) -> dict[str, Any]:
    """By the names of the parameters where they are the columns' own, else by their order."""
    statement = effect.statement
    values = statement.rows[0] if statement.rows else ()
    returned = effect.returned or (None,) * len(values)
    columns = [name.removesuffix(_OUTPUT_MARK).lower() for name in names]
    outputs = {
        column for name, column in zip(names, columns, strict=True) if name.endswith(_OUTPUT_MARK)
    }
    given = [name.lstrip("@") for name in statement.columns]
    if given and set(given) <= set(columns):
        columns = given
    return {
        column: back if column in outputs else value
        for column, value, back in zip(columns, values, returned, strict=False)
    }


def _origin(statement: Statement, request: Request) -> str:
    """The database a statement works on: named in full, or the connection's."""
    if len(statement.table) >= 3 and statement.table[-3]:
        return statement.table[-3]
    return request.database.lower()


def _not_read(request: Request) -> Outcome:
    if len(request.statements()) < STATEMENTS_MAX:
        return []
    detail = f"only the first {STATEMENTS_MAX} statements of a batch are read"
    return [Problem(ProblemKind.LIMIT, detail)]


def _not_effective(effect: Effect) -> Problem:
    statement = effect.statement
    verb = statement.table[-1] if effect.is_call else statement.verb
    detail = f"{verb} {'.'.join(statement.table)}: {effect.reason}"
    return Problem(ProblemKind.NOT_EFFECTIVE, detail)
