"""What stands in the streams between processes; one entry is one of these, as MessagePack.

`frames.<feed>.<p>` holds Frames and Load; `orders.<s>` Opening, Heard and Load;
`results.<source>` Results; `restricted` Restricted; `orders.<s>` also Market, Fed, Holdings,
Lifted and Asked, `answers` Told; `market` Market; `raw` Raw.
"""

from typing import Any

import msgspec

from riskgw.cep.spec import RuleSpec
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import Snapshot
from riskgw.messages.problem import ProblemKind
from riskgw.messages.restriction import Restriction


class _Entry(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Arrays on the wire: names would be half of every entry."""


class Frames(_Entry, frozen=True):
    """Mirrored packets as (at_ns, link, data, length), up to a capture time.

    After `is_end` nothing more comes of these connections. `patience_ns` is how long, in capture
    time, an event may wait for a slower source: longer where a capture is replayed faster.
    """

    until_ns: int
    patience_ns: int
    packets: list[tuple[int, int, bytes, int]]
    is_end: bool = False


class Load(_Entry, frozen=True):
    """What the core needs before the next event: base data, rules, or both; 0 is any time."""

    base: BaseData | None
    rules: tuple[RuleSpec, ...] | None
    at_ns: int = 0


class Opening(_Entry, frozen=True):
    """These sources are about to speak: none of them is waited for in vain, none is passed."""

    sources: tuple[str, ...]


class Heard(_Entry, frozen=True):
    """Events of one decode partition for one shard; nothing earlier comes from it any more.

    After `is_end` its next events may be of any time: another capture.
    """

    source: str
    until_ns: int
    patience_ns: int
    events: list[Event]
    is_end: bool = False


class Market(_Entry, frozen=True):
    """Market snapshots; a shard takes them when they come and waits for none.

    What a snapshot alone raises, only the shard of its contract says: one of `shards`, by number.
    """

    snapshots: list[Snapshot]
    shard: int = 0
    shards: int = 1


class Fed(_Entry, frozen=True):
    """What a counter tells of its own accord, by REST; nobody waits for it to speak again.

    An event that comes within the patience is in time, whatever was judged meanwhile.
    """

    source: str
    patience_ns: int
    events: list[Event]


class Holdings(_Entry, frozen=True):
    """What a counter says its accounts hold and have, from the next event on; 0 is any time."""

    source: str
    positions: list[Position] = []
    funds: list[Funds] = []
    at_ns: int = 0


class Raw(_Entry, frozen=True):
    """Items of a counter's feed as they were delivered, with the id and the time of each."""

    feed: str
    source: str
    items: list[tuple[str, int, dict[str, Any]]]


class Judged(_Entry, frozen=True):
    """One event as the shard took it: its series number, whether late, and what it raised."""

    series: int
    event: Event
    is_late: bool
    alerts: tuple[Alert, ...]


class Trouble(_Entry, frozen=True):
    """A problem of a feed, with the place in its source that makes it known again.

    `position` counts the bytes of the stream that `direction` sent, from the first one seen;
    `excerpt` is what stands there, in hex, where it may be shown.
    """

    place: str
    kind: ProblemKind
    conn: str
    at_ns: int
    detail: str
    size: int
    protocol: str = ""
    direction: str = ""
    position: int = 0
    excerpt: str = ""


class Results(_Entry, frozen=True):
    """What one step of a shard or a decode partition found; `over` ended with their day."""

    source: str
    judged: list[Judged]
    troubles: list[Trouble]
    over: list[Restriction] = []


class Restricted(_Entry, frozen=True):
    """What one step of a shard has restricted: stored before all else that it found."""

    restrictions: list[Restriction]


class Lifted(_Entry, frozen=True):
    """Restrictions that people have released: their rules may restrict anew."""

    ids: tuple[str, ...]


class Asked(_Entry, frozen=True):
    """A question to a shard, in its place among the events: what is left, from this order on."""

    number: str
    event: Event


class Told(_Entry, frozen=True):
    """The answer, as JSON, in the stream `answers`; `as_of_ns` is the shard's newest event."""

    number: str
    as_of_ns: int
    answer: bytes


# The streams that answers come by, restrictions, and raw records.
ANSWERS = "answers"
RESTRICTED = "restricted"
RAW = "raw"

Entry = (
    Frames
    | Load
    | Opening
    | Heard
    | Market
    | Fed
    | Holdings
    | Results
    | Restricted
    | Lifted
    | Asked
    | Told
    | Raw
)

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Entry)


def packed(entry: Entry) -> bytes:
    return _ENCODER.encode(entry)


def unpacked(data: bytes) -> Entry:
    """The entry; msgspec.DecodeError for anything else."""
    entry: Entry = _DECODER.decode(data)
    return entry
