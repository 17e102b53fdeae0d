"""What a session remembers survives a snapshot: handles, transactions, announced loads, MARS."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from capture.wire.partition import DecodePartition
from capture.wire.snapshots import DECODER
from riskgw.messages.event import Event
from riskgw.shards.entries import Frames, Trouble
from tests.capture.wire.sql_client import COLUMNS, insert, values
from tests.capture.wire.tds.dialogue import (
    INTN,
    batch,
    bulk,
    call,
    counted,
    done,
    headers,
    integer,
    nvarchar,
    opening,
    prelogin,
    response,
    return_value,
    rpc,
    smp,
    told,
    transaction,
)
from tests.fakes import Conversation, Packet, captured

DATA = 8
SQL = "INSERT ordwth(rec_num,reff,acc,stock) VALUES(@a,@b,'A','600519')"
OUT = integer("", None, is_output=True)
CURSOR_SQL = nvarchar("", "select * from oiw..cjhb")
TURNS = [
    *opening(),
    (0, rpc(call(11, OUT, nvarchar("", "@a int,@b varchar(9)"), nvarchar("", SQL)))),
    (1, response(return_value("", INTN, b"\x04\x01\0\0\0"), done(token=0xFE))),
    (0, rpc(call(2, OUT, CURSOR_SQL, *[integer("", 1)] * 3))),
    (1, response(return_value("", INTN, b"\x04\x09\0\0\0"), done(token=0xFE))),
    (0, transaction(5)),
    (1, response(told(8), done())),
    (0, rpc(call(12, integer("", 1), integer("", 5), nvarchar("", "J5")), headers=headers(1))),
    (1, response(counted())),
    (0, transaction(9, name="here")),
    (1, response(done())),
    (0, batch("INSERT BULK ordwth(a int)", headers=headers(1))),
    (1, response(done())),
    (0, bulk(COLUMNS, values(6))),
    (1, response(counted())),
    (0, transaction(8, name="here")),
    (1, response(done())),
    (0, batch(insert(7), headers=headers(1))),
    (1, response(counted())),
    (0, transaction(7)),
    (1, response(told(9), done())),
    (0, smp(1, session=3) + smp(1, session=4)),
    (0, smp(DATA, batch(insert(8)), session=3) + smp(DATA, batch(insert(9))[:40], session=4)),
    (1, smp(DATA, response(counted()), session=3)),
    (0, smp(DATA, batch(insert(9))[40:], session=4)),
    (1, smp(DATA, response(counted()), session=4)),
    (0, smp(4, session=3)),
    (1, smp(4, session=3)),
]
ENCRYPTED = [
    (0, prelogin(1)),
    (1, prelogin(1, kind=4)),
    *[(end, b"\x17\x03\x03\x00\x04abcd" * 9) for end in (0, 1, 0)],
]


def scene() -> list[Packet]:
    plain, hidden = Conversation(40001), Conversation(40002)
    frames = [*plain.open(), *hidden.open()]
    frames += [(plain.down if end else plain.up)(data) for end, data in TURNS]
    frames += [(hidden.down if end else hidden.up)(data) for end, data in ENCRYPTED]
    return captured([*frames, *hidden.close()])


def heard(cuts: frozenset[int]) -> tuple[list[Event], list[Trouble]]:
    partition = DecodePartition("feed.0", 1)
    events: list[Event] = []
    troubles: list[Trouble] = []
    for place, packet in enumerate(scene()):
        if place in cuts:
            state = DECODER.dump(partition)
            partition = DecodePartition("feed.0", 1)
            DECODER.load_into(state, partition)
            assert DECODER.dump(partition) == state
        by_shard, more = partition.hear(Frames(packet[0], 0, [packet]))
        events += by_shard[0]
        troubles += more
    by_shard, more = partition.hear(Frames(0, 0, [], is_end=True))
    return events + by_shard[0], troubles + more


@cache
def uninterrupted() -> tuple[list[Event], list[Trouble]]:
    return heard(frozenset())


def test_the_scene_without_an_interruption() -> None:
    events, troubles = uninterrupted()
    assert [event.order_ref for event in events] == ["J5", "J7", "J8", "J9"]
    assert sorted(str(trouble.kind) for trouble in troubles) == ["encrypted", "encrypted",
                                                                    "not_effective"]  # fmt: skip


def test_a_snapshot_behind_every_packet_changes_nothing() -> None:
    assert heard(frozenset(range(len(scene())))) == uninterrupted()


@settings(max_examples=25, deadline=None)
@given(st.frozensets(st.integers(0, 45), max_size=4))
def test_a_snapshot_anywhere_changes_nothing(cuts: frozenset[int]) -> None:
    assert heard(cuts) == uninterrupted()
