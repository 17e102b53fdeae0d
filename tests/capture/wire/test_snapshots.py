"""A decode partition cut anywhere and gone on with in fresh objects hears what it would have."""

from collections.abc import Collection, Iterable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.feed_settings import FeedSettings
from capture.wire.partition import DecodePartition
from capture.wire.snapshots import DECODER
from riskgw.messages.base_data import AccessSystemData, AccountData, BaseData, CounterData
from riskgw.messages.event import Event
from riskgw.shards.entries import Frames, Trouble
from riskgw.shards.snapshot import SnapshotDamaged, SnapshotMismatch
from tests.capture.decoding import CAPTURES, packets
from tests.capture.wire.wrapping import fragments
from tests.fakes import Conversation, Packet, captured, szse_logon, szse_order

NAMES = sorted(
    str(path.relative_to(CAPTURES)) for path in CAPTURES.rglob("*") if "pcap" in path.suffix
)
BASE = BaseData(
    accounts=(AccountData(id="0100004698", exchange="SZSE", group="G", counter="C"),),
    counters=(CounterData("C", pbus=("000100",), addresses=("10.0.0.0/24",)),),
    access_systems=(AccessSystemData("X", addresses=("10.0.0.1",)),),
)
few = settings(max_examples=60, deadline=None)


def fresh(settings: FeedSettings | None = None) -> DecodePartition:
    return DecodePartition("feed.0", 1, settings)


def restored(partition: DecodePartition) -> DecodePartition:
    data = DECODER.dump(partition)
    again = fresh()
    DECODER.load_into(data, again)
    assert DECODER.dump(again) == data
    return again


def heard(
    packets: Iterable[Packet], cuts: Collection[int] = ()
) -> tuple[list[Event], list[Trouble], bytes]:
    """Events, problems and the state in the end; the partition is made anew at the cuts."""
    partition = fresh()
    partition.load(BASE)
    events: list[Event] = []
    troubles: list[Trouble] = []
    for place, packet in enumerate(packets):
        if place in cuts:
            partition = restored(partition)
        by_shard, more = partition.hear(Frames(packet[0], 0, [packet]))
        events += by_shard[0]
        troubles += more
    before = DECODER.dump(partition)
    by_shard, more = partition.hear(Frames(0, 0, [], is_end=True))
    return events + by_shard[0], troubles + more, before


@cache
def uninterrupted(name: str) -> tuple[list[Event], list[Trouble], bytes]:
    return heard(packets(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_cut_all_over_gives_the_same(name: str) -> None:
    assert heard(packets(name), range(0, 100_000, 9)) == uninterrupted(name)


@few
@given(st.sampled_from(NAMES), st.sets(st.integers(0, 120), max_size=6))
def test_a_capture_cut_anywhere_gives_the_same(name: str, cuts: set[int]) -> None:
    assert heard(packets(name), cuts) == uninterrupted(name)


def scene() -> list[Packet]:
    """Mid-stream, nobody knows who the client is, and the second order comes before the first."""
    talk = Conversation()
    first = talk.seqs[0]
    logon, orders = szse_logon(), [szse_order(number) for number in range(4)]
    frames = [talk.up(logon), talk.up(orders[0][:40])]
    late = talk.seqs[0]
    talk.seqs[0] += len(orders[0]) - 40
    frames += [talk.up(orders[1]), talk.up(orders[0][40:], seq=late)]
    frames += [talk.up(logon, seq=first), talk.up(orders[2]), talk.down(szse_logon())]
    return captured([*frames, talk.up(orders[3]), *talk.close()])


@given(st.sets(st.integers(0, 12)))
def test_what_is_held_back_or_came_early_is_kept(cuts: set[int]) -> None:
    expected = heard(scene())
    assert heard(scene(), cuts) == expected
    assert len(expected[0]) == 4


@given(st.sets(st.integers(0, 30)))
def test_fragments_that_wait_are_kept(cuts: set[int]) -> None:
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.up(szse_order(1)), talk.up(szse_order(2))]
    pieces = [
        piece
        for number, frame in enumerate(frames)
        for piece in reversed(fragments(frame, 48, number=number))
    ]
    assert len(heard(captured(pieces), cuts)[0]) == 2


def test_settings_are_those_of_the_new_process() -> None:
    old = fresh(FeedSettings({"old": ["reff"]}))
    for packet in packets("tds/pymssql_proc.pcap"):
        old.hear(Frames(packet[0], 0, [packet]))
    new = DecodePartition("feed.1", 3, FeedSettings({"new": ["reff"]}))
    DECODER.load_into(DECODER.dump(old), new)
    assert new.source == "feed.1"
    assert new.tap.packets == old.tap.packets > 0
    assert new.feed._sql._procedures == {"new": ["reff"]}


SAMPLE = DECODER.dump(restored(fresh()))


@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_garbled_snapshot_is_refused(place: int, bits: int) -> None:
    data = bytearray(SAMPLE)
    data[place] ^= bits
    with pytest.raises((SnapshotDamaged, SnapshotMismatch)):
        DECODER.load_into(bytes(data), fresh())
