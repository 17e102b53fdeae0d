"""The whole listener: packets of a mirrored port in, protocol messages by connection out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, starmap
from operator import itemgetter
from typing import Any

import msgspec

from capture.wire import kernel
from capture.wire.connection import Connection, Heard
from capture.wire.fragments import Fragments, Whole
from capture.wire.layers import LAYERS_MAX, Fragment, Segment, unwrapped
from capture.wire.packet import ACK, FIN, RST, SYN, plain_segment, port, reversed_flow
from capture.wire.pcap_run import Packet
from capture.wire.protocols import PROTOCOLS
from capture.wire.session import Item
from capture.wire.session_counts import SessionCounts
from capture.wire.sessions import EndedSession, ended_sessions, facts_of, looked_at, session_rows
from capture.wire.szse.session import SzseSession
from capture.wire.tcp_stream import TcpStream
from capture.wire.tdgw.session import TdgwSession
from capture.wire.tds.messages import TdsMessage
from capture.wire.turns import ACKED_HOLE_NS, NEVER_NS, Postponed, Turns
from riskgw.messages.problem import Problem, ProblemKind

# Connections that speak a known protocol.
CONNECTIONS_MAX = 8192
# Others: half open, not yet recognised, somebody else's, or over.
STRANGERS_MAX = 32_768
# So many at once: the first of a dictionary is found slowly when those before it were deleted.
STRANGERS_DROPPED = 1024
# What waits out of order, of all connections together, with what keeping it costs.
EARLY_BYTES_MAX = 64 << 20
# Of messages that are not yet whole, of all connections together.
HELD_BYTES_MAX = 256 << 20
# Runs of packets that are heard at once, some 64 KB each; after so many times all is looked at.
_RUNS_AT_ONCE, _TIMES_BETWEEN_LOOKS = 16, 16


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Messages and problems that one packet completed, all sent the same way.

    `end` is the position in the sender's stream by then, `counts` belongs to the connection.
    """

    conn: str
    direction: str
    protocol: str
    at_ns: int
    items: Sequence[Item]
    end: int = 0
    counts: SessionCounts = msgspec.field(default_factory=SessionCounts)


class Numbering:
    """Numbers messages in the order they come; problems have no number."""

    def __init__(self) -> None:
        self.count = 0

    def first_of(self, batch: Batch) -> int:
        """The number of the batch's first message; messages that refer to others learn theirs."""
        first = self.count + 1
        for item in batch.items:
            if isinstance(item, Problem):
                continue
            self.count += 1
            if isinstance(item, TdsMessage):
                item.number = self.count
        return first


# One direction: the connection, which of its ends sends, its stream and the other one.
# A bare tuple: taking a named one apart costs three times as much, for each packet.
Half = tuple[Connection, int, TcpStream, TcpStream]

_NOTHING: list[Batch] = []
# Hears the usual packets of these sessions as `Tap.packet` would.
_EAR = None if kernel.COMPILED is None else kernel.COMPILED.Ear((SzseSession, TdgwSession))
_TURNING = SYN | FIN | RST


