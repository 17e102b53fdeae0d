"""Market data by socket: frames cut anywhere, and garbage that closes the connection."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.messages.market import Snapshot
from riskgw.messages.market_frame import (
    FRAME_BYTES_MAX,
    FrameError,
    MarketFrames,
    heartbeat_frame,
    snapshots_frame,
)
from tests.market import snapshot

FIRST = snapshot()
SECOND = snapshot(ns=FIRST.ns + 1, last=None, bids=(), is_halted=True)
STREAM = snapshots_frame(1, [FIRST]) + heartbeat_frame(2, FIRST.ns) + snapshots_frame(3, [SECOND])


def heard(*pieces: bytes) -> tuple[list[Snapshot], MarketFrames]:
    frames = MarketFrames()
    return [each for piece in pieces for each in frames.receive(piece)], frames


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_frames_may_be_cut_and_glued_anywhere(places: list[int]) -> None:
    edges = [0, *sorted(places), len(STREAM)]
    pieces = [STREAM[edges[at] : edges[at + 1]] for at in range(len(edges) - 1)]
    found, frames = heard(*pieces)
    assert found == [FIRST, SECOND]
    assert (frames.at_ns, frames.lost) == (SECOND.ns, 0)


def test_frames_that_are_missing_are_counted() -> None:
    assert heard(heartbeat_frame(1, 0), heartbeat_frame(5, 0))[1].lost == 3


def framed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        (FRAME_BYTES_MAX + 1).to_bytes(4, "big"),
        b"GET / HTTP/1.1\r\n\r\n",
        framed(b"{}"),
        framed(b"\xff\xfe"),
        framed(b'{"type":"snapshots","seq":1,"snapshots":[{"ns":1}]}'),
        framed(b'{"type":"heartbeat","seq":1,"ns":1.5}'),
        heartbeat_frame(2, 0) + heartbeat_frame(2, 0),
        framed(b"[" * 5_000),
    ],
)
def test_whoever_speaks_something_else_is_told_why(data: bytes) -> None:
    with pytest.raises(FrameError) as raised:
        heard(data)
    assert str(raised.value)


def test_a_snapshot_that_is_none_is_refused_and_the_others_are_taken() -> None:
    bad = framed(
        b'{"type":"snapshots","seq":1,"snapshots":[{"ns":1,"exchange":"SSE","symbol":"1",'
        b'"last":"nan"},{"ns":1,"exchange":"SSE","symbol":"2","last":"1"}]}'
    )
    found, frames = heard(bad)
    assert [each.symbol for each in found] == ["2"]
    assert (frames.refused, frames.last_fault) == (1, "not_finite: last: 'nan'")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with suppress(FrameError):
        assert heard(data)[0] == []
