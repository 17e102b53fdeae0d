"""Commits: everything or nothing, once, and only by the holder of the lease."""

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from riskgw.bus.connection import Client, Line
from riskgw.bus.lease import Lease
from riskgw.bus.streams import (
    START,
    Fenced,
    Step,
    checkpoint_key,
    commit,
    is_behind,
    read,
    replayed,
)
from tests.queue_server import QueueServer


def held(bus: Client) -> Lease:
    lease = Lease(bus, "p")
    assert lease.acquire()
    return lease


def test_blobs_live_messages_and_checkpoint_are_written_together(bus: Client) -> None:
    listener = bus.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("live.alerts")
    listener.get_message(timeout=1)
    steps = [Step([("out", b"1"), ("out", b"2")], [("alerts", {"n": 1})]), Step([("other", b"3")])]
    assert commit(Line(bus), held(bus), "p", b"5-0", steps) == 2
    assert [blob for _, blob in read(Line(bus), "out", START, 1)] == [b"1", b"2"]
    assert [blob for _, blob in read(Line(bus), "other", START, 1)] == [b"3"]
    assert bus.get(checkpoint_key("p")) == b"5-0"
    assert listener.get_message(timeout=1)["data"] == b'1 {"n":1}'


def test_a_commit_that_is_sent_again_is_not_done_again(bus: Client) -> None:
    lease, step = held(bus), Step([("out", b"1")], [("alerts", {})])
    commit(Line(bus), lease, "p", b"5-0", [step])
    commit(Line(bus), lease, "p", b"5-0", [step])
    assert bus.xlen("out") == 1
    assert bus.get("seq.alerts") == b"1"


def test_who_was_replaced_writes_nothing(bus: Client) -> None:
    first = held(bus)
    bus.delete(first.key)
    held(bus)
    with pytest.raises(Fenced):
        commit(Line(bus), first, "p", b"5-0", [Step([("out", b"1")], [("alerts", {})])])
    assert bus.xlen("out") == 0
    assert bus.get(checkpoint_key("p")) is None
    assert bus.get("seq.alerts") is None


def test_a_server_that_does_not_know_the_commit_yet_is_told_it(bus: Client) -> None:
    lease, line = held(bus), Line(bus)
    for number in (1, 2):
        bus.script_flush()
        assert commit(line, lease, "p", b"%d-0" % number, [Step([("out", b"1")])]) == number


def test_a_command_whose_connection_ends_is_asked_again_on_another(
    bus: Client, queue: QueueServer
) -> None:
    line = Line(redis.Redis.from_url(queue.url, retry=Retry(NoBackoff(), 1)))
    position = bus.xadd("s", {"b": b"1"})
    for _ in range(2):
        assert read(line, "s", START, 1) == [(position, b"1")]
        bus.client_kill_filter(_type="normal", skipme=True)


def test_the_newest_message_of_a_state_is_kept(bus: Client) -> None:
    lease = held(bus)
    for number in (1, 2):
        commit(Line(bus), lease, "p", b"%d-0" % number, [Step(live=[("health", {"n": number})])])
    assert bus.get("state.health") == b'2 {"n":2}'
    assert bus.get("state.alerts") is None


def test_entries_are_read_from_a_position_on_and_replayed_up_to_one(bus: Client) -> None:
    positions = [bus.xadd("s", {"b": b"%d" % number}) for number in range(600)]
    assert [blob for _, blob in read(Line(bus), "s", positions[-3], 1)] == [b"598", b"599"]
    again = list(replayed(bus, "s", positions[0], positions[-2]))
    assert [blob for _, blob in again] == [b"%d" % number for number in range(1, 599)]
    assert read(Line(bus), "s", positions[-1], 1) == []


def test_positions_compare_by_number_not_by_text() -> None:
    assert is_behind(b"9-0", b"10-0")
    assert is_behind(b"10-9", b"10-10")
    assert not is_behind(b"10-10", b"10-10")
