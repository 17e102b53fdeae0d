"""One connection to a SQL Server: which version, which request an answer belongs to."""

import re
import struct
from collections.abc import Callable
from typing import Any

from capture.wire.session import Item, Match
from capture.wire.tds import packets, requests
from capture.wire.tds.messages import Answer, Request, TdsMessage, Unanswered
from capture.wire.tds.packets import HEADER_BYTES, PacketFramer, TdsPacketMessage
from capture.wire.tds.reader import MalformedMessage, Reader
from capture.wire.tds.response import MetadataMemory, Response
from capture.wire.tds.version import TDS_7_0, TDS_7_1, TDS_7_4, Version
from riskgw.messages.problem import Problem, ProblemKind

_TLS_RECORDS = (b"\x14", b"\x15", b"\x16", b"\x17")
_ENVIRONMENT_DATABASE = 1
_DECLARED = re.compile(r"(@\w+)\s+(?:AS\s+)?[\w\[]", re.IGNORECASE)
# Reading past the end of a message shows as one of these.
_MALFORMED = (MalformedMessage, struct.error, IndexError)
_PROCEDURE_WITH_SQL = "sp_executesql"


def recognise(start: bytes, is_stream_start: bool) -> Match:
    """Whether bytes are TDS: a whole packet that can begin a message, at a stream's start a
    client's first one (PRELOGIN or LOGIN7) or the server's answer to it."""
    if len(start) < HEADER_BYTES:
        return Match.MAYBE
    header = packets.header_at(start, 0)
    if header is None:
        return Match.NO
    kind, _, size = header
    if is_stream_start and kind not in (
        packets.PRELOGIN,
        packets.LOGIN7,
        packets.TABULAR_RESULT,
    ):
        return Match.NO
    if len(start) < size:
        return Match.MAYBE
    return _is_believable(kind, start[HEADER_BYTES:size])


def begins(start: bytes) -> bool:
    """Whether a message that was recognised is a connection's first."""
    is_tls = start[HEADER_BYTES : HEADER_BYTES + 1] in _TLS_RECORDS
    return start[0] in (packets.PRELOGIN, packets.LOGIN7) and not is_tls


def _is_believable(kind: int, payload: bytes) -> Match:
    if not packets.may_start(kind, payload):
        return Match.NO
    if kind == packets.PRELOGIN and payload[:1] not in _TLS_RECORDS:
        try:
            options = requests.prelogin(payload)
        except _MALFORMED:
            return Match.NO
        return Match.YES if "version" in options else Match.NO
    if kind == packets.ATTENTION:
        return Match.MAYBE  # eight bytes prove too little
    return Match.YES


