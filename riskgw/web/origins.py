"""Topics that come straight from a process beside us, not by the bus.

They are `<family>` and `<family>.<name>`. What is shown of them is whole at first and changes
afterwards; what a client has not been sent yet becomes one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self


class Shown(Protocol):
    """Something whole, or what has changed of it."""

    def after(self, earlier: Self) -> Self:
        """Both as one, for who has seen neither."""

    def json(self) -> str:
        """As clients get it."""


class Origin(Protocol):
    """Where a family comes from. All in the event loop of the hub."""

    def begin(self, name: str, show: Callable[[Shown], None]) -> None:
        """Somebody listens from now on."""

    def end(self, name: str) -> None:
        """Nobody does any more."""

    async def close(self) -> None:
        """The hub ends."""


def family_of(name: str) -> str:
    return name.partition(".")[0]


@dataclass(frozen=True)
class Part:
    """One message of a topic, its text made once for all that get it as it is."""

    topic: str
    seq: int
    shown: Shown

    def after(self, earlier: "Part") -> "Part":
        return Part(self.topic, self.seq, self.shown.after(earlier.shown))

    @cached_property
    def text(self) -> str:
        return f'{{"topic":"{self.topic}","seq":{self.seq},"data":{self.shown.json()}}}'
