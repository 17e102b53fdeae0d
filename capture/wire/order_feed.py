"""Business events of all connections of one order feed: what each message means for orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from capture.domain.event_numbers import EventNumbers
from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.shanghai import COLUMNS, ShanghaiOrders, Table, table_of, table_with
from capture.domain.sighting import Sighting
from capture.domain.szse_orders import SzseOrders
from capture.wire.binary_layout import BinaryMessage
from capture.wire.session import Item
from capture.wire.tap import Batch
from capture.wire.tds.messages import Answer, Request, Unanswered
from capture.wire.tds.response import Response
from capture.wire.tds.sql import STATEMENTS_MAX, Statement
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind

SEVERITY_OF_INFORMATION_MAX = 10
_OUTPUT_MARK = ":out"
_COUNTED_VERBS = frozenset(("insert", "update", "delete", "select"))

# Procedure name to the table columns its parameters stand for, in order; "name:out" is returned.
OrderProcedures = Mapping[str, Sequence[str]]


class OrderFeed:
    """Turns batches of messages into events; state lasts a trading day."""

    def __init__(self, procedures: OrderProcedures | None = None) -> None:
        next_number = EventNumbers()
        self.orders = OrdersOfDay()
        self._szse = SzseOrders(self.orders, next_number)
        self._shanghai = ShanghaiOrders(self.orders, next_number)
        self._procedures = {name.lower(): names for name, names in (procedures or {}).items()}

    def hear(self, batch: Batch, first: int) -> list[Event | Problem]:
        """Events and problems that a batch adds to those it already carries.

        `first` is the number of its first message.
        """
        self.orders.turn(batch.at_ns)
        outcome: list[Event | Problem] = []
        number = first
        for item in batch.items:
            sighting = Sighting(batch.conn, batch.direction, batch.at_ns, number)
            outcome += self._item(item, sighting)
            number += not isinstance(item, Problem)
        return outcome

    def _item(self, item: Item, sighting: Sighting) -> list[Event | Problem]:
        if isinstance(item, BinaryMessage):
            return self._szse.hear(item.type, item.fields(), sighting)
        if isinstance(item, Answer):
            return self._answer(item, sighting)
        if isinstance(item, Unanswered):
            return self._requested(item.request, None, sighting)
        return []

    def _answer(self, answer: Answer, sighting: Sighting) -> list[Event | Problem]:
        request = answer.request
        outcome: list[Event | Problem] = []
        if request is not None:
            outcome += self._requested(request, answer.response, sighting)
        for result in answer.response.results:
            names = [column.name.lower() for column in result.columns]
            table = table_with(frozenset(names))
            if table is None:
                continue
            origin = _read_from(table, request)
            for values in result.rows:
                row = dict(zip(names, values, strict=True))
                outcome += self._shanghai.row(table, row, origin, sighting, None)
        return outcome

    def _requested(
        self, request: Request, response: Response | None, sighting: Sighting
    ) -> list[Event | Problem]:
        """What a request wrote, once it is known whether the server took it."""
        if request.type not in ("sql_batch", "rpc"):
            return []
        up = sighting._replace(direction="up", at_ns=request.at_ns, message=request.number)
        found = request.statements()
        effects = _effects(found, response)
        outcome: list[Event | Problem] = []
        if len(found) == STATEMENTS_MAX:
            detail = f"only the first {STATEMENTS_MAX} statements of a batch are read"
            outcome.append(Problem(ProblemKind.LIMIT, detail))
        for statement, is_effective in zip(found, effects, strict=True):
            table = table_of(statement.table) if statement.verb == "insert" else None
            if table is None or not statement.rows:
                continue
            if not is_effective:
                outcome.append(_not_effective(statement, response))
                continue
            origin = _origin(statement, request)
            answered = "unanswered" if response is None else "accepted"
            outcome += self._inserted(statement, table, origin, up, answered)
        return outcome + self._called(request, response, up)

    def _inserted(
        self, statement: Statement, table: Table, origin: str, up: Sighting, outcome: str
    ) -> list[Event | Problem]:
        names = statement.columns or COLUMNS[table]
        events: list[Event | Problem] = []
        for values in statement.rows:
            if len(values) != len(names):
                detail = f"INSERT {table}: {len(values)} values for {len(names)} columns"
                events.append(Problem(ProblemKind.MALFORMED, detail))
                continue
            row = dict(zip(names, values, strict=True))
            events += self._shanghai.row(table, row, origin, up, outcome)
        return events

    def _called(
        self, request: Request, response: Response | None, up: Sighting
    ) -> list[Event | Problem]:
        """An order placed by a stored procedure that the settings name."""
        call = request.call
        if call is None:
            return []
        procedure = call.procedure.split(".")[-1].strip("[]").lower()
        names = self._procedures.get(procedure)
        if names is None:
            return []
        if response is not None and _has_failed(response):
            return [_not_effective(Statement(procedure, (procedure,)), response)]
        row = _procedure_row(names, request, response)
        outcome = "unanswered" if response is None else "accepted"
        origin = request.database.lower()
        return self._shanghai.row(Table.ORDERS, row, origin, up, outcome)


def _procedure_row(
    names: Sequence[str], request: Request, response: Response | None
) -> dict[str, Any]:
    assert request.call is not None
    row: dict[str, Any] = {}
    # Returned in the order of the output parameters; their names may be the server's only.
    returned = iter(response.return_values if response else ())
    for name, parameter in zip(names, request.call.parameters, strict=False):
        _, value = next(returned, ("", None)) if parameter.output else ("", None)
        is_output = name.endswith(_OUTPUT_MARK)
        row[name.removesuffix(_OUTPUT_MARK)] = value if is_output else parameter.value
    return row


def _origin(statement: Statement, request: Request) -> str:
    """The database a statement writes to: named in full, or the connection's."""
    if len(statement.table) >= 3:
        return statement.table[-3]
    return request.database.lower()


def _read_from(table: Table, request: Request | None) -> str:
    """The database that rows of a table came from: that of the SELECT, or the connection's."""
    if request is None:
        return ""
    for statement in request.statements():
        if statement.verb == "select" and table_of(statement.table) is table:
            return _origin(statement, request)
    return request.database.lower()


def _has_failed(response: Response) -> bool:
    return any(error.severity > SEVERITY_OF_INFORMATION_MAX for error in response.errors) or any(
        done.is_error for done in response.done
    )


def _effects(statements: Sequence[Statement], response: Response | None) -> list[bool]:
    """For each statement, whether it took effect; without an answer, taken as sent."""
    if response is None or not _has_failed(response):
        return [True] * len(statements)
    if len(statements) == 1:
        return [False]
    # One DONE for each statement that counts rows; after the failing one the batch may go on.
    counted = [done for done in response.done if done.is_error or done.affected is not None]
    writing = [place for place, each in enumerate(statements) if each.verb in _COUNTED_VERBS]
    effects = [True] * len(statements)
    for order, place in enumerate(writing):
        effects[place] = order < len(counted) and not counted[order].is_error
    return effects


def _not_effective(statement: Statement, response: Response | None) -> Problem:
    errors = response.errors if response else []
    reason = "; ".join(f"{error.number} {error.message}" for error in errors[:3])
    detail = f"{statement.verb} {'.'.join(statement.table)}: {reason or 'failed'}"
    return Problem(ProblemKind.NOT_EFFECTIVE, detail)
