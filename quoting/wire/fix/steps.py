"""What a session says happened, and what is to be done about it."""

from enum import Enum, StrEnum, auto
from typing import NamedTuple

from quoting.wire.fix.framer import Garbled
from quoting.wire.fix.messages import BusinessMessage, Reject


class State(Enum):
    """Where a session stands."""

    CLOSED = auto()
    AWAITING_LOGON = auto()
    LOGON_SENT = auto()
    ACTIVE = auto()
    LOGOUT_SENT = auto()


class Turn(Enum):
    """What moves a session from one state to another."""

    ACCEPTED = auto()
    INITIATED = auto()
    LOGON = auto()
    LOGOUT = auto()
    CLOSED = auto()


TRANSITIONS: dict[tuple[State, Turn], State] = {
    (State.CLOSED, Turn.ACCEPTED): State.AWAITING_LOGON,
    (State.CLOSED, Turn.INITIATED): State.LOGON_SENT,
    (State.AWAITING_LOGON, Turn.LOGON): State.ACTIVE,
    (State.LOGON_SENT, Turn.LOGON): State.ACTIVE,
    (State.ACTIVE, Turn.LOGOUT): State.LOGOUT_SENT,
    (State.AWAITING_LOGON, Turn.CLOSED): State.CLOSED,
    (State.LOGON_SENT, Turn.CLOSED): State.CLOSED,
    (State.ACTIVE, Turn.CLOSED): State.CLOSED,
    (State.LOGOUT_SENT, Turn.CLOSED): State.CLOSED,
}


class IllegalTurn(AssertionError):
    """A session was told what cannot happen where it stands."""


def after(state: State, turn: Turn) -> State:
    try:
        return TRANSITIONS[state, turn]
    except KeyError:
        raise IllegalTurn(f"{turn.name} while {state.name}") from None


class Ending(StrEnum):
    """Why a connection ends."""

    LOGOUT = "logout"
    LOGON_REFUSED = "logon refused"
    NO_LOGON = "no logon in time"
    NOT_A_LOGON = "the first message is no logon"
    BAD_LOGON = "the logon cannot be taken"
    NO_LOGOUT = "no answer to the logout in time"
    SILENT = "the peer is silent"
    WRONG_BEGIN_STRING = "another version of FIX"
    WRONG_COMP_ID = "another CompID"
    NO_NUMBER = "a message without number"
    NUMBER_TOO_LOW = "a number below the one expected"
    SENDING_TIME = "the peer's clock is wrong"
    NOT_RESENT = "what was missing was not sent again"
    ASKED_TOO_OFTEN = "the same messages were asked for too often"
    GARBAGE = "more garbage than messages"


class Send(NamedTuple):
    """Bytes for the connection."""

    data: bytes


class LoggedOn(NamedTuple):
    """Business messages may be sent from now on."""

    heartbeat_seconds: int
    is_reset: bool


class Received(NamedTuple):
    """A business message, in its turn; `is_possibly_double` if what it says may have come."""

    message: BusinessMessage
    number: int
    sent_ns: int
    is_possibly_double: bool


class Gap(NamedTuple):
    """Messages of the peer are missing, from `first` to before `seen`; they were asked for."""

    first: int
    seen: int


class Refused(NamedTuple):
    """We refused a message of the peer."""

    number: int
    message_type: str
    text: str


class PeerRefused(NamedTuple):
    """The peer refused a message of ours."""

    reject: Reject


class Close(NamedTuple):
    """The connection is to be closed, once what was to be sent is."""

    ending: Ending
    text: str


Step = Send | LoggedOn | Received | Gap | Refused | PeerRefused | Garbled | Close
