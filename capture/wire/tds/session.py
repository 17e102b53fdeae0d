"""One connection to a SQL Server: which version, which request an answer belongs to."""

from collections.abc import Callable

from mypy_extensions import mypyc_attr

from capture.wire.framing import Found
from capture.wire.session import Item, Match
from capture.wire.tds import packets, requests
from capture.wire.tds.bulk_load import bulk_load, bulk_table
from capture.wire.tds.dialogue import Dialogue, shared
from capture.wire.tds.encryption import EncryptedStream, hides_everything, strict
from capture.wire.tds.messages import (
    Answer,
    Effect,
    Request,
    TdsMessage,
    TransactionEnded,
    Unanswered,
)
from capture.wire.tds.packets import HEADER_BYTES, PacketFramer, TdsPacketMessage
from capture.wire.tds.procedures import ProcedureCalls
from capture.wire.tds.reader import Reader
from capture.wire.tds.response import MetadataMemory, Response
from capture.wire.tds.smp import SMP_ID, SMP_SESSIONS_MAX
from capture.wire.tds.transaction_log import TELLING, TransactionLog
from capture.wire.tds.transactions import descriptor, transaction_request
from capture.wire.tds.version import Version
from capture.wire.tds.version_search import MALFORMED, AmbiguousVersion, VersionSearch
from riskgw.messages.problem import EXCERPT_BYTES_MAX, Problem, ProblemKind

_TLS_RECORDS = (b"\x14", b"\x15", b"\x16", b"\x17")
_ENVIRONMENT_DATABASE = 1
# Their bytes are not shown: the password of LOGIN7 is all but plain.
_LOG_IN = frozenset((8, packets.LOGIN7, 17))
# Requests that say which transaction they belong to.
_WITH_DESCRIPTOR = frozenset((packets.SQL_BATCH, packets.RPC, packets.TRANSACTION_MANAGER))
_LOG_IN_REQUESTS = frozenset(("prelogin", "login7"))
_FRAMES = {
    Found.MESSAGE: Match.YES,
    Found.TOO_SHORT_TO_TELL: Match.MAYBE,
    Found.NOTHING: Match.NO,
}


def recognise(start: bytes, is_stream_start: bool) -> Match:
    """Whether bytes are TDS: a whole packet that can begin a message, at a stream's start a
    client's first one (PRELOGIN or LOGIN7) or the server's answer to it; or TLS for TDS 8.0."""
    if len(start) < HEADER_BYTES:
        return Match.MAYBE
    if start[0] == SMP_ID:
        return Match.NO if is_stream_start else _FRAMES[packets.frames_at(start, 0)]
    header = packets.header_at(start, 0)
    if header is None:
        return strict(start)
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
    is_first = start[0] in (packets.PRELOGIN, packets.LOGIN7)
    return start[0] == packets.STRICT or (is_first and not is_tls)


def _is_believable(kind: int, payload: bytes) -> Match:
    if not packets.may_start(kind, payload):
        return Match.NO
    if kind == packets.PRELOGIN and payload[:1] not in _TLS_RECORDS:
        try:
            options = requests.prelogin(payload)
        except MALFORMED:
            return Match.NO
        return Match.YES if "version" in options else Match.NO
    if kind == packets.ATTENTION:
        return Match.MAYBE  # eight bytes prove too little
    return Match.YES


