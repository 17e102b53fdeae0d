"""One direction of a TCP connection put back in order, from what a mirror port showed of it.

Positions are absolute byte offsets from the first byte seen, so that sequence wrap never shows.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from capture.wire.spans import difference, touching, uncovered
from capture.wire.turns import ACKED_HOLE_NS, SEGMENT_BYTES
from riskgw.kernel.times import NS_PER_MS

SEQ_MODULUS = 1 << 32
SEQ_HALF = 1 << 31
# No segment carries it, and none acknowledges more: the next number of a stream not yet started.
NOT_STARTED = 1 << 32
PENDING_BYTES_MAX = 1 << 20
PENDING_SEGMENTS_MAX = 2048
# A sequence number further ahead than any window is another connection's, or damage.
AHEAD_MAX = 1 << 26
# A hole that nobody has acknowledged; one that the receiver has waits ACKED_HOLE_NS.
HOLE_NS = 2000 * NS_PER_MS
# What a retransmission is compared with; of a long segment only its end is kept.
RECENT_SEGMENTS = 8
RECENT_BYTES_MAX = 4096


class Gap(NamedTuple):
    """`size` bytes that will not come; `truncated` when the capture cut them off its packets."""

    size: int
    truncated: bool = False


class Conflict(NamedTuple):
    """`size` bytes came twice and differed, the first of them at `position` of the stream."""

    size: int
    position: int
    is_last_kept: bool = False


Delivery = bytes | Gap | Conflict


class Early(NamedTuple):
    """A segment that came before its turn."""

    start: int
    payload: bytes
    missing: int
    at_ns: int


class TcpStream:
    """Segments in any order in, bytes in order out; a hole becomes a Gap when it is hopeless.

    Of bytes that come twice the first count; with `keeps_last` the last, while they still wait.
    """

    __slots__ = (
        "_end",
        "_first_seq",
        "_lost",
        "_recent",
        "early",
        "early_bytes",
        "keeps_last",
        "next_seq",
        "position",
    )

    def __init__(self, *, keeps_last: bool = False) -> None:
        self.keeps_last = keeps_last
        self.next_seq = NOT_STARTED
        self._first_seq: int | None = None
        self.position = 0
        self._end: int | None = None
        # What has not come before this position is given up; told when more comes.
        self._lost = 0
        # What waits behind a hole, sorted and apart; empty as long as nothing is missing.
        self.early: list[Early] = []
        self.early_bytes = 0
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=RECENT_SEGMENTS)

    def forget(self) -> None:
        """Nobody listens to it any more: as if nothing had been seen."""
        self.next_seq, self._first_seq, self._end = NOT_STARTED, None, None
        self._lost = 0
        self.early.clear()
        self.early_bytes = 0
        self._recent.clear()

    @property
    def started(self) -> bool:
        return self._first_seq is not None

    def start(self, seq: int) -> None:
        """The next byte of the stream has this sequence number."""
        self.next_seq = seq % SEQ_MODULUS
        self._first_seq = (seq - self.position) % SEQ_MODULUS

    def begins_at(self, seq: int) -> bool:
        """Whether the stream's first byte has this sequence number."""
        return self._first_seq == seq % SEQ_MODULUS

    def ends_at(self, seq: int) -> None:
        """A FIN was seen with this sequence number; bytes before it may still come."""
        self._end = self.position + self._ahead(seq)

    def may_reset_at(self, seq: int) -> bool:
        """Whether a RST with this number can be meant for what comes next (RFC 5961 3.2)."""
        return self._first_seq is None or 0 <= self._ahead(seq) <= AHEAD_MAX

    @property
    def waiting_bytes(self) -> int:
        """About the memory that what came early takes."""
        return self.early_bytes + len(self.early) * SEGMENT_BYTES

    @property
    def is_complete(self) -> bool:
        """Whether everything before the FIN has come or been given up."""
        return self._end is not None and self.position >= self._end

    def take(self, payload: bytes) -> None:
        """The bytes at `next_seq`, while nothing is early."""
        size, start = len(payload), self.position
        self.position = end = start + size
        if size > RECENT_BYTES_MAX:
            start, payload = end - RECENT_BYTES_MAX, payload[-RECENT_BYTES_MAX:]
        self._recent.append((start, payload))
        self.next_seq = (self.next_seq + size) % SEQ_MODULUS

    def receive(self, seq: int, payload: bytes, missing: int, at_ns: int) -> list[Delivery]:
        """One segment; `missing` bytes at its end were on the wire but not captured."""
        if self._first_seq is None:
            self.start(seq)
        ahead = self._ahead(seq)
        if not -AHEAD_MAX <= ahead <= AHEAD_MAX:
            return self._restart(seq, payload, missing)
        start = self.position + ahead
        lost = self._told_lost(start) if self._lost else []
        if start <= self.position and not self.early:
            return [*lost, *self._deliver(start, payload, missing)]
        return lost + self._wait(Early(start, payload, missing, at_ns))

    def acknowledged(self, ack: int, at_ns: int) -> list[Delivery]:
        """The other end says it has everything before `ack`."""
        if not self.early:
            return []
        waited_ns = at_ns - self.early[0].at_ns
        is_acked = self.position + self._ahead(ack) >= self.early[0].start
        is_lost = is_acked and waited_ns >= ACKED_HOLE_NS
        return self.give_up() if is_lost or waited_ns >= HOLE_NS else []

    def unseen(self, ack: int) -> int:
        """Up to where the other end has bytes that have not come here yet; 0 if it has none.

        A stream from which nothing comes any more is not waited for.
        """
        reached = self.position + self._ahead(ack) if self.started else 0
        if self._end is not None:
            reached = min(reached, self._end)
        if not self.position < reached <= self.position + AHEAD_MAX:
            return 0
        if self.is_silent:
            self._lost = max(self._lost, reached)
            return 0
        return reached

    @property
    def is_silent(self) -> bool:
        """Whether what the other end has acknowledged was waited for in vain, and is still due."""
        return self._lost > self.position

    def lose(self, position: int) -> list[Delivery]:
        """What has not come before `position` will not come any more."""
        deliveries: list[Delivery] = []
        while self.early and self.early[0].start <= position:
            deliveries += self.give_up()
        self._lost = max(self._lost, position) if self.position < position else 0
        return deliveries

    def give_up(self) -> list[Delivery]:
        """Declare the first hole lost and deliver what waited behind it."""
        deliveries: list[Delivery] = []
        if self.early:
            first = self.early[0]
            deliveries.append(Gap(first.start - self.position))
            self._advance(first.start - self.position)
            deliveries += self._drain()
        return deliveries

    def close(self) -> list[Delivery]:
        """The connection has ended: no hole will be filled any more."""
        # One byte alone may be a FIN that was not captured.
        is_told = self._lost > self.position + 1
        deliveries: list[Delivery] = self._told_lost(self._lost) if is_told else []
        while self.early:
            deliveries += self.give_up()
        self.forget_bytes()
        return deliveries

    def forget_bytes(self) -> None:
        """Retransmissions of what has come so far are compared with nothing."""
        self._recent.clear()

    def _told_lost(self, start: int) -> list[Delivery]:
        """The next segment starts here: as far as that was given up before, it is a hole."""
        if start < self.position:
            return []
        size = min(start, self._lost) - self.position
        self._lost = 0
        if size <= 0:
            return []
        self._advance(size)
        return [Gap(size)]

    def _ahead(self, seq: int) -> int:
        distance = (seq - self.next_seq) % SEQ_MODULUS
        return distance if distance < SEQ_HALF else distance - SEQ_MODULUS

    def _advance(self, size: int) -> None:
        self.position += size
        self.next_seq = (self.next_seq + size) % SEQ_MODULUS

    def _wait(self, early: Early) -> list[Delivery]:
        """A segment that comes before its turn, or in its turn while others wait."""
        deliveries: list[Delivery] = []
        known = self.position - early.start
        if known > 0:
            deliveries += self._conflict(early.start, early.payload)
            fresh = early.payload[known:]
            lost = early.start + len(early.payload) + early.missing - self.position - len(fresh)
            early = Early(self.position, fresh, max(0, min(early.missing, lost)), early.at_ns)
        # A FIN that comes early waits too: with it the hole before it is known.
        if early.payload or early.missing or early.start > self.position:
            deliveries += self._insert(early)
            deliveries += self._drain()
        while self._is_hopeless(early.at_ns):
            deliveries += self.give_up()
        return deliveries

    def _insert(self, early: Early) -> Iterator[Delivery]:
        """Keep apart what waits: of bytes that two segments have, one segment's count."""
        start, payload, missing, at_ns = early
        place = touching(self.early, (start, payload))
        waiting = self.early[place]
        if differing := difference([each[:2] for each in waiting], (start, payload)):
            yield Conflict(differing.size, differing.position, self.keeps_last)
        if self.keeps_last and payload:
            kept = [part for each in waiting for part in _around(each, start, len(payload))]
            kept.append(early)
        else:
            end = start + len(payload)
            parts = uncovered([each[:2] for each in waiting], (start, payload))
            kept = [
                Early(at, part, missing if at + len(part) == end else 0, at_ns)
                for at, part in parts
                if part or not waiting
            ]
            kept += waiting
        self.early[place] = sorted(kept)
        held = sum(len(each.payload) for each in waiting)
        self.early_bytes += sum(len(each.payload) for each in kept) - held

    def _is_hopeless(self, at_ns: int) -> bool:
        if not self.early:
            return False
        is_overfull = self.early_bytes > PENDING_BYTES_MAX or len(self.early) > PENDING_SEGMENTS_MAX
        return is_overfull or at_ns - self.early[0].at_ns >= HOLE_NS

    def _drain(self) -> Iterator[Delivery]:
        count = 0
        for early in self.early:
            if early.start > self.position:
                break
            count += 1
            self.early_bytes -= len(early.payload)
            # What was cut off this segment may have come in the next.
            following = self.early[count].start if count < len(self.early) else None
            yield from self._deliver(early.start, early.payload, early.missing, following)
        del self.early[:count]

    def _deliver(
        self, start: int, payload: bytes, missing: int, following: int | None = None
    ) -> Iterator[Delivery]:
        """A segment that starts at or before the current position."""
        known = self.position - start
        if known:
            yield from self._conflict(start, payload)
        fresh = payload[known:]
        if fresh:
            self.take(fresh)
            yield fresh
        end = start + len(payload) + missing
        lost = (end if following is None else min(end, following)) - self.position
        if missing and lost > 0:
            self._advance(lost)
            yield Gap(lost, truncated=True)

    def _conflict(self, start: int, payload: bytes) -> Iterator[Delivery]:
        """Where a retransmission differs from what came first, as far as that is remembered."""
        known = self.position - start
        # A keep-alive probe carries the byte before the window, whatever it is.
        if len(payload) == known == 1:
            return
        if differing := difference(self._recent, (start, payload[:known])):
            yield Conflict(differing.size, differing.position)

    def _restart(self, seq: int, payload: bytes, missing: int) -> list[Delivery]:
        deliveries = self.close()
        deliveries.append(Gap(0))
        self.start(seq)
        return deliveries + list(self._deliver(self.position, payload, missing))


def _around(waiting: Early, start: int, size: int) -> list[Early]:
    """What is left of a waiting segment on both sides of later bytes."""
    known, payload, missing, at_ns = waiting
    end = known + len(payload)
    parts = []
    if known < start:
        parts.append(Early(known, payload[: start - known], 0, at_ns))
    if end > start + size:
        parts.append(Early(start + size, payload[start + size - known :], missing, at_ns))
    return parts
