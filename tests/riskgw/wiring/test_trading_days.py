"""The demo's days: each a new seed and the next trading date, and nothing of the day before."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskgw.bus.connection import connect
from riskgw.wiring.market_hours import load_hours
from riskgw.wiring.simulation.day import DEFAULT_DAY, DayFiles
from riskgw.wiring.trading_days import next_day, played
from tests import databases
from tests.queue_server import QueueServer
from tests.riskgw.wiring.test_running_system import expected, settled
from tests.running_system import ROOT, RunningSystem, running_system

THURSDAY, FRIDAY, NEXT_MONDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30)
SPEED, ORDERS = 10_000, 50


@pytest.mark.django_db
def test_the_first_day_is_the_same_in_every_new_home(queue: QueueServer) -> None:
    assert next_day(connect()) == (1, DEFAULT_DAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "after"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),
        (FRIDAY, NEXT_MONDAY),
        (date(2026, 9, 30), date(2026, 10, 8)),  # the National Day holidays
    ],
)
def test_a_day_is_followed_by_another_seed_and_the_next_trading_date(
    queue: QueueServer, last: date, after: date
) -> None:
    load_hours()
    played(connect(), 7, last)
    assert next_day(connect()) == (8, after)


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    with tempfile.TemporaryDirectory(prefix="rg-") as home:
        databases.copy_into(Path(home) / "riskgw.sqlite3")
        with running_system(Path(home)) as running:
            yield running


def looped(system: RunningSystem, days: int) -> list[str]:
    """What the command says until so many days are over; it ends when it is told to."""
    command = [
        sys.executable, "manage.py", "trading_days", "--speed", str(SPEED), "--orders", str(ORDERS),
    ]  # fmt: skip
    looping = subprocess.Popen(
        command, cwd=ROOT, env=system.environment, stdout=subprocess.PIPE, text=True
    )
    assert looping.stdout is not None
    said: list[str] = []
    for line in looping.stdout:
        said.append(line)
        if sum(": over: " in each for each in said) == days:
            looping.terminate()
            break
    looping.communicate(timeout=60)
    assert looping.returncode == 0
    return said


@pytest.mark.long
def test_two_days_one_after_the_other_are_each_judged_by_themselves(system: RunningSystem) -> None:
    queue: Any = system.queue()
    played(queue, 1, THURSDAY)
    said = looped(system, 2)
    assert [line.partition(":")[0] for line in said if ": over: " in line] == [
        str(FRIDAY), str(NEXT_MONDAY)
    ]  # fmt: skip
    alerts, captures = [], set()
    for number, day in ((2, FRIDAY), (3, NEXT_MONDAY)):
        files = DayFiles.beside(system.home / "demo" / f"day-{number}.pcap")
        labels = json.loads(files.labels.read_text())
        assert labels["trading_day"] == str(day)
        wanted = expected(files)
        assert settled(system, day, wanted) == wanted
        alerts.append(wanted)
        captures.add(files.capture.read_bytes())
    assert len(captures) == 2
    assert alerts[0] != alerts[1]
    sessions = system.get("sessions")["results"]
    assert {each["state"] for each in sessions} == {"closed"}
