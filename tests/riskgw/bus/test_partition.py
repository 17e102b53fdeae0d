"""A partition goes on exactly where it or another process was, whatever happened in between."""

import itertools
import os
import signal
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import redis

from riskgw.bus.connection import Client, Line
from riskgw.bus.partition import Partition
from riskgw.bus.snapshots import SECONDS_BETWEEN
from riskgw.bus.streams import START, Step, checkpoint_key, read
from riskgw.shards.snapshot import Schema

SLICE = 0.3


class Total:
    """Adds up numbers; publishes each sum: what is lost or done twice shows in the sums."""

    day: date | None = None

    def __init__(self) -> None:
        self.sum = 0

    def take(self, blob: bytes) -> Step:
        self.sum += int(blob)
        return Step([("sums", b"%d" % self.sum)])

    def retake(self, blob: bytes) -> None:
        self.sum += int(blob)

    def dump(self) -> bytes:
        return SCHEMA.dump(self) if type(self) is Total else SELDOM_SCHEMA.dump(self)

    def figures(self) -> dict[str, Any]:
        return {"sum": self.sum}


SCHEMA = Schema("total", {Total: ("sum",)})


class Totals:
    name, stream = "totals", "numbers"

    def fresh(self) -> Total:
        return Total()

    def restored(self, state: bytes) -> Total:
        total: Total = SCHEMA.load(state)
        return total


class SeldomTotal(Total):
    """Publishes each tenth sum only; the other steps lead to nothing."""

    def take(self, blob: bytes) -> Step:
        step = super().take(blob)
        return Step() if int(blob) % 10 else step


SELDOM_SCHEMA = Schema("seldom", {SeldomTotal: ("sum",)})


class SeldomTotals(Totals):
    def fresh(self) -> Total:
        return SeldomTotal()

    def restored(self, state: bytes) -> Total:
        total: SeldomTotal = SELDOM_SCHEMA.load(state)
        return total


def never() -> bool:
    return False


def write(bus: Client, *numbers: int) -> None:
    for number in numbers:
        bus.xadd("numbers", {"b": b"%d" % number})


def sums(bus: Client) -> list[int]:
    return [int(blob) for _, blob in read(Line(bus), "sums", START, 1)]


def test_everything_in_the_stream_is_taken_once_and_in_order(bus: Client, tmp_path: Path) -> None:
    write(bus, 1, 2, 3)
    assert Partition(Totals(), tmp_path).run(SLICE, never)
    assert sums(bus) == [1, 3, 6]


def test_the_next_slice_goes_on(bus: Client, tmp_path: Path) -> None:
    partition = Partition(Totals(), tmp_path)
    write(bus, 1)
    partition.run(SLICE, never)
    write(bus, 2)
    partition.run(SLICE, never)
    assert sums(bus) == [1, 3]


def test_a_second_process_stands_by(bus: Client, tmp_path: Path) -> None:
    first, second = Partition(Totals(), tmp_path), Partition(Totals(), tmp_path)
    assert first.run(SLICE, never)
    assert not second.run(SLICE, never)


@pytest.mark.parametrize("with_snapshot", [False, True])
def test_a_successor_of_a_dead_process_repeats_nothing(
    bus: Client, tmp_path: Path, with_snapshot: bool
) -> None:
    write(bus, 1, 2)
    first = Partition(Totals(), tmp_path)
    first.run(SLICE, never)
    if with_snapshot:
        first.run(SLICE, lambda: True)
    write(bus, 3)
    first.run(SLICE, never)
    bus.delete("lease.totals")
    write(bus, 4)
    Partition(Totals(), tmp_path).run(SLICE, never)
    assert sums(bus) == [1, 3, 6, 10]


def test_who_was_replaced_recovers_before_it_goes_on(bus: Client, tmp_path: Path) -> None:
    first, second = Partition(Totals(), tmp_path), Partition(Totals(), tmp_path)
    write(bus, 1)
    first.run(SLICE, never)
    bus.delete("lease.totals")
    write(bus, 2)
    second.run(SLICE, never)
    bus.delete("lease.totals")
    write(bus, 3)
    first.run(SLICE, never)
    assert sums(bus) == [1, 3, 6]


