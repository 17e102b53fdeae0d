"""What a connection needs of a protocol: recognise it, decode both ends, tell the client."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

from riskgw.messages.problem import Problem


class Match(Enum):
    """What the first bytes of a stream say about one protocol."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"  # too few bytes to tell


class Message(Protocol):
    """One decoded protocol message."""

    @property
    def type(self) -> int | str: ...

    @property
    def name(self) -> str: ...

    def fields(self) -> dict[str, Any]:
        """The JSON of its body, official names."""


Item = Message | Problem


class Session(Protocol):
    """One connection's protocol state. An end is 0 or 1; which is the client may come later."""

    client: int | None
    # A weaker sign of the client, used when nothing better comes: the end that logged on first.
    logon_by: int | None

    def receive(self, end: int, data: bytes, at_ns: int) -> Sequence[Item]:
        """Messages completed by bytes that `end` sent."""

    def gap(self, end: int, size: int, at_ns: int) -> Sequence[Item]:
        """`size` bytes that `end` sent are lost."""

    def held_bytes(self, end: int) -> int:
        """Of a message of `end` that is not yet whole."""

    def close(self, end: int, *, is_over: bool = False) -> Sequence[Item]:
        """`end` will send nothing more; `is_over` when it was seen to hang up."""
