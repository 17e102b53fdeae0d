"""What a session remembers beyond its connection: numbers, and messages that can be asked for."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Protocol

MESSAGES_KEPT_MAX = 2000
KEPT_BYTES_MAX = 1 << 20


class Store(Protocol):
    """Written before a message goes out, and as soon as one was taken."""

    @property
    def next_sent(self) -> int:
        """The number of the next message of ours."""

    @property
    def next_received(self) -> int:
        """The number expected of the peer."""

    def sent(self, number: int, message: bytes | None) -> None:
        """Number `number` is used; a message that must never go out again is None."""

    def received(self, next_number: int) -> None: ...

    def kept(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """Those of these numbers that can go out again, in their order."""

    def reset(self) -> None:
        """Both numbers begin with 1, and nothing is kept."""


class MemoryStore:
    """As long as the process lives; the newest messages, by number and by bytes."""

    def __init__(
        self, messages_max: int = MESSAGES_KEPT_MAX, bytes_max: int = KEPT_BYTES_MAX
    ) -> None:
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0
        self.next_sent = 1
        self.next_received = 1

    def sent(self, number: int, message: bytes | None) -> None:
        self.next_sent = number + 1
        if message is None:
            return
        self._kept[number] = message
        self._bytes += len(message)
        while len(self._kept) > self._messages_max or self._bytes > self._bytes_max:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)

    def received(self, next_number: int) -> None:
        self.next_received = next_number

    def kept(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        return iter([each for each in self._kept.items() if first <= each[0] <= last])

    def reset(self) -> None:
        self.next_sent = self.next_received = 1
        self._kept.clear()
        self._bytes = 0
