"""Function modules in running processes: two web servers and a worker."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.daphne_site import TOKEN
from tests.function_modules import code, example, put
from tests.module_site import PIN, Running
from tests.module_site import running as started
from tests.queue_server import QueueServer
from tests.websocket_client import WebSocketClient


@pytest.fixture
def running(tmp_path: Path, queue: QueueServer) -> Iterator[Running]:
    with started(tmp_path, queue) as system:
        yield system


async def left_told(running: Running) -> int:
    """What the example's job tells on its topic, heard at the second server."""
    client = await WebSocketClient.open(
        str(running.sockets[1]), "/ws/live", {"Authorization": f"Token {TOKEN}"}
    )
    await client.say({"op": "subscribe", "topics": ["modules.holiday.left"]})
    answer = await client.next()
    assert answer["topics"]["modules.holiday.left"]["kind"] == "state", answer
    while True:
        running.beat()
        frame = await client.next()
        if frame.get("topic") == "modules.holiday.left":
            await client.close()
            days: int = frame["data"]["days"]
            return days


@pytest.mark.asyncio
async def test_a_module_dropped_in_answers_everywhere_and_a_broken_one_changes_nothing(
    running: Running,
) -> None:
    days = "modules/holiday/days?since=2027-02-01"
    running.write((PIN, ("holiday", "holiday.py", put(running.modules, "holiday", example()))))
    assert {status for status, _ in running.asked(days)} <= {404, 503}

    assert running.ask(0, "POST", "modules/holiday/load")[0] == 200
    running.until(lambda: running.asked(days) == [(200, {"days": 5})] * 2)
    states = running.states("holiday")
    running.until(
        lambda: {each["state"] for each in running.states("holiday").values()} == {"running"}
    )
    assert sorted(name.partition(".")[0] for name in states) == ["default", "web", "web"]
    assert await left_told(running) < 1000
    running.until(lambda: metrics(running) == [("days_left", "7", "1")])

    # A broken version, pinned and loaded: what ran before goes on, and every process says so.
    change(running, put(running.modules, "holiday", "raise RuntimeError('broken')"))
    assert running.ask(1, "POST", "modules/holiday/reload")[0] == 200
    running.until(lambda: codes(running) == ["import"] * 3)
    assert {each["state"] for each in running.states("holiday").values()} == {"kept"}
    assert running.asked(days) == [(200, {"days": 5})] * 2

    # A file that is not what is pinned is not run.
    put(running.modules, "holiday", code("holiday", version="6.6"))
    assert running.ask(1, "POST", "modules/holiday/reload")[0] == 200
    running.until(lambda: codes(running) == ["checksum"] * 3)
    assert running.asked(days) == [(200, {"days": 5})] * 2

    change(running, put(running.modules, "holiday", code("holiday", version="2.0")))
    assert running.ask(0, "POST", "modules/holiday/reload")[0] == 200
    running.until(lambda: running.asked("modules/holiday/show") == [(200, "as it should")] * 2)
    assert running.asked(days)[0][0] == 404

    assert running.ask(0, "POST", "modules/holiday/disable")[0] == 200
    running.until(lambda: [a[0] for a in running.asked("modules/holiday/show")] == [503, 503])
    assert "holiday" in running.ask(1, "GET", "modules/holiday/show")[1]["detail"]

    # The product's own: exactly its addresses stop.
    assert running.ask(0, "POST", "modules/service/disable")[0] == 200
    running.until(lambda: [a[0] for a in running.asked("problems")] == [503, 503])
    assert [a[0] for a in running.asked("alerts")] == [200, 200]
    assert running.ask(0, "POST", "modules/service/load")[0] == 200
    running.until(lambda: [a[0] for a in running.asked("problems")] == [200, 200])


def change(running: Running, sha256: str) -> None:
    """Pins another checksum, as the admin does; the order to load comes by REST."""
    statement = "UPDATE reference_functionmodule SET sha256 = ? WHERE name = 'holiday'"
    running.write((statement, (sha256,)))


def codes(running: Running) -> list[str]:
    return [each["code"] for each in running.states("holiday").values()]


def metrics(running: Running) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(running.database, timeout=20)) as database:
        rows = database.execute(
            "SELECT name, printf('%g', monitoring), printf('%g', risk) FROM reference_modulemetric"
        )
        return list(rows)
