"""One TCP connection: two streams, the protocol found in them, and who is the client."""

from collections.abc import Sequence
from typing import NamedTuple

from capture.wire.packet import endpoints, port, reversed_flow
from capture.wire.protocols import Protocol, detect
from capture.wire.session import Item, Match, Session
from capture.wire.tcp_stream import Conflict, Delivery, Gap, TcpStream
from riskgw.messages.problem import Problem, ProblemKind

# A connection that has shown no known protocol after so many bytes is somebody else's.
SEARCH_BYTES_MAX = 1 << 20
HELD_BATCHES_MAX = 256


class Heard(NamedTuple):
    """What one packet completed: `sender` is an end, 0 or 1."""

    sender: int
    at_ns: int
    items: Sequence[Item]


class Connection:
    """End 0 sent the first packet seen. Until the client is known, what is heard is held back."""

    __slots__ = (
        "_candidates",
        "_client",
        "_held",
        "_searched",
        "_session",
        "_starts",
        "_starts_whole",
        "conn",
        "directions",
        "flow",
        "is_foreign",
        "protocol",
        "settled",
        "streams",
        "syn_by",
    )

    def __init__(self, flow: bytes, candidates: tuple[Protocol, ...]) -> None:
        self.flow = flow
        self.streams = (TcpStream(), TcpStream())
        self.protocol = ""
        self.is_foreign = False
        self.syn_by: int | None = None
        self._candidates = candidates
        self._session: Session | None = None
        self._starts = [b"", b""]
        self._searched = 0
        self._starts_whole = [False, False]
        self._held: list[Heard] = []
        self._client: int | None = None
        # The session, once the client is known too and nothing is held back any more.
        self.settled: Session | None = None
        self.conn = ""
        self.directions = ("", "")

    def synchronized(self, sender: int, first: int, *, is_answer: bool) -> None:
        """A SYN was seen; `first` is the number behind it. A SYN alone comes from the client."""
        self.streams[sender].start(first)
        self._starts_whole[sender] = True
        self.syn_by = 1 - sender if is_answer else sender

    def delivered(self, sender: int, deliveries: list[Delivery], at_ns: int) -> list[Heard]:
        """Bytes of one stream, in order, with the holes between them."""
        items: list[Item] = []
        for delivery in deliveries:
            if isinstance(delivery, bytes):
                items += self._bytes(sender, delivery, at_ns)
            elif isinstance(delivery, Gap):
                items += self._gap(sender, delivery, at_ns)
            else:
                items.append(_conflict(delivery))
        return self._heard(sender, at_ns, items) if items else []

    def close(self, at_ns: int) -> list[Heard]:
        """Both directions have ended: holes stay holes, open messages stay unfinished."""
        heard: list[Heard] = []
        for end in (0, 1):
            heard += self.delivered(end, self.streams[end].close(), at_ns)
        if self._session is not None:
            for end in (0, 1):
                items = self._session.close(end)
                heard += self._heard(end, at_ns, items) if items else []
        return heard + self._released(is_last=True)

    def _bytes(self, sender: int, data: bytes, at_ns: int) -> Sequence[Item]:
        if self._session is None:
            return self._search(sender, data, at_ns)
        return self._session.receive(sender, data, at_ns)

    def _gap(self, sender: int, gap: Gap, at_ns: int) -> Sequence[Item]:
        self._starts_whole[sender] = False
        self._starts[sender] = b""
        kind = ProblemKind.TRUNCATED if gap.truncated else ProblemKind.GAP
        detail = "bytes cut off by the capture" if gap.truncated else "bytes never captured"
        problem = Problem(kind, detail, gap.size)
        if self._session is None:
            return [problem]
        return [problem, *self._session.gap(sender, gap.size, at_ns)]

    def _search(self, sender: int, data: bytes, at_ns: int) -> Sequence[Item]:
        """Look for a protocol: at the stream's start, or mid-stream at the start of a segment."""
        is_whole = self._starts_whole[sender]
        start = self._starts[sender] + data
        found = detect(start, self._candidates, is_stream_start=is_whole)
        if found is Match.NO and not is_whole:
            start = data
            found = detect(start, self._candidates, is_stream_start=False)
        self._searched += len(data)
        if isinstance(found, Protocol):
            return self._open(found, sender, start, at_ns)
        self._starts[sender] = start if found is Match.MAYBE else b""
        if (found is Match.NO and is_whole) or self._searched > SEARCH_BYTES_MAX:
            self._forget()
        return []

    def _forget(self) -> None:
        """Somebody else's: only its addresses are kept, so that it is not searched again."""
        self.is_foreign = True
        for stream in self.streams:
            stream.forget()
        self._starts = [b"", b""]
        self._held.clear()

    def _open(self, protocol: Protocol, sender: int, start: bytes, at_ns: int) -> Sequence[Item]:
        is_whole = self._starts_whole[sender]
        if not is_whole and self._searched == len(start):
            # Nothing came before: a message that only starts a connection makes it whole.
            is_whole = protocol.begins(start)
        self.protocol = protocol.name
        self._session = protocol.open(is_whole)
        items: list[Item] = []
        if not is_whole:
            skipped = self._searched - len(start)
            detail = "the beginning of the connection was not seen"
            items.append(Problem(ProblemKind.MIDSTREAM, detail, skipped))
        other, self._starts = self._starts[1 - sender], [b"", b""]
        if other:
            items += self._session.receive(1 - sender, other, at_ns)
        return [*items, *self._session.receive(sender, start, at_ns)]

    def _heard(self, sender: int, at_ns: int, items: Sequence[Item]) -> list[Heard]:
        if self.is_foreign:
            return []
        heard = Heard(sender, at_ns, items)
        if self._client is not None:
            return [heard]
        self._held.append(heard)
        return self._released(is_last=len(self._held) > HELD_BATCHES_MAX)

    def _released(self, *, is_last: bool) -> list[Heard]:
        """What was held back, as soon as the client is known, or at last guessed by its port."""
        if self._session is None or (self._client is None and not self._find_client(is_last)):
            if is_last:
                self._held.clear()
            return []
        self.settled = self._session
        released, self._held = self._held, []
        return released

    def _find_client(self, is_last: bool) -> bool:
        assert self._session is not None
        client = self.syn_by if self.syn_by is not None else self._session.client
        if client is None and is_last:
            client = self._session.logon_by
        if client is None and is_last:
            is_high = port(self.flow, of_source=True) > port(self.flow, of_source=False)
            client = 0 if is_high else 1
        if client is None:
            return False
        self._client = client
        flow = self.flow if client == 0 else reversed_flow(self.flow)
        self.conn = ">".join(endpoints(flow))
        self.directions = ("up", "down") if client == 0 else ("down", "up")
        return True


def _conflict(conflict: Conflict) -> Problem:
    detail = "retransmitted bytes differ from the first; the first were kept"
    return Problem(ProblemKind.OVERLAP_CONFLICT, detail, conflict.size)
