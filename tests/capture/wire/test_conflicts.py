"""A hostile sender repeats bytes that differ: what is kept and what is told stays within limits."""

import tracemalloc

import pytest

from capture.wire.connection import CONFLICTS_TOLD_MAX
from capture.wire.tap import Tap
from capture.wire.tcp_stream import PENDING_BYTES_MAX, PENDING_SEGMENTS_MAX, TcpStream
from capture.wire.turns import SEGMENT_BYTES
from riskgw.messages.problem import Problem
from tests.capture.wire.test_mirror_ports import heard_by
from tests.fakes import (
    AT_NS,
    Conversation,
    captured,
    problems,
    szse,
    szse_logon,
    szse_order,
)


def test_what_keeping_small_segments_costs_counts_too() -> None:
    """A hostile sender fills the memory with one byte to a segment."""
    tap = Tap()
    talk = Conversation()
    heard_by(tap, captured([*talk.open(), talk.up(szse_logon())]))
    frames = []
    for _ in range(PENDING_SEGMENTS_MAX):
        talk.seqs[0] += 1
        frames.append(talk.up(b"x"))
    packets = captured(frames)
    tracemalloc.start()
    try:
        heard_by(tap, [(AT_NS, *packet[1:]) for packet in packets])
        memory = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(tap._halves) == 2
    assert memory <= tap._early_bytes == PENDING_SEGMENTS_MAX * (1 + SEGMENT_BYTES)


@pytest.mark.parametrize("keeps_last", [False, True])
def test_all_that_waits_sent_again_differently_takes_no_memory_of_its_own(
    keeps_last: bool,
) -> None:
    """Retained are one megabyte behind a hole and a few delivered segments; all come again."""
    target = TcpStream(keeps_last=keeps_last)
    target.start(1000)
    sizes = [60_000] * (PENDING_BYTES_MAX // 60_000)
    places = [1001 + sum(sizes[:number]) for number in range(len(sizes))]
    for place, size in zip(places, sizes, strict=True):
        target.receive(place, bytes(size), 0, 0)
    tracemalloc.start()
    try:
        found = []
        for byte in (b"a", b"b"):
            for place, size in zip(places, sizes, strict=True):
                found += target.receive(place, byte * size, 0, 0)
        current, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 2 * len(sizes)
    assert target.early_bytes == sum(sizes)
    # With the last kept, what waited before is exchanged for what came again.
    exchanged = sum(sizes) if keeps_last else 0
    assert max(current, peak) <= exchanged + 5 * 60_000


def test_small_pieces_in_the_middle_of_what_waits_do_not_multiply() -> None:
    """With the last kept each cuts in two what waited."""
    target = TcpStream(keeps_last=True)
    target.start(1000)
    target.receive(1001, bytes(60_000), 0, 0)
    for place in range(PENDING_SEGMENTS_MAX + 100):
        target.receive(1003 + 2 * place, b"x", 0, 0)
        assert len(target.early) <= PENDING_SEGMENTS_MAX


def test_conflicts_without_end_are_told_in_one() -> None:
    talk, tap = Conversation(), Tap()
    heard_by(tap, captured([*talk.open(), talk.up(szse_logon()), talk.down(szse(1))]))
    at = talk.seqs[0]
    order = szse_order(1)
    batches = heard_by(tap, captured([talk.up(order)]))
    again = [talk.up(b"\xfe" * len(order), seq=at) for _ in range(10 * CONFLICTS_TOLD_MAX)]
    batches += heard_by(tap, captured(again))
    told = problems(batches)
    assert [kind for kind, _ in told] == ["overlap_conflict"] * CONFLICTS_TOLD_MAX
    rest = [item for batch in tap.close() for item in batch.items if isinstance(item, Problem)]
    assert [(each.kind.value, each.count) for each in rest] == [
        ("overlap_conflict", 9 * CONFLICTS_TOLD_MAX)
    ]
    assert rest[0].size == 9 * sum(size for _, size in told)
