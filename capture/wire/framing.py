"""What every framer here does alike: stay in step with a byte stream, and get back into it."""

import re
from abc import ABC, abstractmethod
from enum import Enum, auto
from typing import Generic, TypeVar

from riskgw.messages.problem import EXCERPT_BYTES_MAX, Problem, ProblemKind

ItemT = TypeVar("ItemT")


class Found(Enum):
    """What stands at a position of the buffer."""

    MESSAGE = auto()
    NOTHING = auto()
    TOO_SHORT_TO_TELL = auto()


class Framer(ABC, Generic[ItemT]):
    """One direction of a connection: bytes in, items and problems out.

    Out of step (mid-stream start, loss, damage) it searches for the next place where a message
    certainly starts. Subclasses say where one could start and whether one does.
    """

    __slots__ = ("_behind", "_excerpt", "_pending", "_skipped", "_trouble", "is_in_step")

    could_start: re.Pattern[bytes]
    tail_bytes: int  # as many bytes as `could_start` may need beyond those at hand

    def __init__(self, *, is_in_step: bool) -> None:
        self._pending = b""
        self._skipped = 0
        self._trouble: tuple[ProblemKind, str] | None = None
        # The bytes that are skipped: the first of them, and how far back they begin.
        self._excerpt = b""
        self._behind = 0
        self.is_in_step = is_in_step
        if not is_in_step:
            self._trouble = (ProblemKind.MIDSTREAM, "skipped to the first whole message")

    def receive(self, data: bytes) -> list[ItemT | Problem]:
        """Messages completed by these bytes."""
        buffer = self._pending + data if self._pending else data
        items: list[ItemT | Problem] = []
        at = self._messages(buffer, 0, items) if self.is_in_step else 0
        if not self.is_in_step:
            if at == 0:  # it was out of step before; losing step moves on by a byte at least
                self._go_on_skipping(data)
            return self._scan(buffer, at, items, is_last=False)
        self._pending = buffer[at:]
        return items

    @property
    def held_bytes(self) -> int:
        """Of a message that is not yet whole."""
        return len(self._pending)

    def gap(self) -> None:
        """Bytes were lost here: the message they cut is gone, the next one must be found."""
        self._forget_message()
        self._pending = self._excerpt = b""
        self._skipped = 0
        self._trouble = None  # whoever saw the gap has reported it
        self.is_in_step = False

    def close(self) -> list[ItemT | Problem]:
        """No more bytes will come."""
        items = self._scan(self._pending, 0, [], is_last=True)
        self._skipped += len(self._pending) + self._forget_message()
        unfinished, self._pending = self._pending, b""
        if self.is_in_step:
            self._trouble = (ProblemKind.MALFORMED, "the stream ends inside a message")
            self._mark(unfinished, 0)
        self._report_skipped(items)
        return items

    @abstractmethod
    def _messages(self, buffer: bytes, at: int, items: list[ItemT | Problem]) -> int:
        """All whole messages from `at` on; the position of what is left. May lose step."""

    @abstractmethod
    def _at(self, buffer: bytes, at: int) -> Found:
        """Whether a message starts at a place that `could_start` named."""

    def _forget_message(self) -> int:
        """Drop a message of which only the first packets have come; its bytes."""
        return 0

    def _go_on_skipping(self, data: bytes) -> None:
        if self._excerpt:
            self._behind += len(data)
        else:
            self._mark(data, 0)

    def _mark(self, buffer: bytes, at: int) -> None:
        """The bytes from here on are what is wrong."""
        self._excerpt = buffer[at : at + EXCERPT_BYTES_MAX]
        self._behind = len(buffer) - at

    def _scan(
        self, buffer: bytes, at: int, items: list[ItemT | Problem], *, is_last: bool
    ) -> list[ItemT | Problem]:
        """Read on from `at`, in step or not, and get back into step as often as it takes."""
        while True:
            if not self.is_in_step:
                at = self._search(buffer, at, items, is_last=is_last)
                if not self.is_in_step:
                    break
            at = self._messages(buffer, at, items)
            if self.is_in_step:
                break
        self._pending = buffer[at:]
        return items

    def _lose_step(self, kind: ProblemKind, detail: str, at: int, buffer: bytes) -> int:
        """Report `kind` together with all that is skipped from `at` in the buffer on."""
        self._trouble = (kind, detail)
        self._mark(buffer, at)
        self._skipped = 1 + self._forget_message()
        self.is_in_step = False
        return at + 1

    def _search(
        self, buffer: bytes, at: int, items: list[ItemT | Problem], *, is_last: bool
    ) -> int:
        """The position of the first message, or from where to keep bytes for later."""
        keep = max(at, len(buffer) - self.tail_bytes)
        for match in self.could_start.finditer(buffer, at):
            found = self._at(buffer, match.start())
            if found is Found.MESSAGE:
                self.is_in_step = True
            if found is Found.MESSAGE or (found is Found.TOO_SHORT_TO_TELL and not is_last):
                keep = match.start()
                break
        self._skipped += keep - at
        if self.is_in_step:
            self._report_skipped(items)
        return keep

    def _report_skipped(self, items: list[ItemT | Problem]) -> None:
        if self._trouble and self._skipped:
            kind, detail = self._trouble
            place = self._behind
            items.append(Problem(kind, detail, self._skipped, 1, self._excerpt, place))
        self._skipped, self._trouble, self._excerpt, self._behind = 0, None, b"", 0
