"""A sensor on a mirrored port hears what `decode` reads in the file, and sends nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from capture.wire.partition import DecodePartition
from riskgw.messages.event import Event
from riskgw.shards.entries import Frames, unpacked
from tests.capture.decoding import decoded, packets
from tests.capture.wire.wrapping import WRAPPINGS
from tests.network import MirroredSwitch, mirrored_switch
from tests.queue_server import QueueServer

pytestmark = pytest.mark.root

ROOT = Path(__file__).parents[3]
FEEDS = {
    "urfront": ("tds/pymssql_batch.pcap", 1433),
    "urfront_sz": ("szse/szse_session.pcap", 8016),
}
HEARD_SECONDS_MAX = 20


@pytest.fixture(scope="module")
def switch() -> Iterator[MirroredSwitch]:
    with mirrored_switch() as switch:
        yield switch


def said(event: Event) -> tuple[Any, ...]:
    """What does not depend on when it was heard."""
    return (
        event.event, event.account, event.symbol, event.side, event.price, event.quantity,
        event.order_ref, event.cancel_of, event.exec_ref, event.conn, event.dir,
    )  # fmt: skip


def port_of(capture: str) -> int:
    """The server's port of a capture."""
    _, _, data, _ = packets(capture)[0]
    return int.from_bytes(data[36:38], "big")


class SensorProcess:
    """A sensor of one feed in the listener's namespace."""

    def __init__(self, switch: MirroredSwitch, queue: QueueServer, feed: str, home: Path) -> None:
        ports = [port_of(FEEDS[feed][0])]
        feeds = {feed: {"exchange": "", "ports": ports, "interface": "mirror"}}
        environment = {
            **os.environ,
            "RISKGW_HOME": str(home),
            "REDIS_URL": queue.url,
            "RISKGW_FEEDS": json.dumps(feeds),
            "RISKGW_LOG_LEVEL": "WARNING",
        }
        command = switch.command(sys.executable, "manage.py", "sensor", feed)
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        self._client: Any = queue.client()
        self._stream = f"frames.{feed}.0"
        self._partition = DecodePartition(feed, 1)
        self._position = "0"
        self.events: list[Event] = []

    def __enter__(self) -> "SensorProcess":
        ends = time.monotonic() + HEARD_SECONDS_MAX
        while not self._client.xlen(self._stream):
            assert time.monotonic() < ends, "the sensor does not start"
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        assert self.process.wait(10) == 0

    def hear(self, count: int) -> list[Event]:
        """So many events, decoded from what the sensor wrote."""
        ends = time.monotonic() + HEARD_SECONDS_MAX
        while len(self.events) < count and time.monotonic() < ends:
            for position, fields in self._client.xrange(self._stream, f"({self._position}"):
                self._position = position.decode()
                entry = unpacked(fields[b"b"])
                assert isinstance(entry, Frames)
                self.events += self._partition.hear(entry)[0][0]
            time.sleep(0.05)
        return self.events


@pytest.mark.parametrize("feed", FEEDS)
def test_what_crosses_the_port_is_what_the_file_holds(
    switch: MirroredSwitch, queue: QueueServer, feed: str, tmp_path: Path
) -> None:
    sent = packets(FEEDS[feed][0])
    wanted = [said(event) for event in decoded(sent).events]
    before = switch.sent_by_the_listener()
    with SensorProcess(switch, queue, feed, tmp_path) as sensor:
        switch.send(sent, sys.executable)
        heard = [said(event) for event in sensor.hear(len(wanted))]
    assert sorted(map(repr, heard)) == sorted(map(repr, wanted))
    assert switch.sent_by_the_listener() == before == 0


@pytest.mark.parametrize("name", ["VLAN", "QinQ", "ERSPAN II", "VXLAN"])
def test_what_is_wrapped_passes_the_kernels_filter_and_is_heard(
    switch: MirroredSwitch, queue: QueueServer, name: str, tmp_path: Path
) -> None:
    feed = "urfront_sz"
    plain = packets(FEEDS[feed][0])
    sent = [(at, link, WRAPPINGS[name](data), length) for at, link, data, length in plain]
    wanted = [said(event) for event in decoded(plain).events]
    with SensorProcess(switch, queue, feed, tmp_path) as sensor:
        queue.client().delete(f"frames.{feed}.0")
        switch.send(sent, sys.executable)
        heard = [said(event) for event in sensor.hear(len(wanted))]
    assert sorted(map(repr, heard)) == sorted(map(repr, wanted))


def test_an_interface_that_is_not_there_is_named(queue: QueueServer, tmp_path: Path) -> None:
    feeds = {"urfront": {"exchange": "SSE", "ports": [1433], "interface": "nowhere0"}}
    environment = {
        **os.environ,
        "RISKGW_HOME": str(tmp_path),
        "REDIS_URL": queue.url,
        "RISKGW_FEEDS": json.dumps(feeds),
    }
    command = [sys.executable, "manage.py", "sensor", "urfront"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert "nowhere0" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