@mypyc_attr(allow_interpreted_subclasses=True)
class TdsSession:
    """Decodes both directions; pairs each answer with its request."""

    def __init__(self, is_whole: bool) -> None:
        self._framers: list[PacketFramer | EncryptedStream] = [
            PacketFramer(is_in_step=is_whole) for _ in range(2)
        ]
        self._version = VersionSearch()
        self._database = self._login_database = ""
        self.user = ""
        self._client_encryption: int | None = None
        self._metadata = MetadataMemory()
        self._procedures = ProcedureCalls()
        self._transaction = TransactionLog()
        # Whether a transaction may have begun or ended unseen.
        self._is_uncertain = not is_whole
        self._dialogue = Dialogue()
        self._multiplexed: dict[int, Dialogue] = {}
        self._at_ns = 0
        self.client: int | None = None
        self.logon_by: int | None = None

    @property
    def encrypted_bytes(self) -> int:
        """Of both directions, as long as they are not closed."""
        return sum(framer.encrypted_bytes for framer in self._framers)

    def receive(self, end: int, data: bytes, at_ns: int) -> list[Item]:
        self._at_ns = at_ns
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
        self._is_uncertain = True
        return []

    def held_bytes(self, end: int) -> int:
        return self._framers[end].held_bytes

    def close(self, end: int, *, is_over: bool = False) -> list[Item]:
        items: list[Item] = []
        for message in self._framers[end].close():
            items += (
                [message]
                if isinstance(message, Problem)
                else self._decoded(end, message, self._at_ns)
            )
        encrypted = self._framers[end].encrypted_bytes
        self._framers[end].encrypted_bytes = 0
        if encrypted:
            items.append(Problem(ProblemKind.ENCRYPTED, "TLS", encrypted))
        if end == self.client:
            for dialogue in (self._dialogue, *self._multiplexed.values()):
                items += self._give_up_waiting(dialogue)
            items += self._give_up_transaction(is_over=is_over)
        return items

    def _find_client(self, end: int, message: TdsPacketMessage) -> None:
        if self.client is not None:
            return
        if message.kind in packets.CLIENT_TYPES or message.kind == packets.STRICT:
            self.client = end
        elif message.kind == packets.TABULAR_RESULT:
            self.client = 1 - end
        elif message.kind == packets.PRELOGIN and message.payload[:1] not in _TLS_RECORDS:
            self.client = end

    def _decoded(self, end: int, message: TdsPacketMessage, at_ns: int) -> list[Item]:
        kind, payload = message.kind, message.payload
        decode = _DECODERS.get(kind)
        if decode is None:  # SSPI, federated tokens: part of the log-in, nothing to show
            return self._session_ended(end, message) if kind == packets.SESSION_END else []
        items: list[Item] = []
        dialogue = self._dialogue
        if message.session != packets.UNMULTIPLEXED:
            dialogue = self._dialogue_of(message.session, items)
        if message.reset:
            items += self._reset(message.reset)
        try:
            if self._is_uncertain and kind in _WITH_DESCRIPTOR:
                items += self._find_transaction(payload)
            return items + decode(self, payload, at_ns, dialogue)
        except MALFORMED as error:
            return [*items, _malformed(kind, payload, error)]
        except AmbiguousVersion:
            detail = f"type {kind} message: it can be of several versions, and says other things"
            return [*items, Problem(ProblemKind.MIDSTREAM, detail, len(payload))]

    def _dialogue_of(self, session: int, items: list[Item]) -> Dialogue:
        dialogue = self._multiplexed.get(session)
        if dialogue is None:
            while len(self._multiplexed) >= SMP_SESSIONS_MAX:
                oldest = next(iter(self._multiplexed))
                items += self._give_up_waiting(self._multiplexed.pop(oldest))
            dialogue = self._multiplexed[session] = Dialogue()
        return dialogue

    def _session_ended(self, end: int, message: TdsPacketMessage) -> list[Item]:
        """The server closes a multiplexed session last: nothing will be answered any more."""
        if end == self.client or message.session not in self._multiplexed:
            return []
        return self._give_up_waiting(self._multiplexed.pop(message.session))

    def _reset(self, how: int) -> list[Item]:
        """The client takes the connection from a pool: it is as after the log-in."""
        self._procedures.forget()
        self._database = self._login_database
        if how & packets.RESET_KEEPING_TRANSACTION:
            return []
        undone = self._transaction.roll_back()
        if not undone:
            return []
        detail = f"a transaction with {len(undone)} writes was rolled back by a reset"
        return [TransactionEnded(ProblemKind.NOT_EFFECTIVE, detail)]

    def _find_transaction(self, payload: bytes) -> list[Item]:
        """Mid-stream and after a loss, the request says whether it stands in a transaction."""
        self._is_uncertain = False
        if not requests.headers_size(payload, self._version.known):  # before 7.2 it does not
            self._transaction.is_doubtful = True
            return []
        if descriptor(payload):
            self._transaction.found_open()
            return []
        writes = self._transaction.writes
        given_up = self._transaction.abandon(self._at_ns)
        if not writes:
            return []
        detail = f"the end of a transaction with {writes} writes was not seen"
        return [TransactionEnded(ProblemKind.UNANSWERED, detail, effects=tuple(given_up))]

    def _give_up_transaction(self, *, is_over: bool) -> list[Item]:
        """The server rolls back what is open when a client hangs up; unless its end was lost."""
        writes, is_doubtful = self._transaction.writes, self._transaction.is_doubtful
        self._transaction.abandon(self._at_ns)
        if not writes:
            return []
        if is_over and not (is_doubtful or self._is_uncertain):
            detail = f"a transaction with {writes} writes was rolled back by the end of the session"
            return [TransactionEnded(ProblemKind.NOT_EFFECTIVE, detail)]
        detail = f"a transaction with {writes} writes was still open at the end"
        return [TransactionEnded(ProblemKind.UNANSWERED, detail)]

    def prelogin(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        if payload[:1] in _TLS_RECORDS and payload[1:2] == b"\x03":
            self._framers[0].encrypted_bytes += len(payload)
            return []
        options = requests.prelogin(payload)
        self._client_encryption = requests.encryption_of(options)
        return self._asked(dialogue, [Request("prelogin", options, at_ns, "")])

    def _prelogin_answered(self, payload: bytes, dialogue: Dialogue) -> list[Item]:
        dialogue.waiting = []
        options = requests.prelogin(payload)
        encryption = requests.encryption_of(options)
        if encryption is not None and hides_everything(self._client_encryption, encryption):
            self._hide()
        return [TdsMessage("prelogin", options)]

    def strict(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        """TLS around everything."""
        self._hide()
        return []

    def _hide(self) -> None:
        self._framers = [
            EncryptedStream(each) if isinstance(each, PacketFramer) else each
            for each in self._framers
        ]

    def login7(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        fields, version = requests.login7(payload)
        self._version.known = version
        self._database = self._login_database = str(fields["database"])
        self.user = str(fields["user"])
        return self._asked(dialogue, [Request("login7", fields, at_ns, self._database)])

    def sql_batch(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        self._version.by_headers(payload)
        sql = requests.sql_batch(payload, self._version.known)
        request = Request("sql_batch", {"sql": sql}, at_ns, self._database)
        request.runs(sql)
        dialogue.bulk_table = bulk_table(sql) or dialogue.bulk_table
        return self._asked(dialogue, [request])

    def rpc(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        items: list[Item] = []
        self._version.by_headers(payload)
        for call in self._version.read(payload, requests.procedure_calls):
            items += self._procedures.request(call, at_ns, self._database)
        return self._asked(dialogue, items)

    def bulk_load(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        """The rows of the INSERT BULK before it; without that nobody knows whose they are."""
        table, dialogue.bulk_table = dialogue.bulk_table, ""
        fields, statement = self._version.read(
            payload, lambda data, version: bulk_load(data, version, table)
        )
        request = Request("bulk_load", fields, at_ns, self._database)
        if table:
            request.written = (statement,)
            return self._asked(dialogue, [request])
        detail = f"{len(statement.rows)} rows of a bulk load whose INSERT BULK was not seen"
        return self._asked(dialogue, [request, Problem(ProblemKind.ORPHAN, detail)])

    def transaction(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        self._version.by_headers(payload)
        fields, steps = self._version.read(payload, transaction_request)
        request = Request("tran", fields, at_ns, self._database)
        request.transaction_steps = steps
        request.concerns_transactions = True
        return self._asked(dialogue, [request])

    def attention_signal(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        dialogue.attention = Request("attention", {}, at_ns, self._database)
        return [dialogue.attention]

    def tabular_result(self, payload: bytes, at_ns: int, dialogue: Dialogue) -> list[Item]:
        if payload[:1] == b"\0":  # no token, but the version option of an answer to PRELOGIN
            return self._prelogin_answered(payload, dialogue)
        response, trouble = self._response(payload)
        if trouble and not (response.done or response.results or response.errors):
            return [trouble]
        self._version.known = response.login_version or self._version.known
        self._follow_environment(response)
        items: list[Item] = [trouble] if trouble else []
        if response.is_attention_answer:
            attention, dialogue.attention = dialogue.attention, None
            if len(response.done) == 1 and not (response.results and dialogue.waiting):
                return [*items, *self._give_up_waiting(dialogue), Answer(response, attention)]
        waiting, dialogue.waiting = dialogue.waiting, []
        if len(waiting) > 1:
            return items + self._answers(waiting, response)
        is_whole = trouble is None and len(response.done) > response.is_attention_answer
        return items + self._answer(waiting[0] if waiting else None, response, is_whole)

    def _answers(self, waiting: list[Request], response: Response) -> list[Item]:
        """The calls of one message are answered by one message, each up to its DONEPROC."""
        items: list[Item] = []
        for request, part in zip(waiting, shared(response, len(waiting)), strict=True):
            if part is None:
                items += self._unanswered(request)
            else:
                items += self._answer(request, part, is_whole=True)
        return items

    def _answer(self, request: Request | None, response: Response, is_whole: bool) -> list[Item]:
        answer = Answer(response, request)
        answer.is_whole = is_whole
        if request is not None and request.call is not None:
            self._procedures.learn(request, response)
        if (
            (request is not None and request.concerns_transactions)
            or not self._transaction.is_idle
            or any(kind in TELLING for kind, _ in response.environment)
        ):
            asked = request or Request("", {}, self._at_ns, self._database)
            answer.effects = self._settled(asked, response, is_whole)
            if response.results:
                answer.uncommitted = self._transaction.tables()
            return [answer, *self._overflown()]
        return [answer]

    def _settled(
        self, request: Request, response: Response | None, is_whole: bool = True
    ) -> list[Effect]:
        return self._transaction.settle(request, response, is_whole=is_whole)

    def _overflown(self) -> list[Item]:
        if not self._transaction.has_overflown:
            return []
        self._transaction.has_overflown = False
        detail = "a transaction with more rows than are kept back; they are taken as sent"
        return [Problem(ProblemKind.LIMIT, detail)]

    def _asked(self, dialogue: Dialogue, asked: list[Item]) -> list[Item]:
        """A session asks again only after the answer: what waited stays unanswered."""
        items = self._give_up_waiting(dialogue)
        dialogue.waiting = [each for each in asked if isinstance(each, Request)]
        return items + asked

    def _give_up_waiting(self, dialogue: Dialogue) -> list[Item]:
        waiting, dialogue.waiting = dialogue.waiting, []
        items: list[Item] = []
        for request in waiting:
            items += self._unanswered(request)
        return items

    def _unanswered(self, request: Request) -> list[Item]:
        if request.type in _LOG_IN_REQUESTS:
            return []
        detail = f"no answer to {request.type} was seen"
        effects = None
        if request.concerns_transactions or not self._transaction.is_idle:
            effects = tuple(self._settled(request, None))
        found = Unanswered(ProblemKind.UNANSWERED, detail, request=request, effects=effects)
        return [found, *self._overflown()]

    def _response(self, payload: bytes) -> tuple[Response, Problem | None]:
        """What could be read of an answer: an unknown token hides all behind it."""
        if self._version.known is None:
            return self._version.read(payload, self._whole_response), None
        response = Response(self._metadata)
        try:
            response.read(payload, self._version.known)
        except MALFORMED as error:
            return response, _malformed(packets.TABULAR_RESULT, payload, error)
        return response, None

    def _whole_response(self, payload: bytes, version: Version) -> Response:
        response = Response(self._metadata)
        response.read(payload, version)
        return response

    def _follow_environment(self, response: Response) -> None:
        for kind, value in response.environment:
            if kind == _ENVIRONMENT_DATABASE:
                self._database = Reader(value).b_varchar()
        if response.login_version is not None:
            self._login_database = self._database


def _malformed(kind: int, payload: bytes, error: Exception) -> Problem:
    excerpt = b"" if kind in _LOG_IN else payload[:EXCERPT_BYTES_MAX]
    detail = f"type {kind} message: {error}"
    size = len(payload)
    return Problem(ProblemKind.MALFORMED, detail, size, data=excerpt, behind=size)


_DECODERS: dict[int, Callable[[TdsSession, bytes, int, Dialogue], list[Item]]] = {
    packets.SQL_BATCH: TdsSession.sql_batch,
    packets.RPC: TdsSession.rpc,
    packets.TABULAR_RESULT: TdsSession.tabular_result,
    packets.ATTENTION: TdsSession.attention_signal,
    packets.BULK_LOAD: TdsSession.bulk_load,
    packets.TRANSACTION_MANAGER: TdsSession.transaction,
    packets.LOGIN7: TdsSession.login7,
    packets.PRELOGIN: TdsSession.prelogin,
    packets.STRICT: TdsSession.strict,
}