class TdsSession:
    """Decodes both directions; pairs each answer with its request."""

    def __init__(self, is_whole: bool) -> None:
        self._framers = [PacketFramer(is_in_step=is_whole) for _ in range(2)]
        self._version: Version | None = None
        self._database = ""
        self._metadata = MetadataMemory()
        self._unanswered: Request | None = None
        self._attention: Request | None = None
        self.client: int | None = None
        self.logon_by: int | None = None

    def receive(self, end: int, data: bytes, at_ns: int) -> list[Item]:
        items: list[Item] = []
        for message in self._framers[end].receive(data):
            if isinstance(message, Problem):
                items.append(message)
            else:
                self._find_client(end, message)
                items += self._decoded(end, message, at_ns)
        return items

    def gap(self, end: int, size: int, at_ns: int) -> list[Item]:
        self._framers[end].gap()
        return []

    def close(self, end: int) -> list[Item]:
        items: list[Item] = []
        for message in self._framers[end].close():
            items += [message] if isinstance(message, Problem) else self._decoded(end, message, 0)
        encrypted = self._framers[end].encrypted_bytes
        self._framers[end].encrypted_bytes = 0
        if encrypted:
            items.append(Problem(ProblemKind.ENCRYPTED, "TLS", encrypted))
        if end == self.client:
            items += self._give_up_waiting()
        return items

    def _find_client(self, end: int, message: TdsPacketMessage) -> None:
        if self.client is not None:
            return
        if message.kind in packets.CLIENT_TYPES:
            self.client = end
        elif message.kind == packets.TABULAR_RESULT:
            self.client = 1 - end
        elif message.payload[:1] not in _TLS_RECORDS:
            self.client = end

    def _decoded(self, end: int, message: TdsPacketMessage, at_ns: int) -> list[Item]:
        decode = _DECODERS.get(message.kind)
        if decode is None:  # SSPI, federated tokens: part of the log-in, nothing to show
            return []
        try:
            return decode(self, message.payload, at_ns)
        except _MALFORMED as error:
            detail = f"type {message.kind} message: {error}"
            return [Problem(ProblemKind.MALFORMED, detail, len(message.payload))]

    def prelogin(self, payload: bytes, at_ns: int) -> list[Item]:
        if payload[:1] in _TLS_RECORDS and payload[1:2] == b"\x03":
            self._framers[0].encrypted_bytes += len(payload)
            return []
        return self._asked(Request("prelogin", requests.prelogin(payload), at_ns, ""))

    def login7(self, payload: bytes, at_ns: int) -> list[Item]:
        fields, version = requests.login7(payload)
        self._version = version
        self._database = str(fields["database"])
        return self._asked(Request("login7", fields, at_ns, self._database))

    def sql_batch(self, payload: bytes, at_ns: int) -> list[Item]:
        if self._version is None and requests.headers_size(payload, None):
            self._version = TDS_7_4
        sql = requests.sql_batch(payload, self._version)
        request = Request("sql_batch", {"sql": sql}, at_ns, self._database)
        request.sql = sql
        return self._asked(request)

    def rpc(self, payload: bytes, at_ns: int) -> list[Item]:
        calls = self._read(payload, requests.procedure_calls)
        items: list[Item] = []
        for call in calls:
            items += self._asked(self._procedure_request(call, at_ns))
        return items

    def _procedure_request(self, call: requests.Call, at_ns: int) -> Request:
        fields: dict[str, Any] = {
            "proc": call.procedure,
            "params": [parameter._asdict() for parameter in call.parameters],
        }
        request = Request("rpc", fields, at_ns, self._database)
        request.call = call
        if call.procedure.lower() == _PROCEDURE_WITH_SQL and call.parameters:
            sql, *rest = call.parameters
            arguments = rest[1:]
            fields["sql"] = str(sql.value or "")
            fields["args"] = [argument.value for argument in arguments]
            request.sql = fields["sql"]
            request.sql_arguments = _named_arguments(rest[:1], arguments)
        return request

    def tabular_result(self, payload: bytes, at_ns: int) -> list[Item]:
        request, attention = self._unanswered, self._attention
        if payload[:1] == b"\0":  # no token, but the version option of an answer to PRELOGIN
            self._unanswered = None
            return [TdsMessage("prelogin", requests.prelogin(payload))]
        response = self._read(payload, self._response)
        self._version = response.login_version or self._version
        self._follow_environment(response)
        if response.is_attention_answer:
            self._attention = None
            if len(response.done) == 1:
                return [*self._give_up_waiting(), Answer(response, attention)]
        self._unanswered = None
        return [Answer(response, request)]

    def attention_signal(self, payload: bytes, at_ns: int) -> list[Item]:
        self._attention = Request("attention", {}, at_ns, self._database)
        return [self._attention]

    def _asked(self, request: Request) -> list[Item]:
        """A client without MARS asks again only after the answer: what waited stays unanswered."""
        items = self._give_up_waiting()
        self._unanswered = request
        return [*items, request]

    def _give_up_waiting(self) -> list[Item]:
        request, self._unanswered = self._unanswered, None
        if request is None or request.type in ("prelogin", "login7"):
            return []
        detail = f"no answer to {request.type} was seen"
        return [Unanswered(ProblemKind.UNANSWERED, detail, request=request)]

    def _response(self, payload: bytes, version: Version) -> Response:
        response = Response(self._metadata)
        response.read(payload, version)
        return response

    def _follow_environment(self, response: Response) -> None:
        for kind, value in response.environment:
            if kind == _ENVIRONMENT_DATABASE:
                self._database = Reader(value).b_varchar()

    def _read(self, payload: bytes, parse: Callable[[bytes, Version], Any]) -> Any:
        """Parse with the known version; mid-stream, with the first version that fits."""
        if self._version is not None:
            return parse(payload, self._version)
        for version in (TDS_7_4, TDS_7_1, TDS_7_0):
            try:
                parsed = parse(payload, version)
            except _MALFORMED:
                continue
            self._version = version
            return parsed
        raise MalformedMessage("fits no version of the protocol")


def _named_arguments(
    declarations: list[requests.Parameter], arguments: list[requests.Parameter]
) -> dict[str, Any]:
    """@name to value; a client may leave names out and rely on the order of the declarations."""
    text = str(declarations[0].value or "") if declarations else ""
    declared = _DECLARED.findall(text)
    names = [
        argument.name or (declared[place] if place < len(declared) else "")
        for place, argument in enumerate(arguments)
    ]
    return {name.lower(): argument.value for name, argument in zip(names, arguments, strict=True)}


_DECODERS: dict[int, Callable[[TdsSession, bytes, int], list[Item]]] = {
    packets.SQL_BATCH: TdsSession.sql_batch,
    packets.RPC: TdsSession.rpc,
    packets.TABULAR_RESULT: TdsSession.tabular_result,
    packets.ATTENTION: TdsSession.attention_signal,
    packets.LOGIN7: TdsSession.login7,
    packets.PRELOGIN: TdsSession.prelogin,
}
