"""The whole system as `make run` starts it, in a home of its own, without simulated days."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.websocket_client import WebSocketClient

ROOT = Path(__file__).parent.parent
READY_SECONDS_MAX, STOP_SECONDS_MAX = 240, 60
QUOTE_PORTS = 5
_LOAD = (
    "import sys, django; django.setup();"
    "from pathlib import Path;"
    "from riskgw.messages.base_data import base_from_labels;"
    "from riskgw.reference.actions.load_base import load_base;"
    "load_base(base_from_labels(Path(sys.argv[1]).read_bytes()))"
)


class RunningSystem:
    """Processes by the supervisor's names."""

    def __init__(self, home: Path, port: int, *skipped: str, **variables: str) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **os.environ,
            "RISKGW_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "riskgw.settings",
            "RISKGW_LOG_LEVEL": "WARNING",
            "RISKGW_QUOTE_PORT": str(free_ports(QUOTE_PORTS)),
        }
        self.environment.pop("DATABASE_URL", None)
        self.environment |= variables
        self._output = (home / "up.out").open("wb")
        self._began_ns = time.time_ns()
        self._up = subprocess.Popen(
            self.command(*skipped), cwd=ROOT, env=self.environment, stdout=self._output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def command(self, *skipped: str) -> list[str]:
        return [sys.executable, "manage.py", "up", *skipped, "--port", str(self.port)]

    def wait_until_healthy(self) -> float:
        """Every process runs and every partition is worked on; seconds it took."""
        started = time.monotonic()
        while not self.is_healthy():
            assert not self.has_ended, self.said()
            assert time.monotonic() - started < READY_SECONDS_MAX, self.said()
            time.sleep(0.1)
        return time.monotonic() - started

    def said(self) -> str:
        return (self.home / "up.out").read_text()

    def queue(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.home / "queue.sock"))

    def token(self, user: str = "risk") -> str:
        access = json.loads((self.home / "demo-access.json").read_text())
        token: str = access["users"][user]["token"]
        return token

    def processes(self) -> dict[str, dict[str, Any]]:
        stored: Any = self.queue().get("processes")
        return {each["name"]: each for each in json.loads(stored or b"[]")}

    def kill(self, name: str) -> None:
        os.kill(self.processes()[name]["pid"], signal.SIGKILL)

    def health(self) -> dict[str, Any]:
        stored: Any = self.queue().get("state.health")
        health: dict[str, Any] = json.loads(stored.partition(b" ")[2]) if stored else {}
        return health

    def load(self, labels: Path) -> None:
        """Base data into the database, as an import in the admin does."""
        self.call(_LOAD, str(labels))

    def call(self, program: str, *arguments: str) -> None:
        """A program in the system's environment, to its end."""
        command = [sys.executable, "-c", program, *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)

    def replay(self, capture: Path, speed: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "replay", str(capture), "--speed", speed]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with sqlite3.connect(self.home / "riskgw.sqlite3", timeout=20) as database:
            return database.execute(query).fetchall()

    def get(self, path: str, user: str = "risk") -> Any:
        return self._asked("GET", path, user, None)

    def patch(self, path: str, values: dict[str, Any], user: str = "risk") -> Any:
        return self._asked("PATCH", path, user, json.dumps(values).encode())

    def post(self, path: str, values: dict[str, Any], user: str = "risk") -> Any:
        return self._asked("POST", path, user, json.dumps(values).encode())

    def _asked(self, method: str, path: str, user: str, body: bytes | None) -> Any:
        headers = {
            "Authorization": f"Token {self.token(user)}",
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    async def socket(self, user: str = "risk") -> WebSocketClient:
        return await WebSocketClient.open(
            self.port, "/ws/live", {"Authorization": f"Token {self.token(user)}"}
        )

    def stop(self) -> int:
        """As Ctrl-C does; the exit status."""
        if self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
        status = self._up.wait(STOP_SECONDS_MAX)
        self._output.close()
        return status

    @property
    def has_ended(self) -> bool:
        return self._up.poll() is not None

    def is_healthy(self) -> bool:
        """What an earlier start has left in its journal does not count."""
        if not (self.home / "queue.sock").exists() or "Ctrl-C" not in self.said():
            return False
        health = self.health()
        if int(health.get("as_of_ns", 0)) < self._began_ns:
            return False
        stages = health.get("stages", [])
        running = [each["state"] == "running" for each in self.processes().values()]
        return bool(stages) and all(running) and all(each["state"] == "ok" for each in stages)


@contextmanager
def running_system(
    home: Path, *, with_rates: bool = False, with_days: bool = False, **variables: str
) -> Iterator[RunningSystem]:
    """Started, healthy, and stopped at the end; simulated days only where they are asked for."""
    skipped = [] if with_days else ["--without-days"]
    skipped += [] if with_rates else ["--without-rates"]
    system = RunningSystem(home, free_port(), *skipped, **variables)
    try:
        system.wait_until_healthy()
        yield system
    finally:
        system.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> int:
    """The first of so many in a row."""
    while True:
        first = free_port()
        if all(map(_is_free, range(first, first + count))):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
        return True
