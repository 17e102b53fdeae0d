"""One TCP connection: two streams, the protocol found in them, and who is the client."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from capture.wire.packet import endpoints, port, reversed_flow
from capture.wire.protocols import Protocol, detect
from capture.wire.session import Item, Match, Session
from capture.wire.session_counts import SessionCounts
from capture.wire.tcp_stream import Conflict, Delivery, Gap, TcpStream
from capture.wire.turns import Turns
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.problem import Problem, ProblemKind

# A connection that has shown no known protocol after so many bytes is somebody else's.
SEARCH_BYTES_MAX = 1 << 20
HELD_BATCHES_MAX = 256
# Packets cut off by the capture are told once, at the end; of a long connection also so early.
CUT_OFF_TOLD_NS = 60 * NS_PER_SECOND
# Retransmissions of a connection that differ and are told of one by one.
CONFLICTS_TOLD_MAX = 100
_NEVER_NS = 1 << 63


class Heard(NamedTuple):
    """What one packet completed: `sender` is an end, 0 or 1, whose stream stood at `end`."""

    sender: int
    at_ns: int
    items: Sequence[Item]
    end: int


class Connection:
    """End 0 sent the first packet seen. Until the client is known, what is heard is held back."""

    __slots__ = (
        "_candidates",
        "_client",
        "_conflicts",
        "_conflicts_bytes",
        "_cut_off",
        "_cut_off_bytes",
        "_cut_off_told_ns",
        "_held",
        "_searched",
        "_starts",
        "_starts_whole",
        "conn",
        "counts",
        "directions",
        "flow",
        "is_closed",
        "is_disturbed",
        "is_foreign",
        "protocol",
        "session",
        "settled",
        "streams",
        "syn_by",
        "turns",
    )

    def __init__(
        self, flow: bytes, candidates: tuple[Protocol, ...], *, keeps_last: bool = False
    ) -> None:
        self.flow = flow
        self.streams = (TcpStream(keeps_last=keeps_last), TcpStream(keeps_last=keeps_last))
        # What came before its turn, and whether anything waits, here or in the streams.
        self.turns: Turns | None = None
        self.is_disturbed = False
        self.protocol = ""
        self.is_foreign = False
        self.is_closed = False
        self.counts = SessionCounts()
        self.syn_by: int | None = None
        self._candidates = candidates
        self.session: Session | None = None
        self._starts = [b"", b""]
        self._searched = 0
        self._starts_whole = [False, False]
        self._held: list[Heard] = []
        # Packets of which the capture has less than was on the wire, and when to tell of them.
        self._cut_off = 0
        self._cut_off_bytes = 0
        self._cut_off_told_ns: int | None = None
        # Retransmissions that differed.
        self._conflicts = 0
        self._conflicts_bytes = 0
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

    @property
    def waiting_bytes(self) -> int:
        """About the memory that segments out of order take, in both directions."""
        first, second = self.streams
        postponed = self.turns.bytes if self.turns is not None else 0
        return first.waiting_bytes + second.waiting_bytes + postponed

    def settle(self) -> None:
        """After everything unusual: whether the next segment may take the short way again."""
        if self.turns is not None and not len(self.turns):
            self.turns = None
        self.is_disturbed = self.turns is not None or any(
            stream.early or stream.is_silent for stream in self.streams
        )

    def delivered(self, sender: int, deliveries: list[Delivery], at_ns: int) -> list[Heard]:
        """Bytes of one stream, in order, with the holes between them."""
        items: list[Item] = []
        behind = sum(map(_size, deliveries))
        for delivery in deliveries:
            behind -= _size(delivery)
            found: Sequence[Item]
            if isinstance(delivery, bytes):
                found = self._bytes(sender, delivery, at_ns)
            elif isinstance(delivery, Gap):
                found = self._gap(sender, delivery, at_ns)
            else:
                found = self._conflict(delivery, self.streams[sender].position - behind)
            items += [_set_back(item, behind) for item in found] if behind else found
        return self._heard(sender, at_ns, items) if items else []

    def close(self, at_ns: int, *, is_over: bool = False) -> list[Heard]:
        """Nothing more is heard: holes stay holes, open messages stay unfinished.

        `is_over` when an end was seen to hang up.
        """
        self.is_closed = True
        heard: list[Heard] = []
        for end in (0, 1):
            heard += self.delivered(end, self.streams[end].close(), at_ns)
        if self._cut_off:
            heard += self._heard(0, at_ns, [self._told_cut_off()])
        if self._conflicts > CONFLICTS_TOLD_MAX:
            heard += self._heard(0, at_ns, [self._told_conflicts()])
        is_over = is_over or any(stream.is_complete for stream in self.streams)
        if self.session is not None:
            for end in (0, 1):
                items = self.session.close(end, is_over=is_over)
                heard += self._heard(end, at_ns, items) if items else []
        return heard + self._released(is_last=True)

    def reported(self, sender: int, problem: Problem, at_ns: int) -> list[Heard]:
        """Something that was seen below TCP."""
        return self._heard(sender, at_ns, [problem])

    def held_bytes(self, sender: int) -> int:
        """Of a message of one end that is not yet whole."""
        return self.session.held_bytes(sender) if self.session is not None else 0

    def relieved(self, sender: int, problem: Problem, at_ns: int) -> list[Heard]:
        """Its unfinished message goes, and is not waited for any more."""
        assert self.session is not None
        items = [problem, *self.session.gap(sender, 0, at_ns)]
        return self._heard(sender, at_ns, items)

    def _bytes(self, sender: int, data: bytes, at_ns: int) -> Sequence[Item]:
        if self.session is None:
            return self._search(sender, data, at_ns)
        return self.session.receive(sender, data, at_ns)

    def _gap(self, sender: int, gap: Gap, at_ns: int) -> Sequence[Item]:
        self._starts_whole[sender] = False
        self._starts[sender] = b""
        if gap.truncated:
            problems = self._count_cut_off(gap.size, at_ns)
        else:
            problems = [Problem(ProblemKind.GAP, "bytes never captured", gap.size, behind=gap.size)]
        if self.session is None:
            return problems
        return [*problems, *self.session.gap(sender, gap.size, at_ns)]

    def _count_cut_off(self, size: int, at_ns: int) -> list[Problem]:
        """Nothing, or after a while all there was so far: the rest comes at the end."""
        self._cut_off += 1
        self._cut_off_bytes += size
        if self._cut_off_told_ns is None:
            self._cut_off_told_ns = at_ns + CUT_OFF_TOLD_NS
        if at_ns < self._cut_off_told_ns:
            return []
        self._cut_off_told_ns = _NEVER_NS
        return [self._told_cut_off()]

    def _told_cut_off(self) -> Problem:
        count, size = self._cut_off, self._cut_off_bytes
        self._cut_off = self._cut_off_bytes = 0
        detail = f"{count} packets cut off by the capture"
        return Problem(ProblemKind.TRUNCATED, detail, size, count)

    def _conflict(self, conflict: Conflict, position: int) -> list[Problem]:
        """The first are told one by one, the others together at the end."""
        self._conflicts += 1
        if self._conflicts > CONFLICTS_TOLD_MAX:
            self._conflicts_bytes += conflict.size
            return []
        return [_conflict(conflict, position - conflict.position)]

    def _told_conflicts(self) -> Problem:
        count, size = self._conflicts - CONFLICTS_TOLD_MAX, self._conflicts_bytes
        self._conflicts = self._conflicts_bytes = 0
        detail = f"{count} further retransmissions differ"
        return Problem(ProblemKind.OVERLAP_CONFLICT, detail, size, count)

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
        if found is Match.NO:
            self.streams[sender].forget_bytes()  # nobody has read them
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
        self.turns = None

    def _open(self, protocol: Protocol, sender: int, start: bytes, at_ns: int) -> Sequence[Item]:
        is_whole = self._starts_whole[sender]
        if not is_whole and self._searched == len(start):
            # Nothing came before: a message that only starts a connection makes it whole.
            is_whole = protocol.begins(start)
        self.protocol = protocol.name
        self.session = protocol.open(is_whole)
        items: list[Item] = []
        if not is_whole:
            skipped = self._searched - len(start)
            detail = "the beginning of the connection was not seen"
            items.append(Problem(ProblemKind.MIDSTREAM, detail, skipped))
        other, self._starts = self._starts[1 - sender], [b"", b""]
        if other:
            items += self.session.receive(1 - sender, other, at_ns)
        return [*items, *self.session.receive(sender, start, at_ns)]

    def _heard(self, sender: int, at_ns: int, items: Sequence[Item]) -> list[Heard]:
        if self.is_foreign:
            return []
        heard = Heard(sender, at_ns, items, self.streams[sender].position)
        if self._client is not None:
            return [heard]
        self._held.append(heard)
        return self._released(is_last=len(self._held) > HELD_BATCHES_MAX)

    def _released(self, *, is_last: bool) -> list[Heard]:
        """What was held back, as soon as the client is known, or at last guessed by its port."""
        if self.session is None or (self._client is None and not self._find_client(is_last)):
            if is_last:
                self._held.clear()
            return []
        self.settled = self.session
        released, self._held = self._held, []
        return released

    def _find_client(self, is_last: bool) -> bool:
        assert self.session is not None
        client = self.syn_by if self.syn_by is not None else self.session.client
        if client is None and is_last:
            client = self.session.logon_by
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


def _size(delivery: Delivery) -> int:
    """By how much it moved the stream on."""
    if isinstance(delivery, bytes):
        return len(delivery)
    return delivery.size if isinstance(delivery, Gap) else 0


def _set_back(item: Item, behind: int) -> Item:
    """Its place is further back when more has come since."""
    if not isinstance(item, Problem):
        return item
    return msgspec.structs.replace(item, behind=item.behind + behind)


def _conflict(conflict: Conflict, behind: int) -> Problem:
    kept = "last" if conflict.is_last_kept else "first"
    detail = (
        f"retransmitted bytes differ from byte {conflict.position} of the stream on; "
        f"the {kept} were kept"
    )
    return Problem(ProblemKind.OVERLAP_CONFLICT, detail, conflict.size, behind=behind)
