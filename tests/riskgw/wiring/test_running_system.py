"""All processes together: labels are the alerts stored and the alerts heard, whatever dies."""

import asyncio
import json
import os
import re
import signal
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitoring.domain.live_alert import is_of_shard
from monitoring.rule_queries import shipped_rules
from riskgw.bus.figures import SECONDS_BETWEEN
from riskgw.bus.slices import SLICE_SECONDS
from riskgw.wiring.simulation.day import DayFiles, DayPlan, SimulatedDay
from tests import databases
from tests.days import MONDAY, TUESDAY, WEDNESDAY
from tests.running_system import RunningSystem, running_system

SEED = 6
SPEED = "2500"
# P03 has the most orders by far, and nothing of its own for processes that die.
PLAYED = ("P01", "F01", "T01", "F02", "H01")
FROZEN_SECONDS = 20
START_SECONDS_MAX = 60
# Two seconds are promised; the shards' figures, which are asked here, come later by their interval.
IN_FORCE_SECONDS_MAX = 2 + SECONDS_BETWEEN

Raised = Counter[tuple[str, str, str]]


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    with tempfile.TemporaryDirectory(prefix="rg-") as home:
        databases.copy_into(Path(home) / "riskgw.sqlite3")
        with running_system(Path(home)) as running:
            yield running


def test_the_log_in_page_and_every_process_are_there_within_a_minute(
    system: RunningSystem,
) -> None:
    """A busy machine's minute; `python -m tests.benchmarks start` measures."""
    ready = re.search(r"ready after ([\d.]+) s", system.said())
    assert ready is not None
    assert float(ready[1]) < START_SECONDS_MAX
    with urllib.request.urlopen(f"{system.url}/login/", timeout=20) as page:
        assert page.status == HTTPStatus.OK
    wait_until(lambda: states(system, "processes") == {"running"})
    wait_until(lambda: states(system, "stages") == {"ok"})


def states(system: RunningSystem, part: str) -> set[str]:
    return {each["state"] for each in system.health()[part]}


class Listener(threading.Thread):
    """A WebSocket client that keeps every message of the alerts' log."""

    def __init__(self, system: RunningSystem) -> None:
        super().__init__(daemon=True)
        self._system = system
        self.numbers: list[int] = []
        self.alerts: list[dict[str, Any]] = []
        self.is_subscribed = threading.Event()
        self.start()
        assert self.is_subscribed.wait(60)

    def run(self) -> None:
        with suppress(asyncio.IncompleteReadError):  # the server has gone
            asyncio.run(self._listen())

    async def _listen(self) -> None:
        client = await self._system.socket()
        await client.ask({"op": "subscribe", "topics": ["alerts"]})
        self.is_subscribed.set()
        while True:
            message = await client.next()
            self.numbers.append(message["seq"])
            # That a process was started again is an alert too, of its host.
            change = message["data"]
            if change["change"] == "raised" and is_of_shard(change["alert"]["id"]):
                self.alerts.append(change["alert"])

    def raised(self) -> Raised:
        return Counter(named(alert["rule"], alert["level"], alert["key"]) for alert in self.alerts)


def named(rule: str, level: str, key: dict[str, str]) -> tuple[str, str, str]:
    return rule, level, json.dumps(key, sort_keys=True)


def made(folder: Path, day: Any) -> DayFiles:
    files = DayFiles.beside(folder / "day.pcap")
    rules = [rule for rule in shipped_rules() if rule.code in PLAYED]
    SimulatedDay(DayPlan(SEED, day, 300, with_day_totals=False), rules).write(files)
    return files


def expected(files: DayFiles) -> Raised:
    labels = json.loads(files.labels.read_text())["labels"]
    return Counter(
        named(each["rule"], each["level"], each["key"]) for each in labels if each["expect"]
    )


def stored(system: RunningSystem, day: Any) -> Raised:
    rows = system.rows(
        "SELECT r.code, a.level, a.key FROM monitoring_alert a"
        " JOIN monitoring_ruleversion v ON v.id = a.rule_version_id"
        f" JOIN monitoring_rule r ON r.id = v.rule_id WHERE a.trading_day = '{day}'"
        " AND r.code NOT LIKE 'SYS-%'"
    )
    return Counter(named(rule, level, json.loads(key)) for rule, level, key in rows)


def judged(system: RunningSystem, shard: int) -> int:
    found: Any = system.queue().get(f"figures.evaluate.{shard}")
    return int(json.loads(found)["events"]) if found else 0


def wait_for_events(system: RunningSystem, shard: int, more: int) -> None:
    """Until a shard has judged so many more events."""
    before, ends = judged(system, shard), time.monotonic() + 60
    while judged(system, shard) < before + more:
        assert time.monotonic() < ends, system.said()
        time.sleep(0.05)


def settled(system: RunningSystem, day: Any, wanted: Raised) -> Raised:
    """What is stored once unload has come so far."""
    ends = time.monotonic() + 60
    while (found := stored(system, day)) != wanted and time.monotonic() < ends:
        time.sleep(0.2)
    return found


