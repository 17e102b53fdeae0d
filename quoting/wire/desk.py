"""What the engine and its desks say on `engine.sock`: a JSON object a line. docs/protocols/desk.md.

A desk asks and is answered by the number of its line; what it watches is told without being asked.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from quoting.domain.auto_stop import Latch
from quoting.domain.effects import EditorOpened, Refused
from quoting.domain.events import (
    Alive,
    Enable,
    Feed,
    Halt,
    Instruct,
    Release,
    Resize,
    StopAll,
    TicketAnswered,
    Touch,
)
from quoting.domain.settings import PairSettings
from quoting.domain.spread import Addends
from quoting.domain.view import ProviderView
from quoting.domain.words import Reason, Side

LINE_BYTES_MAX = 256 * 1024
# In place of a pair: the states of all pairs, without prices.
TILES = ""


class Typed(msgspec.Struct, frozen=True, tag=True):
    """A dealer's own market price, good for so long; without prices it is taken back."""

    pair: str
    bid: int | None
    ask: int | None
    ttl_ns: int
    by: str = ""


class Reload(msgspec.Struct, frozen=True, tag=True):
    """Settings were saved: read them, and have them in force at once."""

    by: str = ""


Gestures = (
    Touch | Feed | Resize | StopAll | Halt | Release | Enable | Instruct | TicketAnswered | Alive
    | Typed | Reload
)  # fmt: skip


class AskPanel(msgspec.Struct, frozen=True, tag=True):
    """Answered by a whole `panel_frame.Frame`, whose cells have their `age_ms`, too."""

    pair: str


class AskTiles(msgspec.Struct, frozen=True, tag=True):
    """Answered by `Tiles`."""


class AskDetails(msgspec.Struct, frozen=True, tag=True):
    """Answered by `Details`."""

    pair: str


class AskUsage(msgspec.Struct, frozen=True, tag=True):
    """Answered by a list of `UsageLine`."""

    pair: str


class AskPreview(msgspec.Struct, frozen=True, tag=True):
    """What the pair would quote by other settings; answered by `Preview`."""

    pair: str
    settings: PairSettings


Questions = AskPanel | AskTiles | AskDetails | AskUsage | AskPreview


class Do(msgspec.Struct, frozen=True, tag=True):
    """A gesture; answered by `Done` once what it withdraws is written to the channels."""

    id: int
    gesture: Gestures


class Ask(msgspec.Struct, frozen=True, tag=True):
    """A question; answered by `Told`."""

    id: int
    question: Questions


class Watch(msgspec.Struct, frozen=True, tag=True):
    """What this connection watches from now on: pairs, `TILES`; first of each comes whole."""

    topics: tuple[str, ...]


Line = Do | Ask | Watch


class Withdrawn(msgspec.Struct, frozen=True):
    """What a gesture withdrew on a channel: messages written, 0 where the channel is down."""

    channel: str
    is_up: bool
    messages: int


class Done(msgspec.Struct, frozen=True, tag=True):
    """What became of a gesture; `took_ns`: from the line's arrival to the last byte written."""

    reply: int
    refused: tuple[Refused, ...] = ()
    opened: tuple[EditorOpened, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    took_ns: int = 0


class Told(msgspec.Struct, frozen=True, tag=True):
    """The answer to a question."""

    reply: int
    data: msgspec.Raw


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A line that was not understood, or a question about what is not there."""

    reply: int
    code: str
    detail: str = ""


class Shown(msgspec.Struct, frozen=True, tag=True):
    """Of what is watched: whole the first time, afterwards what has changed.

    `data` is a `Tiles`, or a `panel_frame.Frame`.
    """

    topic: str
    data: msgspec.Raw


Answers = Done | Told | Failed | Shown


class Tile(msgspec.Struct, frozen=True):
    """A pair in the overview: how many cells are in which state, no prices."""

    pair: str
    channel: str
    is_channel_up: bool
    states: Mapping[str, int]
    latch: Latch | None
    tickets: int


class Tiles(msgspec.Struct, frozen=True):
    """All pairs, and the state of sources and channels by name.

    `trouble`: why nothing is quoted at all, empty when something may be.
    """

    tiles: tuple[Tile, ...]
    sources: Mapping[str, str]
    channels: Mapping[str, str]
    trouble: str = ""


class CellDetails(msgspec.Struct, frozen=True):
    """`market` plus `addends` is `price`; a manual price has neither."""

    side: Side
    level: int
    market: int | None
    addends: Addends
    price: int | None


class Details(msgspec.Struct, frozen=True):
    """How the prices of a pair come about."""

    providers: tuple[ProviderView, ...]
    cells: tuple[CellDetails, ...]
    strategy: str
    cleansed: tuple[Any, ...] = ()


class UsageLine(msgspec.Struct, frozen=True):
    """How much of one limit is used; `scope`: the pair, its channel, its trader. 0: no limit."""

    scope: str
    kind: Reason
    side: Side | None
    used: int
    limit: int


class PreviewCell(msgspec.Struct, frozen=True):
    """One cell by the settings of now and by those that are shown."""

    side: Side
    level: int
    before: int | None
    after: int | None
    reason: Reason


class Preview(msgspec.Struct, frozen=True):
    """What a change of settings would do to the prices of this moment."""

    cells: tuple[PreviewCell, ...]
