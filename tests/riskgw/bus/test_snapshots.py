"""When a partition's state is written, and what is said of it afterwards."""

import time
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from riskgw.bus.snapshots import PATIENCE_SECONDS, Snapshots, rest_after


def snapshots(folder: Path, seconds_between: float) -> Snapshots:
    return Snapshots(folder / "p.snapshot", seconds_between)


OLD, NEW = date(2026, 11, 23), date(2026, 11, 24)


def written(snapshots: Snapshots, seconds: float) -> bytes | None:
    """The position of the first snapshot of a partition that comes forward all the time."""
    ends = time.monotonic() + seconds
    for number in count(1):
        if (position := snapshots.finished()) or time.monotonic() > ends:
            return position
        snapshots.take(b"%d-0" % number, lambda: b"state")
        time.sleep(0.01)
    raise AssertionError


def test_the_first_entries_after_a_pause_are_not_yet_worth_a_snapshot(tmp_path: Path) -> None:
    assert written(snapshots(tmp_path, 60), 0.2) is None


def test_what_comes_in_for_a_while_is_worth_one(tmp_path: Path) -> None:
    made = snapshots(tmp_path, 0.2)
    position = written(made, 60)
    assert position is not None
    assert position != b"1-0"
    assert made.newest(lambda state: state) == (b"state", position)


@pytest.mark.parametrize(
    ("theirs", "least", "most"),
    [(0.4, 0.4, 0.9), (30, PATIENCE_SECONDS, PATIENCE_SECONDS + 0.6)],
    ids=["which is soon", "and no longer than it can"],
)
def test_a_partition_waits_for_another_one(
    tmp_path: Path, theirs: float, least: float, most: float
) -> None:
    first, second = (Snapshots(tmp_path / name, 0.05) for name in ("first", "second"))
    first.take(b"1-0", _slow(theirs))
    time.sleep(0.1)
    first.take(b"2-0", _slow(theirs))
    begun = time.monotonic()
    assert written(second, 10)
    assert least <= time.monotonic() - begun < most
    first.take(b"3-0", bytes, NEW)  # what still writes is not waited for


def _slow(seconds: float) -> Callable[[], bytes]:
    def dump() -> bytes:
        time.sleep(seconds)
        return b"state"

    return dump


def test_a_new_trading_day_does_not_wait_for_the_state_of_the_old_one(tmp_path: Path) -> None:
    """Seen: after a kill 17 s were worked through again, since the old day's state took so long."""
    made = snapshots(tmp_path, 0.05)
    ends = time.monotonic() + 20
    for number in count(1):
        state, day = (_never_made, OLD) if number < 50 else (lambda: b"new", NEW)
        made.take(b"%d-0" % number, state, day)
        time.sleep(0.01)
        if (position := made.finished()) or time.monotonic() > ends:
            break
    assert position is not None
    assert made.newest(lambda state: state) == (b"new", position)
    assert [each.name for each in tmp_path.iterdir()] == ["p.snapshot"]


def _never_made() -> bytes:
    time.sleep(60)
    raise AssertionError


@pytest.mark.parametrize(("cpu_seconds", "rest"), [(0.2, 2), (0.9, 6), (1.5, 6), (10, 40)])
def test_what_costs_more_comes_less_often(cpu_seconds: float, rest: float) -> None:
    assert rest_after(cpu_seconds) == pytest.approx(rest)