def test_a_shard_killed_in_the_middle_loses_and_doubles_nothing(
    system: RunningSystem, tmp_path: Path
) -> None:
    files = made(tmp_path, MONDAY)
    system.load(files.labels)
    listener = Listener(system)
    replay = system.replay(files.capture, SPEED)
    wait_for_events(system, 0, 2_000)
    system.kill("evaluate.0")
    output, _ = replay.communicate(timeout=120)
    assert replay.returncode == 0
    wanted = expected(files)
    assert settled(system, MONDAY, wanted) == wanted
    assert listener.raised() == wanted
    assert listener.numbers == list(
        range(listener.numbers[0], listener.numbers[0] + len(listener.numbers))
    )
    *alerts, summary = map(json.loads, output.splitlines())
    assert Counter(named(line["rule"], line["level"], line["key"]) for line in alerts) == wanted
    assert summary["kind"] == "summary"


@pytest.mark.long
def test_a_frozen_queue_server_and_other_deaths_lose_and_double_nothing(
    system: RunningSystem, tmp_path: Path
) -> None:
    files = made(tmp_path, TUESDAY)
    system.load(files.labels)
    listener = Listener(system)
    replay = system.replay(files.capture, SPEED)
    wait_for_events(system, 1, 1_000)
    system.kill("decode.urfront_sz.0")
    wait_for_events(system, 1, 1_000)
    queue_pid = system.processes()["queue"]["pid"]
    os.kill(queue_pid, signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    os.kill(queue_pid, signal.SIGCONT)
    wait_for_events(system, 1, 1)
    system.kill("sensor.urfront")
    system.kill("unload")
    output, _ = replay.communicate(timeout=120)
    assert replay.returncode == 0, output
    wanted = expected(files)
    assert settled(system, TUESDAY, wanted) == wanted
    assert listener.raised() == wanted
    orders = system.rows(
        "SELECT shard, count(*), count(DISTINCT series), max(series) - min(series) + 1"
        f" FROM monitoring_orderrecord WHERE trading_day = '{TUESDAY}' GROUP BY shard"
    )
    assert len(orders) == 2
    assert all(count == distinct == span for _, count, distinct, span in orders)


def test_a_web_server_that_dies_comes_back_and_tells_what_was_missed(
    system: RunningSystem,
) -> None:
    system.kill("web")
    ends = time.monotonic() + 60
    while True:
        try:
            found = system.get("alerts")["results"]
        except OSError:
            assert time.monotonic() < ends
            time.sleep(0.2)
        else:
            assert found
            break


def rule_versions(system: RunningSystem, rule: str) -> set[int]:
    """By which versions the shards judge, as they said last."""
    found: Any = [system.queue().get(f"figures.evaluate.{shard}") for shard in range(2)]
    return {json.loads(each)["rules"].get(rule, 0) if each else 0 for each in found}


def test_a_changed_threshold_is_in_force_in_running_workers_within_two_seconds(
    system: RunningSystem,
) -> None:
    """Once of five times: what else a busy machine does is not ours."""
    assert any(seconds_until_in_force(system) < IN_FORCE_SECONDS_MAX for _ in range(5))


def seconds_until_in_force(system: RunningSystem) -> float:
    threshold = next(each for each in system.get("thresholds")["results"] if each["rule"] == "P01")
    wait_until(lambda: 0 not in rule_versions(system, "P01"))
    (before,) = rule_versions(system, "P01")
    changed = time.monotonic()
    system.patch(f"thresholds/{threshold['id']}", {"value": str(Decimal(threshold["value"]) - 1)})
    wait_until(lambda: rule_versions(system, "P01") == {before + 1})
    return time.monotonic() - changed


def test_an_order_feed_that_stands_still_leaves_the_other_untouched(
    system: RunningSystem, tmp_path: Path
) -> None:
    files = made(tmp_path, WEDNESDAY)
    replay = system.replay(files.capture, "60")
    before = system.processes()
    stopped = [before[name]["pid"] for name in ("sensor.urfront", "decode.urfront.0")]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = packets(system, "urfront_sz")
        wait_until(lambda: packets(system, "urfront_sz") > began)
        stood = packets(system, "urfront")
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: packets(system, "urfront") > stood)
    after = system.processes()
    for name in ("sensor.urfront_sz", "decode.urfront_sz.0"):
        assert (after[name]["pid"], after[name]["restarts"]) == (
            before[name]["pid"],
            before[name]["restarts"],
        )
    replay.terminate()
    replay.communicate(timeout=60)


def packets(system: RunningSystem, feed: str) -> int:
    found: Any = system.queue().get(f"figures.decode.{feed}.0")
    return int(json.loads(found)["packets"])


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_worker_that_is_to_stop_ends_its_slice(system: RunningSystem) -> None:
    """Or it is killed at the end of the supervisor's patience, its state not written."""
    worker = psutil.Process(system.processes()["evaluate.1"]["pid"])
    worker.terminate()
    assert worker.wait(SLICE_SECONDS / 2) is None
    wait_until(lambda: states(system, "stages") == {"ok"})


def test_a_stop_leaves_no_process_behind(system: RunningSystem) -> None:
    pids = [each["pid"] for each in system.processes().values()]
    assert system.stop() == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
