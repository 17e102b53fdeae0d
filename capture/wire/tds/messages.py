"""The TDS messages a session hands out; requests and responses know each other."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from capture.wire.tds.requests import Call
from capture.wire.tds.response import Response
from capture.wire.tds.sql import Statement, statements
from capture.wire.tds.transactions import Step, concerns_transactions, with_steps
from riskgw.messages.problem import Problem

# The verb of an effect that is a procedure call.
CALL = "call"


class TdsMessage:
    """A decoded message. `number` is its place among all messages, given on the way out."""

    __slots__ = ("_fields", "number", "type")

    def __init__(self, kind: str, fields: dict[str, Any]) -> None:
        self.type = kind
        self.number = 0
        self._fields = fields

    @property
    def name(self) -> str:
        return self.type

    def fields(self) -> dict[str, Any]:
        return self._fields


class Request(TdsMessage):
    """Something the server must answer. `database` is the connection's when it was sent.

    `sql` is the text it runs, its own or a prepared one, `reads` that of the cursor it fetches
    from; `written` and `transaction_steps` are what it does without text; `is_call` tells a call
    of the user's own procedure.
    """

    __slots__ = (
        "at_ns",
        "call",
        "concerns_transactions",
        "database",
        "is_call",
        "reads",
        "sql",
        "sql_arguments",
        "transaction_steps",
        "written",
    )

    def __init__(self, kind: str, fields: dict[str, Any], at_ns: int, database: str) -> None:
        super().__init__(kind, fields)
        self.at_ns = at_ns
        self.database = database
        self.sql = ""
        self.reads = ""
        self.sql_arguments: dict[str, Any] = {}
        self.call: Call | None = None
        self.is_call = False
        self.written: tuple[Statement, ...] = ()
        self.transaction_steps: tuple[Step, ...] = ()
        self.concerns_transactions = False

    def fields(self) -> dict[str, Any]:
        call = self.call
        if call is None:
            return self._fields
        # Most calls are never shown.
        parameters = [parameter._asdict() for parameter in call.parameters]
        return {"proc": call.procedure, "params": parameters, **self._fields}

    def runs(self, sql: str, arguments: dict[str, Any] | None = None) -> None:
        """The text this request has the server run."""
        self.sql = sql
        self.sql_arguments = arguments or {}
        self.concerns_transactions = concerns_transactions(sql)

    def statements(self) -> tuple[Statement, ...]:
        """What its SQL says, with the arguments filled in."""
        return statements(self.sql, self.sql_arguments) if self.sql else self.written

    def selects(self) -> list[Statement]:
        """The queries whose rows its answer may hold."""
        found = statements(self.reads, {}) if self.reads else self.statements()
        return [each for each in found if each.verb == "select"]

    def steps(self) -> Sequence[Statement | Step]:
        """The same with what it does to transactions, in its order."""
        if self.transaction_steps or not self.concerns_transactions:
            return self.transaction_steps or self.statements()
        return with_steps(self.sql, self.statements())


class Effect(NamedTuple):
    """An INSERT or a procedure call; with a `reason` it did not take effect.

    `returned` holds what a call's parameters brought back, None where nothing. What waited for the
    end of a transaction happened when that was asked for, at `at_ns`; else with its request.
    """

    request: Request
    statement: Statement
    outcome: str
    reason: str = ""
    returned: tuple[Any, ...] = ()
    at_ns: int = 0

    @property
    def is_call(self) -> bool:
        return self.statement.verb in (CALL, "exec")


class Answer(TdsMessage):
    """A response together with the request it answers, if that was seen.

    `effects` is given where a transaction has a say; else they follow from the two. Its rows may
    be such as were written to the tables `uncommitted`, and may never come to be.
    """

    __slots__ = ("effects", "is_whole", "request", "response", "uncommitted")

    def __init__(
        self, response: Response, request: Request | None, effects: Sequence[Effect] | None = None
    ) -> None:
        super().__init__("response", {})
        self.response = response
        self.request = request
        self.effects = effects
        self.uncommitted: frozenset[tuple[str, ...]] = frozenset()
        self.is_whole = True  # False when it could not be read to its end

    def fields(self) -> dict[str, Any]:
        request = self.request.number if self.request else None
        return {"request": request, **self.response.fields()}


class Unanswered(Problem, frozen=True, kw_only=True):
    """No answer to a request was seen, and none can come any more."""

    request: Request
    effects: tuple[Effect, ...] | None = None


class TransactionEnded(Problem, frozen=True, kw_only=True):
    """A transaction ended, or was given up, without a request that says so."""

    effects: tuple[Effect, ...] = ()
