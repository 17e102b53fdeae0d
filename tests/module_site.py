"""Web servers and a worker with a home of their own, as function modules meet them."""

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from celery import Celery

from tests.daphne_site import ROOT, TOKEN
from tests.databases import copy_into
from tests.queue_server import QueueServer

START_SECONDS_MAX = 60
# The promise is two seconds; a machine with nothing to spare gets more.
TAKEN_UP_SECONDS_MAX = 20.0
USER = (
    "INSERT INTO auth_user (id, username, password, is_superuser, is_staff, is_active, first_name,"
    " last_name, email, date_joined) VALUES (900, 'admin', '', 1, 1, 1, '', '', '', '2026-11-22')"
)
GIVE_TOKEN = "INSERT INTO authtoken_token (key, user_id, created) VALUES (?, 900, '2026-11-22')"
PIN = (
    "INSERT INTO reference_functionmodule (name, origin, path, sha256, is_enabled, settings,"
    " revision, note, changed_at) VALUES (?, 'folder', ?, ?, 0, '{}', 1, '', '2026-11-22')"
)


class Running:
    """Servers and a worker in one home."""

    def __init__(self, home: Path, queue: QueueServer, servers: int = 2) -> None:
        self.home, self.modules = home, home / "modules"
        self.database = home / "riskgw.sqlite3"
        self.sockets = [home / f"web{number}.sock" for number in range(servers)]
        self.queue_pid = queue.pid
        self._environment = os.environ | {
            "RISKGW_HOME": str(home),
            "REDIS_URL": queue.url,
            "DJANGO_SETTINGS_MODULE": "riskgw.settings",
        }
        self._environment.pop("DATABASE_URL", None)
        self._broker = Celery(broker=queue.url.replace("unix://", "redis+socket://", 1))
        copy_into(self.database)
        self.write((USER, ()), (GIVE_TOKEN, (TOKEN,)))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *arguments]
        with (self.home / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def write(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            for statement, values in statements:
                database.execute(statement, values)
            database.commit()

    def beat(self) -> None:
        """As beat does once a second."""
        self._broker.send_task("riskgw.modules", queue="default", expires=5)

    def ask(self, server: int, method: str, path: str) -> tuple[int, Any]:
        connection = Connection(self.sockets[server])
        headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
        with closing(connection):
            connection.request(
                method, f"/api/v1/{path}", "{}" if method == "POST" else None, headers
            )
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def asked(self, path: str) -> list[tuple[int, Any]]:
        return [self.ask(server, "GET", path) for server in range(len(self.sockets))]

    def states(self, name: str) -> dict[str, dict[str, Any]]:
        """Of a module by process."""
        found = self.ask(0, "GET", "modules")[1]["modules"]
        states: list[dict[str, Any]] = next(
            (each["states"] for each in found if each["name"] == name), []
        )
        return {f"{each['process']}.{each['pid']}": each for each in states}

    def until(self, holds: Callable[[], Any], seconds: float = TAKEN_UP_SECONDS_MAX) -> float:
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < seconds, self.said()
            self.beat()
            time.sleep(0.1)
        return time.monotonic() - began

    def said(self) -> str:
        logs = "\n".join(path.read_text()[-1500:] for path in self.home.glob("*.log"))
        return f"{logs}\n{json.dumps(self.ask(0, 'GET', 'modules')[1])[-3000:]}"


class Connection(http.client.HTTPConnection):
    """To a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self._path))


def _is_heard(path: Path) -> bool:
    """A socket's file is there a moment before anybody listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@contextmanager
def running(
    home: Path, queue: QueueServer, servers: int = 2, also: Sequence[str] = ()
) -> Iterator[Running]:
    """Started, and heard from; `also` are more options of the servers."""
    system = Running(home, queue, servers)
    with ExitStack() as ending:
        web = ("riskgw.web.server", "-v", "0", "riskgw.asgi:application")
        processes = [system.start(*web, "-u", str(path), *also) for path in system.sockets]
        processes.append(
            system.start(
                "celery", "-A", "riskgw.celery", "worker", "-P", "solo", "-Q", "default",
                "--without-gossip", "--without-mingle", "--without-heartbeat",
            )
        )  # fmt: skip
        for process in processes:
            ending.callback(process.wait)
            ending.callback(process.kill)
        ends = time.monotonic() + START_SECONDS_MAX
        while not all(_is_heard(path) for path in system.sockets):
            assert time.monotonic() < ends
            assert all(process.poll() is None for process in processes)
            time.sleep(0.05)
        system.until(lambda: len(system.states("service")) == len(processes), START_SECONDS_MAX)
        yield system
