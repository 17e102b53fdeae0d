"""The TDS messages a session hands out; requests and responses know each other."""

from typing import Any

from capture.wire.tds.requests import Call
from capture.wire.tds.response import Response
from capture.wire.tds.sql import Statement, statements
from riskgw.messages.problem import Problem


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
    """Something the server must answer. `database` is the connection's when it was sent."""

    __slots__ = ("at_ns", "call", "database", "sql", "sql_arguments")

    def __init__(self, kind: str, fields: dict[str, Any], at_ns: int, database: str) -> None:
        super().__init__(kind, fields)
        self.at_ns = at_ns
        self.database = database
        self.sql = ""
        self.sql_arguments: dict[str, Any] = {}
        self.call: Call | None = None

    def statements(self) -> tuple[Statement, ...]:
        """What its SQL says, with the arguments filled in."""
        return statements(self.sql, self.sql_arguments) if self.sql else ()


class Answer(TdsMessage):
    """A response together with the request it answers, if that was seen."""

    __slots__ = ("request", "response")

    def __init__(self, response: Response, request: Request | None) -> None:
        super().__init__("response", {})
        self.response = response
        self.request = request

    def fields(self) -> dict[str, Any]:
        request = self.request.number if self.request else None
        return {"request": request, **self.response.fields()}


class Unanswered(Problem, frozen=True, kw_only=True):
    """No answer to a request was seen, and none can come any more."""

    request: Request