def test_a_stop_leaves_a_snapshot_and_a_free_lease(bus: Client, tmp_path: Path) -> None:
    write(bus, 1, 2)
    partition = Partition(Totals(), tmp_path)
    partition.run(SLICE, never)
    partition.run(SLICE, lambda: True)
    assert bus.get("lease.totals") is None
    bus.delete("numbers")
    write(bus, 3)
    Partition(Totals(), tmp_path).run(SLICE, never)
    assert sums(bus) == [1, 3, 6]


def test_a_forked_child_writes_snapshots_and_the_stream_is_trimmed_behind_them(
    bus: Client, tmp_path: Path
) -> None:
    write(bus, *range(1, 11))
    partition = Partition(Totals(), tmp_path)
    partition.run(SLICE, never)
    write(bus, 11)
    partition.run(SECONDS_BETWEEN + 2 * SLICE, never)
    assert (tmp_path / "totals.snapshot").exists()
    assert bus.xlen("numbers") <= 2
    bus.delete("lease.totals")
    write(bus, 12)
    Partition(Totals(), tmp_path).run(SLICE, never)
    assert sums(bus)[-1] == sum(range(13))


def test_a_snapshot_that_cannot_be_read_is_passed_over(bus: Client, tmp_path: Path) -> None:
    (tmp_path / "totals.snapshot").write_bytes(b"1-0\nnonsense")
    write(bus, 1, 2)
    Partition(Totals(), tmp_path).run(SLICE, never)
    assert sums(bus) == [1, 3]


def test_a_step_that_could_not_be_published_is_not_taken_twice(bus: Client, tmp_path: Path) -> None:
    partition = Partition(Totals(), tmp_path)
    write(bus, 1)
    partition.run(SLICE, never)
    write(bus, 2)
    bus.acl_setuser("default", enabled=True, commands=["-set"])  # the commit's own command
    try:
        with pytest.raises(redis.ResponseError):
            partition.run(SLICE, never)
    finally:
        bus.acl_setuser("default", enabled=True, commands=["+set"])
    partition.run(SLICE, never)
    assert sums(bus) == [1, 3]


def test_what_leads_to_nothing_is_checkpointed_once_nothing_more_comes(
    bus: Client, tmp_path: Path
) -> None:
    write(bus, 1, 2, 3)
    assert Partition(SeldomTotals(), tmp_path).run(SLICE, never)
    assert sums(bus) == []
    (newest,) = bus.xrevrange("numbers", count=1)
    assert bus.get(checkpoint_key("totals")) == newest[0]


def test_seldom_published_sums_survive_kills_too(bus: Client, tmp_path: Path) -> None:
    write(bus, *range(1, 401))
    killed_at_work(bus, SeldomTotals(), tmp_path)
    Partition(SeldomTotals(), tmp_path).run(2, never)
    each = [*range(1, 401), *list(range(1, 101)) * 6]
    pairs = zip(itertools.accumulate(each), each, strict=True)
    expected = [total for total, number in pairs if not number % 10]
    assert [int(fields[b"b"]) for _, fields in bus.xrange("sums")] == expected


def killed_at_work(bus: Client, stage: Totals, folder: Path) -> None:
    """Six times a child works until something was published, and is killed; more is written."""
    for _ in range(6):
        child = os.fork()
        if not child:
            try:
                Partition(stage, folder).run(10, never)
            finally:
                os._exit(1)
        seen = bus.xlen("sums")
        for _ in range(200):
            if bus.xlen("sums") > seen:
                break
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        bus.delete("lease.totals")
        write(bus, *range(1, 101))


def test_a_process_killed_between_any_two_steps_loses_and_doubles_nothing(
    bus: Client, tmp_path: Path
) -> None:
    write(bus, *range(1, 401))
    killed_at_work(bus, Totals(), tmp_path)
    Partition(Totals(), tmp_path).run(2, never)
    found = [int(fields[b"b"]) for _, fields in bus.xrange("sums")]
    numbers = [int(fields[b"b"]) for _, fields in bus.xrange("numbers")]
    assert len(found) == 1000
    assert found[-1] == sum(range(1, 401)) + 6 * sum(range(1, 101))
    assert len(numbers) <= 1000
    assert [b - a for a, b in itertools.pairwise(found)][:399] == list(range(2, 401))