class Tap:
    """Feed it packets in the order of capture; close it when there are no more."""

    def __init__(
        self,
        protocol: str | None = None,
        only_port: int | None = None,
        *,
        keeps_last: bool = False,
        held_bytes_max: int = HELD_BYTES_MAX,
    ) -> None:
        """Listen for one protocol or all, on one TCP port or all.

        Of bytes that come twice, and differ, the first count; or the last, while they wait.
        """
        self._candidates = tuple(
            candidate for candidate in PROTOCOLS if protocol in (None, candidate.name)
        )
        self._only_port = only_port
        self._ear = _EAR
        self._keeps_last = keeps_last
        self._held_bytes_max = held_bytes_max
        self._times = 0
        self._halves: dict[bytes, Half] = {}
        # Every connection stands in one of the two, oldest first.
        self._strangers: dict[bytes, Connection] = {}
        self._known: dict[bytes, Connection] = {}
        self._early_bytes = 0
        # Connections of which segments wait for their turn.
        self._postponing: dict[bytes, Connection] = {}
        self.fragments = Fragments()
        self._at_ns = 0
        self.packets = 0
        self.evicted = 0
        self.ended = ended_sessions()

    def packet(self, at_ns: int, link: int, data: bytes, length: int) -> list[Batch]:
        """One captured packet; `length` is its length on the wire."""
        self.packets += 1
        self._at_ns = at_ns
        segment = plain_segment(link, data)
        if segment is None:
            found = unwrapped(link, data, length)
            if found is None or isinstance(found, Fragment):
                return _NOTHING if found is None else self._fragment(found)
            segment = found
        flow, seq, ack, flags, payload, missing = segment
        half = self._halves.get(flow)
        if half is None:
            return self._first(segment)
        connection, sender, stream, other = half
        if (
            seq != stream.next_seq
            or ack > other.next_seq
            or flags & _TURNING
            or missing
            or connection.is_disturbed
        ):
            return self._unusual(half, segment)
        if not payload:
            return _NOTHING
        stream.take(payload)
        session = connection.settled
        if session is None:
            return self._batches(connection, connection.delivered(sender, [payload], at_ns))
        if not (items := session.receive(sender, payload, at_ns)):
            return _NOTHING
        conn, protocol, counts = connection.conn, connection.protocol, connection.counts
        direction = connection.directions[sender]
        return [Batch(conn, direction, protocol, at_ns, items, stream.position, counts)]

    def heard(self, runs: Iterable[Iterable[Packet]]) -> Iterator[Batch]:
        """What runs of packets complete, in their order; to be iterated to its end."""
        return chain.from_iterable(self._looked_after(iter(runs)))

    def _looked_after(self, runs: Iterator[Iterable[Packet]]) -> Iterator[Iterable[Batch]]:
        for run in runs:
            some = chain((run,), islice(runs, _RUNS_AT_ONCE - 1))
            if self._ear is not None:
                yield self._ear.heard(self, some)
            else:
                yield chain.from_iterable(starmap(self.packet, chain.from_iterable(some)))
            self._times += 1
            if not self._times % _TIMES_BETWEEN_LOOKS:
                yield self._relieved()

    def _relieved(self) -> Iterator[Batch]:
        """Where all together hold too much, the longest unfinished messages go."""
        ends = [(each, sender) for each in self._known.values() for sender in (0, 1)]
        held = [(each.held_bytes(sender), each, sender) for each, sender in ends]
        total = sum(size for size, _, _ in held)
        if total <= self._held_bytes_max:
            return
        detail = f"more than {self._held_bytes_max} bytes of unfinished messages"
        for size, connection, sender in sorted(held, key=itemgetter(0), reverse=True):
            problem = Problem(ProblemKind.LIMIT, detail, size)
            heard = connection.relieved(sender, problem, self._at_ns)
            yield from self._batches(connection, heard)
            total -= size
            if total <= self._held_bytes_max // 2:
                return

    def close(self) -> list[Batch]:
        """The capture has ended."""
        batches: list[Batch] = []
        for connection, sender, _, _ in list(self._halves.values()):
            if sender == 0:
                batches += self._batches(connection, self._over(connection))
                self._remember(connection)
        self._halves.clear()
        self._strangers.clear()
        self._known.clear()
        self._early_bytes = 0
        return batches

    def _first(self, segment: Segment) -> list[Batch]:
        """The first packet of a connection."""
        half = self._new(segment[0])
        return _NOTHING if half is None else self._unusual(half, segment)

    def _unusual(self, half: Half, segment: Segment) -> list[Batch]:
        """A beginning, an end, or not the bytes that come next."""
        if segment[3] & SYN:
            return self._synchronize(half, segment)
        return _NOTHING if half[0].is_foreign else self._segment(half, segment)

    def _fragment(self, fragment: Fragment) -> list[Batch]:
        """A piece of an IP packet: as soon as it is whole, it is a packet like others."""
        for _ in range(LAYERS_MAX):
            whole = self.fragments.add(fragment, self._at_ns)
            found = unwrapped(*whole[:3]) if whole else None
            if whole is None or found is None:
                return _NOTHING
            if not isinstance(found, Fragment):
                return self._reassembled(whole, found[0])
            fragment = found
        return _NOTHING

    def _reassembled(self, whole: Whole, flow: bytes) -> list[Batch]:
        self.packets -= 1  # it is counted by its fragments
        batches = self.packet(self._at_ns, *whole[:3])
        half = self._halves.get(flow)
        if whole.overlapping and half is not None:
            detail = f"IP fragments overlap, {whole.differing} bytes differ; the first were kept"
            problem = Problem(ProblemKind.OVERLAP_CONFLICT, detail, whole.overlapping)
            connection, sender, _, _ = half
            heard = connection.reported(sender, problem, self._at_ns)
            batches = batches + self._batches(connection, heard)
        return batches

    def _segment(self, half: Half, segment: Segment) -> list[Batch]:
        connection, sender, _, other = half
        _, _, ack, flags, payload, missing = segment
        before, unseen = connection.waiting_bytes, 0
        heard: list[Heard] = []
        if flags & ACK:
            if other.early:
                deliveries = other.acknowledged(ack, self._at_ns)
                heard += connection.delivered(1 - sender, deliveries, self._at_ns)
            if (payload or missing or flags & (FIN | RST)) and not connection.is_closed:
                unseen = other.unseen(ack)
        if unseen:
            connection.turns = connection.turns or Turns()
            connection.turns.postpone(Postponed(unseen, self._at_ns, sender, segment))
        else:
            heard += self._turn(half, segment)
        heard += self._turns(connection, connection.turns, self._at_ns - ACKED_HOLE_NS)
        return self._went_on(connection, before, heard)

    def _went_on(self, connection: Connection, before: int, heard: list[Heard]) -> list[Batch]:
        """Something unusual has been heard of a connection of which so many bytes waited."""
        self._early_bytes += connection.waiting_bytes - before
        if self._early_bytes > EARLY_BYTES_MAX:
            self._early_bytes -= connection.waiting_bytes
            heard += self._given_up(connection)
        connection.settle()
        if connection.turns is not None:
            self._postponing[connection.flow] = connection
        else:
            self._postponing.pop(connection.flow, None)
        return self._batches(connection, heard)

    def _turn(self, half: Half, segment: Segment) -> list[Heard]:
        """A segment whose turn has come."""
        connection, sender, stream, other = half
        _, seq, _, flags, payload, missing = segment
        heard: list[Heard] = []
        if flags & RST:
            if not stream.may_reset_at(seq):
                return heard
            # What a reset carries is a text about its cause (RFC 9293 3.5.3), not the stream.
            payload, missing = b"", 0
        if payload or missing or flags & FIN:
            deliveries = stream.receive(seq, payload, missing, self._at_ns)
            heard += connection.delivered(sender, deliveries, self._at_ns)
        if flags & FIN:
            stream.ends_at(seq + len(payload) + missing)
        if flags & RST or (stream.is_complete and other.is_complete):
            heard += self._ended(connection, is_over=True)
        return heard

    def _turns(self, connection: Connection, turns: Turns | None, before_ns: int) -> list[Heard]:
        """Postponed segments whose turn has come, or which have waited since before a time."""
        heard: list[Heard] = []
        if turns is not None and turns.is_overfull:
            before_ns = NEVER_NS
        while turns is not None and not connection.is_foreign:
            first, second = connection.streams
            each = turns.ready((first.position, second.position)) or turns.overdue(before_ns)
            if each is None:
                break
            needs, _, sender, segment = each
            other = connection.streams[1 - sender]
            if other.position < needs:
                heard += connection.delivered(1 - sender, other.lose(needs), self._at_ns)
            half = (connection, sender, connection.streams[sender], other)
            heard += self._turn(half, segment)
        return heard

    def _given_up(self, connection: Connection) -> list[Heard]:
        """Nothing is waited for any more."""
        turns, connection.turns = connection.turns, None
        heard = self._turns(connection, turns, NEVER_NS)
        for end in (0, 1):
            deliveries = connection.streams[end].close()
            heard += connection.delivered(end, deliveries, self._at_ns)
        return heard

    def passed(self, until_ns: int) -> list[Batch]:
        """Capture time has come so far: what was postponed too long has its turn."""
        self._at_ns = max(self._at_ns, until_ns)
        batches: list[Batch] = []
        for connection in list(self._postponing.values()):
            before = connection.waiting_bytes
            heard = self._turns(connection, connection.turns, until_ns - ACKED_HOLE_NS)
            batches += self._went_on(connection, before, heard)
        return batches

    def postponed_ns(self) -> int:
        """The capture time of the first segment that still waits for its turn."""
        each = (one.turns.since_ns for one in self._postponing.values() if one.turns is not None)
        return min(each, default=NEVER_NS)

    def _over(self, connection: Connection, *, is_over: bool = False) -> list[Heard]:
        """Nothing of it is waited for any more; `is_over` when it is seen to have ended."""
        self._early_bytes -= connection.waiting_bytes
        heard = self._ended(connection, is_over=is_over)
        self._postponing.pop(connection.flow, None)
        connection.settle()
        return heard

    def _ended(self, connection: Connection, *, is_over: bool) -> list[Heard]:
        """Its addresses are kept only while there is room."""
        self._known.pop(connection.flow, None)
        self._strangers[connection.flow] = connection
        turns, connection.turns = connection.turns, None
        heard = self._turns(connection, turns, NEVER_NS)
        return heard + connection.close(self._at_ns, is_over=is_over)

    def _synchronize(self, half: Half, segment: Segment) -> list[Batch]:
        """A SYN on ports in use starts a new connection, unless it is the old one sent again."""
        connection, sender, stream, _ = half
        flow, seq, ack, flags, payload, missing = segment
        seq += 1
        batches: list[Batch] = []
        is_over = connection.is_foreign or connection.is_closed
        if is_over or (stream.started and not stream.begins_at(seq)):
            batches = self._batches(connection, self._over(connection, is_over=True))
            self._remember(connection)
            self._forget(connection)
            fresh = self._new(flow)
            assert fresh is not None
            half = fresh
            connection, sender, stream, _ = half
        if not stream.started:
            is_answer = bool(flags & ACK)
            connection.synchronized(sender, seq, is_answer=is_answer)
        data = (flow, seq, ack, flags & ~SYN, payload, missing)
        return batches + self._segment(half, data)

    def _new(self, flow: bytes) -> Half | None:
        ports = (port(flow, of_source=True), port(flow, of_source=False))
        if self._only_port is not None and self._only_port not in ports:
            return None
        if len(self._strangers) >= STRANGERS_MAX:
            self._drop_strangers()
        connection = Connection(flow, self._candidates, keeps_last=self._keeps_last)
        connection.counts.since_ns = self._at_ns
        self._strangers[flow] = connection
        first, second = connection.streams
        self._halves[reversed_flow(flow)] = (connection, 1, second, first)
        half = self._halves[flow] = (connection, 0, first, second)
        return half

    def _drop_strangers(self) -> None:
        """The oldest go; their next packet starts them again mid-stream."""
        for oldest in list(islice(self._strangers.values(), STRANGERS_DROPPED)):
            self.evicted += not (oldest.is_foreign or oldest.is_closed)
            if oldest.protocol:
                self._remember(oldest)
            self._forget(oldest)

    def _drop_known(self) -> list[Batch]:
        """One protocol connection too many: the oldest goes, and that is said."""
        oldest = next(iter(self._known.values()))
        self.evicted += 1
        detail = f"more than {CONNECTIONS_MAX} connections: this one is no longer heard"
        problem = Problem(ProblemKind.LIMIT, detail)
        heard = self._over(oldest) + oldest.reported(0, problem, self._at_ns)
        batches = self._batches(oldest, heard)
        self._remember(oldest)
        self._forget(oldest)
        return batches

    def _forget(self, connection: Connection) -> None:
        # So that whoever still holds one of its halves does not decode with it.
        connection.settled = None
        self._early_bytes -= connection.waiting_bytes
        self._postponing.pop(connection.flow, None)
        self._known.pop(connection.flow, None)
        self._strangers.pop(connection.flow, None)
        del self._halves[connection.flow]
        self._halves.pop(reversed_flow(connection.flow), None)

    def sessions(self) -> dict[str, Any]:
        """Those last heard, and how many there are; made anew at each call."""
        rows = session_rows(looked_at(self._halves), self.ended)
        return {"total": len(self._halves) // 2 + len(self.ended), "rows": rows}

    def _remember(self, connection: Connection) -> None:
        if not connection.is_foreign:
            self.ended.append(EndedSession(facts_of(connection), connection.counts))

    def _batches(self, connection: Connection, heard: list[Heard]) -> list[Batch]:
        batches = [_batch(connection, *each) for each in heard]
        if connection.protocol and not connection.is_closed and connection.flow in self._strangers:
            self._known[connection.flow] = self._strangers.pop(connection.flow)
            if len(self._known) > CONNECTIONS_MAX:
                batches += self._drop_known()
        return batches


def _batch(
    connection: Connection, sender: int, at_ns: int, items: Sequence[Item], end: int
) -> Batch:
    direction, counts = connection.directions[sender], connection.counts
    return Batch(connection.conn, direction, connection.protocol, at_ns, items, end, counts)
