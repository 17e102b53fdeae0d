"""FIX messages as typed values, by the tables of `messages` as a profile has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from quoting.wire.fix.framer import checksum
from quoting.wire.fix.layouts import (
    HEADER_TAGS,
    SOH,
    Layout,
    Rules,
    UnwritableValue,
)
from quoting.wire.fix.messages import KNOWN_TYPES, TYPES, Message
from quoting.wire.fix.values import FieldRefused, RejectReason, integer, timestamp_text

BEGIN_STRING = "FIX.4.4"
# FIX 4.4 is ASCII; what peers put into texts beyond it passes unharmed.
ENCODING, ERRORS = "utf-8", "surrogateescape"


class NoMessage(ValueError):
    """The first fields are not 8, 9 and 35: it is ignored like a garbled one."""


class NoNumber(ValueError):
    """There is no MsgSeqNum: what it is about cannot even be refused."""


class UnknownType(ValueError):
    """A message of FIX 4.4 that the profile does not have."""


@dataclass(frozen=True)
class Profile:
    """How a channel's dialect departs from the tables: its tags for ours, and its strictness."""

    renumbered_tags: Mapping[int, int] = field(default_factory=dict)
    refuses_unknown_tags: bool = False


class Envelope(NamedTuple):
    """A message of which only the header was read; `trouble` is the first thing wrong there."""

    begin_string: str
    type: str
    number: int
    header: dict[str, str]
    fields: list[str]
    body_at: int
    trouble: FieldRefused | None

    @property
    def sender(self) -> str:
        return self.header.get("49", "")

    @property
    def target(self) -> str:
        return self.header.get("56", "")

    @property
    def is_possibly_double(self) -> bool:
        return self.header.get("43") == "Y"


class Sending(NamedTuple):
    """What the header of a message of ours says."""

    sender: str
    target: str
    number: int
    at_ns: int


class Codec:
    """Writes and reads the messages of one profile."""

    def __init__(self, profile: Profile | None = None) -> None:
        profile = profile or Profile()
        rules = Rules(profile.renumbered_tags, profile.refuses_unknown_tags)
        self._layouts = {kind: Layout(struct, rules) for kind, struct in TYPES.items()}
        self._kinds = {struct: kind for kind, struct in TYPES.items()}

    def kind(self, message: Message) -> str:
        """Its MsgType (35)."""
        return self._kinds[type(message)]

    def encode(self, message: Message, sending: Sending) -> bytes:
        kind = self._kinds[type(message)]
        body, count = self._layouts[kind].write(message)
        if body.count(SOH) != count:
            raise UnwritableValue(f"a field separator inside a value of {type(message).__name__}")
        sender, target, number, at_ns = sending
        return sealed(
            f"35={kind}\x0149={sender}\x0156={target}\x0134={number}\x01"
            f"52={timestamp_text(at_ns)}\x01{body}"
        )

    def open(self, data: bytes) -> Envelope:
        """The header of a message that the framer has let through."""
        fields = data.decode(ENCODING, ERRORS).split(SOH)
        end = len(fields) - 2  # without 10= and what follows the last separator
        if not fields[2].startswith("35=") or end < 3:
            raise NoMessage(f"35 is not the third field: {fields[2][:20]!r}")
        header: dict[str, str] = {}
        trouble: FieldRefused | None = None
        at = 2
        while at < end:
            tag, _, value = fields[at].partition("=")
            if tag not in HEADER_TAGS:
                break
            if tag in header or tag in ("8", "9"):
                trouble = trouble or FieldRefused(
                    RejectReason.TAG_MORE_THAN_ONCE, int(tag), "appears twice"
                )
            elif not value:
                trouble = trouble or FieldRefused(
                    RejectReason.TAG_WITHOUT_VALUE, int(tag), "has no value"
                )
            header.setdefault(tag, value)
            at += 1
        number = _number(header.get("34", ""))
        return Envelope(fields[0][2:], header["35"], number, header, fields, at, trouble)

    def read(self, envelope: Envelope) -> Message:
        """The message, or FieldRefused or UnknownType."""
        layout = self._layouts.get(envelope.type)
        if layout is None:
            if envelope.type in KNOWN_TYPES:
                raise UnknownType(envelope.type)
            raise FieldRefused(RejectReason.INVALID_MSG_TYPE, 35, "is no message type")
        if envelope.trouble:
            raise envelope.trouble
        fields, end = envelope.fields, len(envelope.fields) - 2
        message: Message
        message, at = layout.read(fields, envelope.body_at, end)
        assert at == end, "a message has nothing around it that could end it"
        return message


def sealed(content: str) -> bytes:
    """From MsgType to the last field, with BodyLength before and CheckSum behind it."""
    data = content.encode(ENCODING, ERRORS)
    head = b"8=FIX.4.4\x019=%d\x01%s" % (len(data), data)
    return b"%s10=%03d\x01" % (head, checksum(head))


def again(sent: bytes, at_ns: int) -> bytes:
    """A message of ours once more: PossDupFlag (43), and when it went first (122)."""
    _, _, kind, sender, target, number, first, rest = sent.decode(ENCODING, ERRORS).split(SOH, 7)
    body, now = rest[: -len("10=123|")], timestamp_text(at_ns)
    # A clock that was put back between two connections must not end the second.
    first = min(first[3:], now)
    return sealed(
        f"{kind}\x01{sender}\x01{target}\x01{number}\x0143=Y\x0152={now}\x01122={first}\x01{body}"
    )


def _number(text: str) -> int:
    try:
        number = integer(text)
    except ValueError:
        raise NoNumber(f"MsgSeqNum is {text[:20]!r}") from None
    if number < 1:
        raise NoNumber(f"MsgSeqNum is {number}")
    return number
