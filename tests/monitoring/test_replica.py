"""A replica: from a snapshot and the stream behind it, and no verdict where it is not sure."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitoring.domain.restrictions import change_message
from monitoring.replica import AGE_SECONDS_MAX, Replica, Turns
from monitoring.stages import EvaluateStage
from riskgw.bus.partition import Partition
from riskgw.cep.spec import CheckPoint
from riskgw.kernel.times import NS_PER_MS
from riskgw.messages.restriction import Act, Change, Restriction
from riskgw.shards.entries import Heard, Load, packed
from riskgw.shards.partition import shard_of
from tests.counter_site import BASE
from tests.events import event
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS, condition, day_indicator, rule, thresholds

pytestmark = pytest.mark.django_db

ORDER = {
    "exchange": "SSE", "account": "A", "symbol": "600000", "side": "buy", "price": "10",
    "quantity": "100",
}  # fmt: skip
SHARD = shard_of("G", 2)
FOUR_A_DAY = rule(
    condition(thresholds=thresholds(limit="4")), code="T13", indicators=(day_indicator(),),
    check_point=CheckPoint.PRE,
)  # fmt: skip


class Streams:
    """What the decoders write."""

    def __init__(self, queue: QueueServer) -> None:
        self._client = queue.client()
        self.at_ns = OPEN_NS

    def load(self) -> None:
        for shard in range(2):
            self._write(shard, Load(BASE, (FOUR_A_DAY,)))

    def orders(self, count: int) -> None:
        for _ in range(count):
            self.at_ns += NS_PER_MS
            one = event(time_ns=self.at_ns, order_ref=f"R{self.at_ns}")
            self._write(SHARD, Heard("s", self.at_ns, 0, [one]))

    def _write(self, shard: int, entry: Any) -> None:
        self._client.xadd(f"orders.{shard}", {"b": packed(entry)})


class Following:
    """A replica that follows, with the restrictions it would have read."""

    def __init__(self, folder: Path) -> None:
        self.replica = Replica(folder)
        self.replica.in_force.read()
        self._thread = threading.Thread(target=self.replica._run, daemon=True)
        self._thread.start()

    def verdict(self, seconds: float = 10, **changes: str) -> tuple[str, list[str]]:
        """Once it no longer says that it is not fed."""
        ends = time.monotonic() + seconds
        while True:
            (checked,) = self.replica.check([ORDER | changes])
            codes = [reason.code for reason in checked.reasons]
            if codes != ["replica_not_fed"] or time.monotonic() > ends:
                return str(checked.verdict), codes
            time.sleep(0.02)

    def until(self, at_ns: int) -> None:
        ends = time.monotonic() + 60
        while self.replica.as_of_ns < at_ns:
            assert time.monotonic() < ends
            time.sleep(0.02)

    def stop(self) -> None:
        self.replica._stopping.set()
        self._thread.join()


@pytest.fixture
def streams(queue: QueueServer) -> Streams:
    return Streams(queue)


@pytest.fixture
def following(streams: Streams, tmp_path: Path) -> Iterator[list[Following]]:
    found: list[Following] = []
    yield found
    for each in found:
        each.stop()


def begun(found: list[Following], folder: Path) -> Following:
    found.append(Following(folder))
    return found[-1]


def test_nothing_passes_before_it_has_heard_of_anything(
    following: list[Following], tmp_path: Path
) -> None:
    new = begun(following, tmp_path)
    assert new.verdict(0.5) == ("deny", ["replica_not_fed"])
    assert new.verdict(0.5, cancel_of="R1") == ("allow", [])


def test_it_counts_what_the_shard_counts(
    streams: Streams, following: list[Following], tmp_path: Path
) -> None:
    streams.load()
    streams.orders(2)
    new = begun(following, tmp_path)
    new.until(streams.at_ns)
    assert new.verdict() == ("allow", [])
    streams.orders(1)
    new.until(streams.at_ns)
    assert new.verdict() == ("deny", ["orders"])


def test_it_begins_with_the_shards_snapshot_where_the_stream_is_gone(
    streams: Streams, following: list[Following], tmp_path: Path, queue: QueueServer
) -> None:
    streams.load()
    streams.orders(2)
    shards = [Partition(EvaluateStage(number), tmp_path) for number in range(2)]
    for shard in shards:
        shard.run(1, lambda: False)
        shard.run(1, iter((False, True, True)).__next__)
    for number in range(2):
        queue.client().xtrim(f"orders.{number}", maxlen=1, approximate=False)
    streams.orders(1)
    new = begun(following, tmp_path)
    new.until(streams.at_ns)
    assert new.verdict() == ("deny", ["orders"])


def test_a_stream_without_its_beginning_is_no_ground_for_a_verdict(
    streams: Streams, following: list[Following], tmp_path: Path, queue: QueueServer
) -> None:
    streams.load()
    streams.orders(3)
    queue.client().xtrim(f"orders.{SHARD}", maxlen=1, approximate=False)
    assert begun(following, tmp_path).verdict(1) == ("deny", ["replica_not_fed"])


def test_a_replica_that_does_not_keep_up_lets_nothing_pass(
    streams: Streams, following: list[Following], tmp_path: Path
) -> None:
    streams.load()
    streams.orders(1)
    new = begun(following, tmp_path)
    new.until(streams.at_ns)
    assert new.verdict()[0] == "allow"
    new.stop()
    new.replica._level_at = time.monotonic() - AGE_SECONDS_MAX - 0.1
    assert new.verdict() == ("deny", ["replica_too_old"])


def test_a_restriction_that_is_heard_holds_before_it_is_stored(
    streams: Streams, following: list[Following], tmp_path: Path
) -> None:
    streams.load()
    streams.orders(1)
    new = begun(following, tmp_path)
    new.until(streams.at_ns)
    made = Restriction(
        id="1", scope={"account": "A"}, mask=(Act.OPEN,), since_ns=OPEN_NS, reason="r"
    )
    new.replica.in_force.hear(change_message(Change.RESTRICTED, made)[1])
    new.replica.in_force.read()
    assert new.verdict() == ("deny", ["restricted"])
    new.replica.in_force._read_at = time.monotonic() - 100
    assert new.verdict() == ("deny", ["restrictions_unknown"])


def test_who_waits_has_the_turn_before_who_had_it() -> None:
    turns, had = Turns(), list[str]()
    is_held, may_go_on = threading.Event(), threading.Event()

    def again_and_again() -> None:
        with turns:
            is_held.set()
            may_go_on.wait()
        for _ in range(1000):
            with turns:
                had.append("again")

    first = threading.Thread(target=again_and_again)
    first.start()
    is_held.wait()

    def once() -> None:
        with turns:
            had.append("once")

    second = threading.Thread(target=once)
    second.start()
    while not turns.is_awaited:
        time.sleep(0.001)
    may_go_on.set()
    first.join()
    second.join()
    assert had[0] == "once"
    assert len(had) == 1001
