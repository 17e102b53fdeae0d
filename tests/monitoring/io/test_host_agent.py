"""The agent: samples of this machine; a server that is away, back, and one that refuses."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitoring.domain.host_sample import Sample
from monitoring.io.host_agent import BUFFER_MAX, HostAgent, NotTaken, Refused, Server
from monitoring.io.host_sampler import HostSampler

ROOT = Path(__file__).parent.parent.parent.parent
SECOND = 10**9


class Fixed(HostSampler):
    """One sample after the other, without looking at anything."""

    taken = 0

    def sample(self) -> Sample:
        self.taken += 1
        return Sample(self.taken, {"cpu_percent": 1.0})


class Away(Server):
    """Takes nothing until it is back."""

    fault: Exception | None = NotTaken("gone")
    tries = 0

    def report(self, report: Any) -> dict[str, Any]:
        self.tries += 1
        if self.fault is not None:
            raise self.fault
        self.got = report
        return {"server_ns": time.time_ns() - 5 * SECOND, "processes": ["nginx"]}


@contextmanager
def listening() -> Iterator[tuple[str, list[Any]]]:
    """A server that keeps what it is told."""
    got: list[Any] = []

    class Taking(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.append((self.path, self.headers["Authorization"], body))
            answer = json.dumps({"server_ns": time.time_ns(), "processes": ["python"]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_a_sample_says_how_this_machine_is() -> None:
    sampler = HostSampler()
    assert sampler.sample().values["cpu_percent"] is None
    sample = sampler.sample()
    assert abs(sample.at_ns - time.time_ns()) < 5 * SECOND
    for name in ("cpu_percent", "memory_percent", "load_per_core", "network_sent_bytes"):
        assert sample.values[name] is not None
    assert any(name.startswith("disk_percent /") for name in sample.values)
    assert sample.heaviest
    assert sampler.facts()["cores"] == os.cpu_count()


def test_processes_are_watched_by_name_and_a_successor_is_a_restart() -> None:
    sampler = HostSampler()
    sampler.watched = ("sleep", "no-such-process")
    for restarts in (0, 1):
        with subprocess.Popen(["sleep", "60"]) as process:
            values = sampler.sample().values
            process.kill()
        assert (values["process_running sleep"] or 0) >= 1
        assert values["process_restarts sleep"] == restarts
    assert values["process_running no-such-process"] == 0


def test_what_a_server_that_is_away_did_not_take_comes_when_it_is_back() -> None:
    server = Away("", "")
    agent = HostAgent("db1", server, Fixed())
    agent.turn()
    agent.turn()
    assert (agent.waiting, server.tries) == (2, 1)
    server.fault = None
    agent._next_try = 0.0
    agent.turn()
    assert [sample.at_ns for sample in server.got.samples] == [1, 2, 3]
    assert agent.waiting == 0
    assert agent._sampler.watched == ("nginx",)
    assert agent._sampler.clock_offset_ms == pytest.approx(5_000, abs=100)


@pytest.mark.parametrize("fault", [NotTaken("gone"), Refused("403")])
def test_the_buffer_is_bounded_and_loses_the_oldest(fault: Exception) -> None:
    server = Away("", "")
    server.fault = fault
    agent = HostAgent("db1", server, Fixed())
    for _ in range(BUFFER_MAX + 3):
        agent.turn()
    assert (agent.waiting, agent.lost, server.tries) == (BUFFER_MAX, 3, 1)


def test_the_command_reports_by_rest_and_needs_no_database(tmp_path: Path) -> None:
    with listening() as (url, got):
        environment = os.environ | {
            "RISKGW_HOME": str(tmp_path), "RISKGW_AGENT_KEY": "secret",
            "DATABASE_URL": f"sqlite:///{tmp_path}/none/none.sqlite3",
        }  # fmt: skip
        command = [
            sys.executable, "manage.py", "sample_host", "--server", url, "--name", "db1",
            "--every", "0.2",
        ]  # fmt: skip
        with subprocess.Popen(command, cwd=ROOT, env=environment) as agent:
            deadline = time.monotonic() + 30
            while len(got) < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            agent.send_signal(signal.SIGTERM)
        assert agent.returncode == 0
    path, key, body = got[-1]
    assert (path, key) == ("/api/v1/hosts/db1/samples", "Api-Key secret")
    assert body["facts"]["cores"] == os.cpu_count()
    assert body["samples"][-1]["values"]["clock_offset_ms"] is not None
    assert body["samples"][-1]["values"]["process_running python"] is not None
