"""What Python sees of compiled.pyx."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from capture.wire.binary_layout import BinaryMessage, Layout
from capture.wire.field_tables import Field
from capture.wire.pcap_run import Packet
from capture.wire.session_counts import SessionCounts
from capture.wire.tap import Batch, Tap

SOURCE: str

def named(fields: tuple[Field, ...], values: tuple[Any, ...]) -> dict[str, Any]: ...

class Records(Sequence[BinaryMessage]):
    conn: str
    direction: str
    protocol: str
    at_ns: int
    items: Records
    end: int
    counts: SessionCounts
    rows: bytes
    layouts: list[Layout]
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, place: int) -> BinaryMessage: ...
    @overload
    def __getitem__(self, place: slice) -> list[BinaryMessage]: ...

class Ear:
    def __init__(self, sessions: Iterable[type]) -> None: ...
    def heard(self, tap: Tap, runs: Iterable[Iterable[Packet]]) -> Iterator[Batch | Records]: ...
