"""The whole listener: packets of a mirrored port in, protocol messages by connection out."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from capture.wire.connection import Connection, Heard
from capture.wire.packet import ACK, FIN, RST, SYN, Segment, port, reversed_flow, tcp_segment
from capture.wire.protocols import PROTOCOLS
from capture.wire.session import Item
from capture.wire.tcp_stream import TcpStream
from capture.wire.tds.messages import TdsMessage
from riskgw.messages.problem import Problem

CONNECTIONS_MAX = 65_536


class Batch(msgspec.Struct, frozen=True, gc=False):
    """Messages and problems that one packet completed, all sent the same way."""

    conn: str
    direction: str
    protocol: str
    at_ns: int
    items: Sequence[Item]


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


class Half(NamedTuple):
    """One direction: the connection, which of its ends sends, its stream and the other one."""

    connection: Connection
    sender: int
    stream: TcpStream
    waiting: TcpStream


_NOTHING: list[Batch] = []


class Tap:
    """Feed it packets in the order of capture; close it when there are no more."""

    def __init__(self, protocol: str | None = None, only_port: int | None = None) -> None:
        """Listen for one protocol or all, on one TCP port or all."""
        self._candidates = tuple(
            candidate for candidate in PROTOCOLS if protocol in (None, candidate.name)
        )
        self._only_port = only_port
        self._halves: dict[bytes, Half] = {}
        self._at_ns = 0
        self.packets = 0
        self.evicted = 0

    def packet(self, at_ns: int, link: int, data: bytes, length: int) -> list[Batch]:
        """One captured packet; `length` is its length on the wire."""
        self.packets += 1
        self._at_ns = at_ns
        segment = tcp_segment(link, data, length)
        if segment is None:
            return _NOTHING
        flow, seq, _, flags, payload, missing = segment
        half = self._halves.get(flow) or self._new(flow)
        if half is None:
            return _NOTHING
        if flags & SYN:
            return self._synchronize(half, segment)
        connection, sender, stream, waiting = half
        is_next = seq == stream.next_seq and not (missing or stream.early or waiting.early)
        if not is_next or flags & (FIN | RST):
            return _NOTHING if connection.is_foreign else self._segment(half, segment)
        if not payload:
            return _NOTHING
        stream.take(payload)
        session = connection.settled
        if session is None:
            return self._batches(connection, connection.delivered(sender, [payload], at_ns))
        items = session.receive(sender, payload, at_ns)
        return [_batch(connection, sender, at_ns, items)] if items else _NOTHING

    def close(self) -> list[Batch]:
        """The capture has ended."""
        batches: list[Batch] = []
        for half in list(self._halves.values()):
            if half.sender == 0:
                batches += self._batches(half.connection, half.connection.close(self._at_ns))
        self._halves.clear()
        return batches

    def _segment(self, half: Half, segment: Segment) -> list[Batch]:
        connection, sender, stream, waiting = half
        _, seq, ack, flags, payload, missing = segment
        at_ns = self._at_ns
        heard: list[Heard] = []
        if waiting.early and flags & ACK:
            deliveries = waiting.acknowledged(ack, at_ns, is_answer=bool(payload))
            heard += connection.delivered(1 - sender, deliveries, at_ns)
        if payload or missing or flags & FIN:
            deliveries = stream.receive(seq, payload, missing, at_ns)
            heard += connection.delivered(sender, deliveries, at_ns)
        if flags & FIN:
            stream.ends_at(seq + len(payload) + missing)
        if flags & RST or (stream.is_complete and waiting.is_complete):
            heard += connection.close(at_ns)
        return self._batches(connection, heard)

    def _synchronize(self, half: Half, segment: Segment) -> list[Batch]:
        """A SYN on ports in use starts a new connection, unless it is the old one sent again."""
        connection, sender, stream, _ = half
        flow, seq, ack, flags, payload, missing = segment
        seq += 1
        batches: list[Batch] = []
        if connection.is_foreign or (stream.started and not stream.begins_at(seq)):
            batches = self._batches(connection, connection.close(self._at_ns))
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
        while len(self._halves) >= 2 * CONNECTIONS_MAX:
            self._evict()
        connection = Connection(flow, self._candidates)
        first, second = connection.streams
        self._halves[reversed_flow(flow)] = Half(connection, 1, second, first)
        half = self._halves[flow] = Half(connection, 0, first, second)
        return half

    def _evict(self) -> None:
        """The oldest connection goes; its next packet starts it again mid-stream."""
        oldest = next(iter(self._halves.values())).connection
        self.evicted += not oldest.is_foreign
        del self._halves[oldest.flow]
        self._halves.pop(reversed_flow(oldest.flow), None)

    def _batches(self, connection: Connection, heard: list[Heard]) -> list[Batch]:
        return [_batch(connection, *each) for each in heard]


def _batch(connection: Connection, sender: int, at_ns: int, items: Sequence[Item]) -> Batch:
    direction = connection.directions[sender]
    return Batch(connection.conn, direction, connection.protocol, at_ns, items)
