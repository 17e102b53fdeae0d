"""One direction of a TCP connection put back in order, from what a mirror port showed of it.

Positions are absolute byte offsets from the first byte seen, so that sequence wrap never shows.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from riskgw.kernel.times import NS_PER_MS

SEQ_MODULUS = 1 << 32
SEQ_HALF = 1 << 31
PENDING_BYTES_MAX = 1 << 20
PENDING_SEGMENTS_MAX = 2048
# A sequence number further ahead than any window is another connection's, or damage.
AHEAD_MAX = 1 << 26
# A hole that the receiver has acknowledged will not be filled; the mirror may still reorder a bit.
ACKED_HOLE_NS = 20 * NS_PER_MS
HOLE_NS = 2000 * NS_PER_MS
RECENT_SEGMENTS = 8


class Gap(NamedTuple):
    """`size` bytes that will not come; `truncated` when the capture cut them off its packets."""

    size: int
    truncated: bool = False


class Conflict(NamedTuple):
    """`size` bytes came twice and differed; the first were kept."""

    size: int


Delivery = bytes | Gap | Conflict


class Early(NamedTuple):
    """A segment that came before its turn."""

    start: int
    payload: bytes
    missing: int
    at_ns: int


class TcpStream:
    """Segments in any order in, bytes in order out; a hole becomes a Gap when it is hopeless."""

    __slots__ = (
        "_early_bytes",
        "_end",
        "_first_seq",
        "_position",
        "_recent",
        "early",
        "next_seq",
    )

    def __init__(self) -> None:
        # -1, which no segment carries, until the stream has started.
        self.next_seq = -1
        self._first_seq: int | None = None
        self._position = 0
        self._end: int | None = None
        # Segments that wait behind a hole, in order; empty as long as nothing is missing.
        self.early: list[Early] = []
        self._early_bytes = 0
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=RECENT_SEGMENTS)

    def forget(self) -> None:
        """Nobody listens to it any more: as if nothing had been seen."""
        self.next_seq, self._first_seq, self._end = -1, None, None
        self.early.clear()
        self._early_bytes = 0
        self._recent.clear()

    @property
    def started(self) -> bool:
        return self._first_seq is not None

    def start(self, seq: int) -> None:
        """The next byte of the stream has this sequence number."""
        self.next_seq = seq % SEQ_MODULUS
        self._first_seq = (seq - self._position) % SEQ_MODULUS

    def begins_at(self, seq: int) -> bool:
        """Whether the stream's first byte has this sequence number."""
        return self._first_seq == seq % SEQ_MODULUS

    def ends_at(self, seq: int) -> None:
        """A FIN was seen with this sequence number; bytes before it may still come."""
        self._end = self._position + self._ahead(seq)

    @property
    def is_complete(self) -> bool:
        """Whether everything before the FIN has come or been given up."""
        return self._end is not None and self._position >= self._end

    def take(self, payload: bytes) -> None:
        """The bytes at `next_seq`, while nothing is early."""
        size = len(payload)
        self._recent.append((self._position, payload))
        self._position += size
        self.next_seq = (self.next_seq + size) % SEQ_MODULUS

    def receive(self, seq: int, payload: bytes, missing: int, at_ns: int) -> list[Delivery]:
        """One segment; `missing` bytes at its end were on the wire but not captured."""
        if self._first_seq is None:
            self.start(seq)
        ahead = self._ahead(seq)
        if not -AHEAD_MAX <= ahead <= AHEAD_MAX:
            return self._restart(seq, payload, missing)
        if ahead > 0:
            return self._keep(Early(self._position + ahead, payload, missing, at_ns))
        return list(self._deliver(self._position + ahead, payload, missing)) + list(self._drain())

    def acknowledged(self, ack: int, at_ns: int, *, is_answer: bool) -> list[Delivery]:
        """The other end says it has everything before `ack`; an answer carries data with it."""
        if not self.early:
            return []
        waited_ns = at_ns - self.early[0].at_ns
        is_acked = self._position + self._ahead(ack) >= self.early[0].start
        # An answer is written after the bytes it answers: what is still missing was not captured.
        is_lost = is_acked and (is_answer or waited_ns >= ACKED_HOLE_NS)
        return self.give_up() if is_lost or waited_ns >= HOLE_NS else []

    def give_up(self) -> list[Delivery]:
        """Declare the first hole lost and deliver what waited behind it."""
        deliveries: list[Delivery] = []
        if self.early:
            first = self.early[0]
            deliveries.append(Gap(first.start - self._position))
            self._advance(first.start - self._position)
            deliveries += self._drain()
        return deliveries

    def close(self) -> list[Delivery]:
        """The connection has ended: no hole will be filled any more."""
        deliveries: list[Delivery] = []
        while self.early:
            deliveries += self.give_up()
        return deliveries

    def _ahead(self, seq: int) -> int:
        distance = (seq - self.next_seq) % SEQ_MODULUS
        return distance if distance < SEQ_HALF else distance - SEQ_MODULUS

    def _advance(self, size: int) -> None:
        self._position += size
        self.next_seq = (self.next_seq + size) % SEQ_MODULUS

    def _keep(self, early: Early) -> list[Delivery]:
        place = bisect_left(self.early, early[:2], key=lambda other: other[:2])
        if place < len(self.early) and self.early[place][:2] == early[:2]:
            return []
        self.early.insert(place, early)
        self._early_bytes += len(early.payload)
        deliveries: list[Delivery] = []
        while self._is_hopeless(early.at_ns):
            deliveries += self.give_up()
        return deliveries

    def _is_hopeless(self, at_ns: int) -> bool:
        if not self.early:
            return False
        is_overfull = (
            self._early_bytes > PENDING_BYTES_MAX or len(self.early) > PENDING_SEGMENTS_MAX
        )
        return is_overfull or at_ns - self.early[0].at_ns >= HOLE_NS

    def _drain(self) -> Iterator[Delivery]:
        count = 0
        for early in self.early:
            if early.start > self._position:
                break
            count += 1
            self._early_bytes -= len(early.payload)
            yield from self._deliver(early.start, early.payload, early.missing)
        del self.early[:count]

    def _deliver(self, start: int, payload: bytes, missing: int) -> Iterator[Delivery]:
        """A segment that starts at or before the current position."""
        known = self._position - start
        if known and (differing := self._differing(start, payload[:known])):
            yield Conflict(differing)
        fresh = payload[known:]
        if fresh:
            self.take(fresh)
            yield fresh
        lost = start + len(payload) + missing - self._position
        if missing and lost > 0:
            self._advance(lost)
            yield Gap(lost, truncated=True)

    def _differing(self, start: int, again: bytes) -> int:
        """How many bytes of a retransmission differ from what came first, as far as remembered."""
        if len(again) <= 1:  # a keep-alive probe carries one arbitrary byte
            return 0
        differing = 0
        for known_start, known in self._recent:
            low = max(start, known_start)
            high = min(start + len(again), known_start + len(known))
            ours, theirs = known[low - known_start : high - known_start], again[low - start :]
            if low < high and ours != theirs[: high - low]:
                differing += sum(a != b for a, b in zip(ours, theirs, strict=False))
        return differing

    def _restart(self, seq: int, payload: bytes, missing: int) -> list[Delivery]:
        deliveries = self.close()
        deliveries.append(Gap(0))
        self.start(seq)
        self._recent.clear()
        return deliveries + list(self._deliver(self._position, payload, missing))
