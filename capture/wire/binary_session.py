"""One connection between an order system and an exchange's gateway, in a binary dialect."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from capture.wire.binary_framer import BinaryFramer, Dialect
from capture.wire.framing import Found
from capture.wire.session import Item, Match
from riskgw.messages.problem import Problem

_MATCHES = {
    Found.MESSAGE: Match.YES,
    Found.NOTHING: Match.NO,
    Found.TOO_SHORT_TO_TELL: Match.MAYBE,
}


def recognise(dialect: Dialect, start: bytes, *, is_stream_start: bool) -> Match:
    """Whether bytes are in a dialect: known type, fitting length, right checksum."""
    return _MATCHES[dialect.found_at(start, 0, is_sure=not is_stream_start)]


class BinarySession(ABC):
    """Decodes both directions and tells the client by message type, or by the first logon."""

    __slots__ = ("_framers", "client", "logon_by", "user")

    dialect: Dialect
    logon: int

    def __init__(self, is_whole: bool) -> None:
        self._framers = [BinaryFramer(self.dialect, is_in_step=is_whole) for _ in range(2)]
        self.client: int | None = None
        self.logon_by: int | None = None
        # The CompID of who logged on first.
        self.user = ""

    @staticmethod
    @abstractmethod
    def sent_by_client(kind: int) -> bool | None:
        """Whether a message type goes up to the gateway; None for those that go both ways."""

    def receive(self, end: int, data: bytes, at_ns: int) -> Sequence[Item]:
        items = self._framers[end].receive(data)
        if self.client is None:
            self._find_client(end, items)
        return items

    def gap(self, end: int, size: int, at_ns: int) -> Sequence[Item]:
        self._framers[end].gap()
        return []

    def held_bytes(self, end: int) -> int:
        return self._framers[end].held_bytes

    def close(self, end: int, *, is_over: bool = False) -> Sequence[Item]:
        return self._framers[end].close()

    def _find_client(self, end: int, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Problem):
                continue
            kind = int(item.type)
            is_up = self.sent_by_client(kind)
            if is_up is not None:
                self.client = end if is_up else 1 - end
                return
            if kind == self.logon and self.logon_by is None:
                self.logon_by = end
                self.user = str(item.fields().get("SenderCompID", ""))
            elif kind == self.logon and self.logon_by != end:
                self.client = self.logon_by
