"""One side of a FIX 4.4 session (FIX 4.4, volume 2, "FIX session protocol"), without sockets.

Bytes, messages and the time go in; steps come out, in the order in which they are to be taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import NoReturn

from quoting.wire.fix.codec import (
    BEGIN_STRING,
    Codec,
    Envelope,
    NoMessage,
    NoNumber,
    Sending,
    UnknownType,
)
from quoting.wire.fix.framer import Framer, Garbled
from quoting.wire.fix.gaps import Gaps, NotResent
from quoting.wire.fix.header_checks import check_sending_time
from quoting.wire.fix.messages import (
    SESSION_TYPES,
    BusinessMessage,
    BusinessReject,
    Heartbeat,
    Logon,
    Logout,
    Message,
    Reject,
    ResendRequest,
    SequenceReset,
    TestRequest,
)
from quoting.wire.fix.resending import AskedTooOften, Resending, answer
from quoting.wire.fix.steps import (
    Close,
    Ending,
    Gap,
    LoggedOn,
    PeerRefused,
    Received,
    Refused,
    Send,
    State,
    Step,
    Turn,
    after,
)
from quoting.wire.fix.store import Store
from quoting.wire.fix.values import FieldRefused, RejectReason, timestamp
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND

HEARTBEAT_SECONDS_MAX = 3600
# "Some reasonable transmission time" beyond the interval: a fifth of it.
SILENCE_TENTHS = 12
GARBAGE_BYTES_MAX = 64 * 1024
UNSUPPORTED_MESSAGE_TYPE = 3  # BusinessRejectReason (380)


class NotLoggedOn(RuntimeError):
    """A business message was to be sent while no session stands."""


class _Answered(Exception):
    """What was to be done about a message is done; nothing else is."""


@dataclass(frozen=True)
class Settings:
    """Who the two sides are and what they agreed on; a password is sent, or asked for.

    Types in `never_resent` are gap-filled when asked for again: a price of then is no offer now.
    """

    sender: str
    target: str
    is_initiator: bool
    heartbeat_seconds: int = 30
    resets_on_logon: bool = False
    never_resent: frozenset[str] = frozenset()
    sending_time_seconds_max: int = 120
    logon_seconds_max: int = 10
    logout_seconds_max: int = 2
    username: str | None = None
    password: str | None = None


class Session:
    """Numbers, heartbeats, requests for what is missing; business messages in their order."""

    def __init__(self, settings: Settings, codec: Codec, store: Store) -> None:
        self.settings = settings
        self.state = State.CLOSED
        self.heartbeat_seconds = settings.heartbeat_seconds
        self._codec = codec
        self._store = store
        self._steps: list[Step] = []
        self._handlers: dict[type, Callable[..., None]] = {
            Heartbeat: self._heartbeat,
            TestRequest: self._test_request,
            ResendRequest: self._resend_request,
            Reject: self._reject,
            SequenceReset: self._gap_fill,
            Logon: self._logon_again,
            Logout: self._logout,
        }
        self._begin(0)

    def _begin(self, at_ns: int) -> None:
        self._framer = Framer()
        self._gaps = Gaps()
        self._began_ns = self._sent_ns = self.heard_ns = at_ns
        self._tested_ns: int | None = None
        self._garbage_bytes = 0
        self._resending = Resending()

    def connected(self, at_ns: int) -> list[Step]:
        """A connection stands; the initiator logs on."""
        self._begin(at_ns)
        if not self.settings.is_initiator:
            self.state = after(self.state, Turn.ACCEPTED)
            return []
        self.state = after(self.state, Turn.INITIATED)
        if self.settings.resets_on_logon:
            self._store.reset()
        self._post_logon(at_ns, is_reset=self.settings.resets_on_logon)
        return self._taken()

    def lost(self) -> None:
        """The connection is gone, whoever ended it."""
        self.state = State.CLOSED

    def send(self, message: BusinessMessage, at_ns: int) -> list[Step]:
        """A business message, numbered and kept."""
        if self.state is not State.ACTIVE:
            raise NotLoggedOn(f"{type(message).__name__} while {self.state.name}")
        self._post(message, at_ns)
        return self._taken()

    def logout(self, text: str, at_ns: int) -> list[Step]:
        """Begin to end the session; it has ended when the peer has answered or its time is over."""
        if self.state is State.ACTIVE:
            self._post(Logout(text or None), at_ns)
            self.state = after(self.state, Turn.LOGOUT)
            self._began_ns = at_ns
        elif self.state not in (State.CLOSED, State.LOGOUT_SENT):
            self._close(Ending.LOGOUT, text)
        return self._taken()

    def receive(self, data: bytes, at_ns: int) -> list[Step]:
        """What the peer's bytes lead to."""
        for item in self._framer.receive(data):
            if self.state is State.CLOSED:
                break
            try:
                if isinstance(item, Garbled):
                    self._garbled(item)
                else:
                    self._message(item, at_ns)
            except _Answered:
                continue
        return self._taken()

    # Timers

    @property
    def next_timer_ns(self) -> int | None:
        """When `tick` has something to do at the earliest."""
        if self.state is State.CLOSED:
            return None
        if self.state is State.LOGOUT_SENT:
            return self._began_ns + self.settings.logout_seconds_max * NS_PER_SECOND
        if self.state is not State.ACTIVE:
            return self._began_ns + self.settings.logon_seconds_max * NS_PER_SECOND
        times = [self._gaps.answer_by_ns]
        if self.heartbeat_seconds:
            times.append(self._sent_ns + self.heartbeat_seconds * NS_PER_SECOND)
            times.append((self._tested_ns or self.heard_ns) + self._silence_ns)
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    @property
    def _silence_ns(self) -> int:
        return self.heartbeat_seconds * NS_PER_SECOND * SILENCE_TENTHS // 10

    def tick(self, at_ns: int) -> list[Step]:
        """What is due by now."""
        due_ns = self.next_timer_ns
        if due_ns is None or at_ns < due_ns:
            return []
        if self.state is State.LOGOUT_SENT:
            self._close(Ending.NO_LOGOUT, "")
        elif self.state is not State.ACTIVE:
            self._close(Ending.NO_LOGON, "")
        else:
            self._keep_alive(at_ns)
        return self._taken()

    def _keep_alive(self, at_ns: int) -> None:
        try:
            missing = self._gaps.overdue(self._store.next_received, at_ns)
        except NotResent as error:
            self._end(Ending.NOT_RESENT, str(error), at_ns)
            return
        if missing:
            self._post(missing, at_ns)
        if not self.heartbeat_seconds:
            return
        if at_ns >= (self._tested_ns or self.heard_ns) + self._silence_ns:
            if self._tested_ns is not None:
                self._close(Ending.SILENT, "no answer to a test request")
                return
            self._post(TestRequest(str(at_ns // NS_PER_MS)), at_ns)
            self._tested_ns = at_ns
        if at_ns >= self._sent_ns + self.heartbeat_seconds * NS_PER_SECOND:
            self._post(Heartbeat(), at_ns)

    # Out

    def _post(self, message: Message, at_ns: int) -> None:
        number = self._store.next_sent
        data = self._codec.encode(message, self._sending(number, at_ns))
        kind = self._codec.kind(message)
        is_kept = kind not in SESSION_TYPES and kind not in self.settings.never_resent
        self._store.sent(number, data if is_kept else None)
        self._sent_ns = at_ns
        self._steps.append(Send(data))

    def _sending(self, number: int, at_ns: int) -> Sending:
        return Sending(self.settings.sender, self.settings.target, number, at_ns)

    def _post_logon(self, at_ns: int, *, is_reset: bool) -> None:
        ours = self.settings
        names = (ours.username, ours.password) if ours.is_initiator else (None, None)
        self._post(Logon(0, self.heartbeat_seconds, is_reset or None, *names), at_ns)

    def _taken(self) -> list[Step]:
        steps, self._steps = self._steps, []
        return steps

    def _close(self, ending: Ending, text: str) -> None:
        self._steps.append(Close(ending, text))
        self.state = after(self.state, Turn.CLOSED)

    def _end(self, ending: Ending, text: str, at_ns: int) -> None:
        """Say why in a Logout, and close."""
        self._post(Logout(f"{ending.value}: {text}" if text else ending.value), at_ns)
        self._close(ending, text)

    def _stop(self, ending: Ending, text: str, at_ns: int) -> NoReturn:
        self._end(ending, text, at_ns)
        raise _Answered

    # In

    def _garbled(self, garbled: Garbled) -> None:
        self._steps.append(garbled)
        self._garbage_bytes += garbled.size
        if self._garbage_bytes > GARBAGE_BYTES_MAX:
            self._close(Ending.GARBAGE, f"{self._garbage_bytes} bytes")

    def _message(self, data: bytes, at_ns: int) -> None:
        try:
            envelope = self._codec.open(data)
        except NoMessage as error:
            self._garbled(Garbled(str(error), len(data)))
            return
        except NoNumber as error:
            self._stop(Ending.NO_NUMBER, str(error), at_ns)
        self.heard_ns, self._tested_ns = at_ns, None
        self._garbage_bytes = 0
        if envelope.begin_string != BEGIN_STRING:
            self._stop(Ending.WRONG_BEGIN_STRING, envelope.begin_string[:20], at_ns)
        if self.state in (State.AWAITING_LOGON, State.LOGON_SENT):
            self._logging_on(envelope, at_ns)
        else:
            self._in_session(envelope, at_ns)

    def _logging_on(self, envelope: Envelope, at_ns: int) -> None:
        if envelope.type == "5" and self.state is State.LOGON_SENT:
            self._refused_logon(envelope)
        elif envelope.type != "A":
            self._close(Ending.NOT_A_LOGON, envelope.type[:20])
        elif not self._is_from_the_peer(envelope):
            self._close(Ending.WRONG_COMP_ID, f"{envelope.sender[:40]} to {envelope.target[:40]}")
        else:
            try:
                self._check_sending_time(envelope, at_ns)
                logon = self._codec.read(envelope)
            except FieldRefused as error:
                self._stop(Ending.BAD_LOGON, str(error), at_ns)
            assert isinstance(logon, Logon)
            self._take_logon(logon, envelope, at_ns)

    def _refused_logon(self, envelope: Envelope) -> None:
        if envelope.number == self._store.next_received:
            self._store.received(envelope.number + 1)
        try:
            answer = self._codec.read(envelope)
        except FieldRefused as error:
            answer = Logout(str(error))
        assert isinstance(answer, Logout)
        self._close(Ending.LOGON_REFUSED, answer.text or "")

    def _take_logon(self, logon: Logon, envelope: Envelope, at_ns: int) -> None:
        if logon.encryption != 0:
            self._stop(Ending.BAD_LOGON, f"EncryptMethod {logon.encryption}", at_ns)
        if not 0 <= logon.heartbeat_seconds <= HEARTBEAT_SECONDS_MAX:
            self._stop(Ending.BAD_LOGON, f"HeartBtInt {logon.heartbeat_seconds}", at_ns)
        if not self._may_log_on(logon):
            self._stop(Ending.BAD_LOGON, "username or password", at_ns)
        if logon.is_reset:
            self._begin_with_one()
        expected = self._store.next_received
        if envelope.number < expected:
            self._too_low(envelope, at_ns)
        if not self.settings.is_initiator:
            self.heartbeat_seconds = logon.heartbeat_seconds
            self._post_logon(at_ns, is_reset=bool(logon.is_reset))
        self.state = after(self.state, Turn.LOGON)
        self._steps.append(LoggedOn(self.heartbeat_seconds, bool(logon.is_reset)))
        if envelope.number > expected:
            self._ask(envelope, at_ns)
        else:
            self._move_to(expected + 1)

    def _may_log_on(self, logon: Logon) -> bool:
        """An acceptor that has a password asks for it."""
        ours = self.settings
        if ours.is_initiator or ours.password is None:
            return True
        theirs = f"{logon.username}\n{logon.password}".encode("utf-8", "surrogateescape")
        return compare_digest(theirs, f"{ours.username}\n{ours.password}".encode())

    def _begin_with_one(self) -> None:
        """The peer's Logon resets both sides; an initiator's own Logon then was number 1."""
        self._gaps = Gaps()
        self._store.reset()
        if self.settings.is_initiator:
            self._store.sent(1, None)

    def _in_session(self, envelope: Envelope, at_ns: int) -> None:
        if not self._is_from_the_peer(envelope):
            who = FieldRefused(RejectReason.COMP_ID_PROBLEM, None, "not the CompIDs of the logon")
            self._refuse(envelope, who, at_ns)
            self._stop(Ending.WRONG_COMP_ID, envelope.sender[:40], at_ns)
        try:
            self._check_sending_time(envelope, at_ns)
        except FieldRefused as error:
            self._refuse(envelope, error, at_ns)
            if error.reason is RejectReason.SENDING_TIME_ACCURACY:
                self._stop(Ending.SENDING_TIME, str(error), at_ns)
            return
        self._by_number(envelope, at_ns)

    def _by_number(self, envelope: Envelope, at_ns: int) -> None:
        if envelope.type in ("4", "A") and self._has_reset(envelope, at_ns):
            return
        expected = self._store.next_received
        if envelope.number < expected:
            self._too_low(envelope, at_ns)
        if envelope.number > expected:
            # Both sides may miss something: who waited for the other first would wait for ever.
            if envelope.type in ("2", "5"):
                self._handle(envelope, at_ns)
            if self.state is not State.CLOSED:
                self._ask(envelope, at_ns)
            return
        self._move_to(expected + 1)
        self._handle(envelope, at_ns)

    def _handle(self, envelope: Envelope, at_ns: int) -> None:
        try:
            message = self._codec.read(envelope)
        except FieldRefused as error:
            self._refuse(envelope, error, at_ns)
            return
        except UnknownType:
            self._refuse_type(envelope, at_ns)
            return
        handler = self._handlers.get(type(message))
        if handler:
            handler(message, envelope, at_ns)
            return
        assert not isinstance(message, Heartbeat)
        sent_ns = timestamp(envelope.header["52"])
        double = envelope.is_possibly_double or envelope.header.get("97") == "Y"
        self._steps.append(Received(message, envelope.number, sent_ns, double))  # type: ignore[arg-type]  # those of the session have handlers

    def _heartbeat(self, message: Heartbeat, envelope: Envelope, at_ns: int) -> None:
        """That something came is all it says."""

    def _test_request(self, message: TestRequest, envelope: Envelope, at_ns: int) -> None:
        self._post(Heartbeat(message.test_id), at_ns)

    def _reject(self, message: Reject, envelope: Envelope, at_ns: int) -> None:
        self._steps.append(PeerRefused(message))

    def _logout(self, message: Logout, envelope: Envelope, at_ns: int) -> None:
        if self.state is State.ACTIVE:
            self._post(Logout(), at_ns)
        self._close(Ending.LOGOUT, message.text or "")

    def _logon_again(self, message: Logon, envelope: Envelope, at_ns: int) -> None:
        self._stop(Ending.BAD_LOGON, "a second logon", at_ns)

    def _gap_fill(self, message: SequenceReset, envelope: Envelope, at_ns: int) -> None:
        if message.next_number <= envelope.number:
            self._refuse(envelope, _not_ahead(message), at_ns)
            return
        self._move_to(message.next_number)

    def _has_reset(self, envelope: Envelope, at_ns: int) -> bool:
        """Whether it was a reset, whose own number counts for nothing."""
        try:
            message = self._codec.read(envelope)
        except FieldRefused:
            return False
        if isinstance(message, Logon) and message.is_reset and envelope.number == 1:
            self._gaps = Gaps()
            self._store.reset()
            self._store.received(2)
            self._post_logon(at_ns, is_reset=True)
            self._steps.append(LoggedOn(self.heartbeat_seconds, is_reset=True))
            return True
        if not isinstance(message, SequenceReset) or message.is_gap_fill:
            return False
        if message.next_number < self._store.next_received:
            self._refuse(envelope, _not_ahead(message), at_ns)
        else:
            self._move_to(message.next_number)
        return True

    def _resend_request(self, message: ResendRequest, envelope: Envelope, at_ns: int) -> None:
        try:
            self._resending.counted(message)
        except AskedTooOften as error:
            self._stop(Ending.ASKED_TOO_OFTEN, str(error), at_ns)
        sending = self._sending(0, at_ns)
        self._steps += map(Send, answer(message, self._store, self._codec, sending))
        self._sent_ns = at_ns

    # Checks

    def _is_from_the_peer(self, envelope: Envelope) -> bool:
        return (envelope.sender, envelope.target) == (self.settings.target, self.settings.sender)

    def _check_sending_time(self, envelope: Envelope, at_ns: int) -> None:
        accuracy_ns = self.settings.sending_time_seconds_max * NS_PER_SECOND
        check_sending_time(envelope, at_ns, accuracy_ns)

    def _too_low(self, envelope: Envelope, at_ns: int) -> NoReturn:
        if not envelope.is_possibly_double:
            numbers = f"{envelope.number}, expected {self._store.next_received}"
            self._stop(Ending.NUMBER_TOO_LOW, numbers, at_ns)
        raise _Answered

    def _ask(self, envelope: Envelope, at_ns: int) -> None:
        expected = self._store.next_received
        is_resent = envelope.is_possibly_double
        request = self._gaps.seen(envelope.number, expected, at_ns, is_resent=is_resent)
        if request:
            self._steps.append(Gap(expected, envelope.number))
            self._post(request, at_ns)

    def _move_to(self, next_number: int) -> None:
        self._store.received(next_number)
        self._gaps.moved_to(next_number)

    def _refuse(self, envelope: Envelope, error: FieldRefused, at_ns: int) -> None:
        self._take_number(envelope)
        kind, text = envelope.type[:20], str(error)
        self._steps.append(Refused(envelope.number, kind, text))
        known = kind if kind and error.reason is not RejectReason.INVALID_MSG_TYPE else None
        self._post(Reject(envelope.number, error.tag, known, error.reason, text), at_ns)

    def _refuse_type(self, envelope: Envelope, at_ns: int) -> None:
        text = "not in the profile"
        self._steps.append(Refused(envelope.number, envelope.type, text))
        reason = UNSUPPORTED_MESSAGE_TYPE
        reject = BusinessReject(envelope.type, reason, envelope.number, text=text)
        self._post(reject, at_ns)

    def _take_number(self, envelope: Envelope) -> None:
        """What is refused counts as received."""
        if envelope.number == self._store.next_received:
            self._move_to(envelope.number + 1)


def _not_ahead(message: SequenceReset) -> FieldRefused:
    return FieldRefused(RejectReason.VALUE_INCORRECT, 36, f"NewSeqNo {message.next_number}")
