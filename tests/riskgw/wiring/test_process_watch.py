"""What is told beside the supervisor's work holds up nobody, whatever the queue server does."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from django.conf import LazySettings

from riskgw.bus.connection import connect_briefly
from riskgw.bus.figures import PROCESSES_KEY
from riskgw.wiring.process_watch import ProcessWatch
from tests.queue_server import QueueServer

# Its two questions and what a slow machine adds.
SECONDS_MAX = 3.0
FIGURES: list[dict[str, Any]] = [{"name": "queue"}]
RAISED = {
    "change": "raised",
    "alert": {
        "rule": "F01", "version": 1, "level": "warn", "key": {"group": "S1"},
        "values": [{"indicator": "self_trades", "value": "3", "cmp": "ge", "threshold": "3"}],
    },
}  # fmt: skip


@pytest.fixture
def server(settings: LazySettings) -> Iterator[QueueServer]:
    with TemporaryDirectory(prefix="riskgw-w-") as folder:
        server = QueueServer(Path(folder))
        server.start()
        settings.REDIS_URL = server.url
        yield server
        server.kill()


def told(server: QueueServer, watch: ProcessWatch, lines: list[str]) -> Any:
    """What the Overview reads after two looks, with an alert raised before them."""
    watch([])
    with server.client() as client:
        client.publish("live.alerts", b"1 " + msgspec.json.encode(RAISED))
        lines.clear()
        # The first may find no more than that it is subscribed again.
        watch(FIGURES)
        watch(FIGURES)
        return client.get(PROCESSES_KEY)


def test_processes_and_alerts_are_told_again_when_the_queue_server_is_back(
    server: QueueServer,
) -> None:
    lines: list[str] = []
    watch = ProcessWatch(connect_briefly(), lines.append)
    assert told(server, watch, lines) == msgspec.json.encode(FIGURES)
    assert lines == ["  F01 v1 warn     group=S1: self_trades 3 ge 3"]
    server.kill()
    began = time.monotonic()
    watch(FIGURES)
    assert time.monotonic() - began < SECONDS_MAX
    server.start()
    assert told(server, watch, lines) == msgspec.json.encode(FIGURES)
    assert lines == ["  F01 v1 warn     group=S1: self_trades 3 ge 3"]


def test_a_queue_server_that_does_not_answer_holds_nobody_up(server: QueueServer) -> None:
    watch = ProcessWatch(connect_briefly(), print)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        watch(FIGURES)
        assert time.monotonic() - began < SECONDS_MAX
    finally:
        os.kill(server.pid, signal.SIGCONT)
