"""Counters of events in a decode partition: over snapshots and changes of the tables."""

import pytest

from capture.stages import DecodeStage, DecodeWork
from capture.wire.feed_settings import FeedSettings
from capture.wire.partition import DecodePartition
from riskgw.messages.base_data import AccessSystemData, BaseData, CounterData
from riskgw.messages.event import Event
from riskgw.shards.entries import Frames, Heard, Load, Results, packed, unpacked
from tests.capture.decoding import packets
from tests.fakes import Conversation, Packet, captured, szse_logon, szse_order

OWN = BaseData(
    counters=(CounterData("OWN", pbus=("000100",)),),
    access_systems=(AccessSystemData("GATE", addresses=("10.0.0.0/8",)),),
)
OTHER = BaseData(counters=(CounterData("OTHER", pbus=("000999",)),))
PROCEDURES: dict[str, list[str]] = {}


def fresh() -> DecodeWork:
    return DecodeStage("feed", 0, 1, FeedSettings(PROCEDURES)).fresh()


def restored(work: DecodeWork) -> DecodeWork:
    return DecodeStage("feed", 0, 1, FeedSettings(PROCEDURES)).restored(work.dump())


def took(work: DecodeWork, *taken: Packet) -> tuple[list[Event], list[tuple[str, str]]]:
    """Events, and kind and detail of problems."""
    events: list[Event] = []
    troubles: list[tuple[str, str]] = []
    for packet in taken:
        for _, blob in work.take(packed(Frames(packet[0], 0, [packet]))).blobs:
            entry = unpacked(blob)
            if isinstance(entry, Heard):
                events += entry.events
            elif isinstance(entry, Results):
                troubles += [(each.kind, each.detail) for each in entry.troubles]
    return events, troubles


def orders() -> list[Packet]:
    """A log-on and three orders of PBU 000100."""
    talk = Conversation()
    frames = [*talk.open(), talk.up(szse_logon()), talk.down(szse_logon())]
    frames += [talk.up(szse_order(number)) for number in range(3)]
    return captured(frames)


def stamps(events: list[Event]) -> list[tuple[str | None, str | None, bool]]:
    return [(each.counter, each.access_system, each.is_counter_unknown) for each in events]


def test_events_carry_counter_and_access_system() -> None:
    work = fresh()
    work.take(packed(Load(OWN, None)))
    events, troubles = took(work, *orders())
    assert stamps(events) == [("OWN", "GATE", False)] * 3
    assert troubles == []


def test_before_the_first_load_nothing_is_unknown() -> None:
    events, troubles = took(fresh(), *orders())
    assert stamps(events) == [(None, None, False)] * 3
    assert troubles == []


def test_a_change_of_tables_counts_from_the_next_event() -> None:
    work, heard = fresh(), orders()
    work.take(packed(Load(OWN, None)))
    before, _ = took(work, *heard[:-1])
    work.take(packed(Load(OTHER, None)))
    after, troubles = took(work, heard[-1])
    assert stamps(before) == [("OWN", "GATE", False)] * 2
    assert stamps(after) == [(None, None, True)]
    assert [kind for kind, _ in troubles] == ["unknown_counter"]
    work.take(packed(Load(None, ())))
    assert stamps(took(work, heard[-1])[0]) == []  # the same bytes again


@pytest.mark.parametrize("base", [OWN, OTHER], ids=["known", "unknown"])
def test_a_partition_that_takes_over_goes_on_with_the_same_tables(base: BaseData) -> None:
    whole, again = fresh(), fresh()
    for work in (whole, again):
        work.take(packed(Load(base, None)))
    expected = took(whole, *orders())
    found: tuple[list[Event], list[tuple[str, str]]] = ([], [])
    for packet in orders():
        again = restored(again)
        events, troubles = took(again, packet)
        found[0].extend(events)
        found[1].extend(troubles)
    assert found == expected
    assert len(expected[1]) == (base is OTHER)


def test_a_database_tells_the_counter_of_orders_and_reports() -> None:
    partition = DecodePartition("feed.0", 1)
    partition.load(BaseData(counters=(CounterData("SQL", databases=("ashare_oiw",)),)))
    found: set[tuple[str, str | None]] = set()
    for packet in packets("tds/pymssql_batch.pcap"):
        by_shard, _ = partition.hear(Frames(packet[0], 0, [packet]))
        found |= {(each.origin, each.counter) for each in by_shard[0]}
    assert found == {("ashare_oiw", "SQL")}
