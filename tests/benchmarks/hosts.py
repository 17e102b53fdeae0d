"""200 hosts with 20 figures every 5 s, through the server, the worker and the queue server.

Each host is an agent with a key and a kept connection of its own, and sends by the agent's own
transport; agents run elsewhere and are not counted. What the same three processes take without
hosts is measured before, and taken off. Then the database is filled with what was stored, until a
row's share of it is known.
"""

import hashlib
import json
import socket
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import psutil

from monitoring.domain.host_sample import Heavy, Report, Sample
from monitoring.io.host_agent import Server
from tests.benchmarks.captures import Workshop
from tests.benchmarks.figures import Figure
from tests.module_site import Running, running
from tests.queue_server import QueueServer

HOSTS, EVERY_SECONDS = 200, 5
SECONDS, IDLE_SECONDS, WARM_SECONDS = 90, 20, 10
CORE_MAX = 0.25
# Of the reports; the machine of the agents may be late now and then.
SENT_MIN = 0.97
DISKS, THREADS = 13, 8
# Rows the sizes are told from, of each sort.
ROWS = 150_000
DAYS = 31
_DAY_SECONDS = 86_400
AGENT = 901
USER = (
    "INSERT INTO auth_user (id, username, password, is_superuser, is_staff, is_active, first_name,"
    " last_name, email, date_joined) VALUES (?, 'agents', '', 0, 0, 1, '', '', '', '2026-11-22')"
)
RIGHT = (
    "INSERT INTO auth_user_user_permissions (user_id, permission_id)"
    " SELECT ?, id FROM auth_permission WHERE codename = 'report_samples'"
)
KEY = (
    "INSERT INTO reference_apikey (name, user_id, prefix, digest, is_active, created_at)"
    " VALUES (?, ?, 'agents', ?, 1, '2026-11-22')"
)
MORE = (
    "INSERT OR IGNORE INTO monitoring_hostsample (host_id, step, at_ns, layout_id, means, highs)"
    " SELECT host_id, step, at_ns + ?, layout_id, means, highs FROM monitoring_hostsample"
    " WHERE step = ? AND at_ns <= ? ORDER BY at_ns"
)
Spent = dict[str, float]


def measure(workshop: Workshop) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="riskgw-hosts-") as home:
        queue = QueueServer(Path(home))
        queue.start()
        try:
            port = _free_port()
            tcp = ("-b", "127.0.0.1", "-p", str(port))
            with running(Path(home), queue, 1, tcp) as system:
                figures = [_taking(system, f"http://127.0.0.1:{port}")]
        finally:
            queue.kill()
        return [*figures, _size(Path(home) / "riskgw.sqlite3")]


def _taking(system: Running, url: str) -> Figure:
    """What the processes take for the hosts, as a share of one core."""
    keys = [f"agent-{number}" for number in range(HOSTS)]
    digests = [hashlib.sha256(key.encode()).hexdigest() for key in keys]
    with beating(system):
        time.sleep(WARM_SECONDS)
        idle = _during(system, IDLE_SECONDS)
        system.write((USER, (AGENT,)), (RIGHT, (AGENT,)))
        system.write(*((KEY, (key, AGENT, text)) for key, text in zip(keys, digests, strict=True)))
        agents = Agents(url, keys)
        agents.start()
        time.sleep(WARM_SECONDS)
        loaded = _during(system, SECONDS)
        agents.stop()
    spent = {name: loaded[name] - idle[name] for name in loaded}
    total = sum(spent.values())
    parts = ", ".join(f"{name} {share:.1%}" for name, share in spent.items())
    share = len(agents.seconds) * EVERY_SECONDS / HOSTS / agents.lasted
    assert share > SENT_MIN, f"{share:.0%} of the reports were sent"
    return Figure(
        f"{HOSTS} hosts with 20 figures every {EVERY_SECONDS} s, of a core",
        f"{total:.1%} ({parts})",
        f"without hosts {sum(idle.values()):.1%}",
        goal=f"≤ {CORE_MAX:.0%}",
        is_met=total <= CORE_MAX,
        rounds=[{**spent, "sent": share, "answer_ms": statistics.median(agents.seconds) * 1000}],
    )


@contextmanager
def beating(system: Running) -> Iterator[None]:
    """Once a second, as beat does."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(1):
            system.beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _during(system: Running, seconds: float) -> Spent:
    """Shares of a core, by process."""
    pids = {process: each["pid"] for process, each in system.states("service").items()}
    watched = {name.partition(".")[0]: psutil.Process(pid) for name, pid in pids.items()}
    watched["queue"] = psutil.Process(system.queue_pid)
    before = {name: _cpu(process) for name, process in watched.items()}
    began = time.monotonic()
    time.sleep(seconds)
    taken = time.monotonic() - began
    return {name: (_cpu(process) - before[name]) / taken for name, process in watched.items()}


def _cpu(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


class Agents:
    """All hosts, spread evenly over the interval, some threads beside each other."""

    def __init__(self, url: str, keys: list[str]) -> None:
        self._servers = [Server(url, key) for key in keys]
        self._random = Random(1)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(THREADS)
        ]
        self._began = 0.0
        self.seconds: list[float] = []
        self.lasted = 0.0

    def start(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def _run(self, first: int) -> None:
        due = time.monotonic() + first * EVERY_SECONDS / HOSTS
        while not self._stopping.is_set():
            for number in range(first, HOSTS, THREADS):
                time.sleep(max(0.0, due - time.monotonic()))
                due += THREADS * EVERY_SECONDS / HOSTS
                began = time.monotonic()
                report = Report(f"h{number}", (self._sample(),), {"cores": 8})
                self._servers[number].report(report)
                self.seconds.append(time.monotonic() - began)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self.lasted = time.monotonic() - self._began

    def _sample(self) -> Sample:
        """Figures as a sampler rounds them; none beyond its threshold."""
        draw = self._random.uniform
        values: dict[str, float | None] = {
            f"disk_percent /data{number}": round(draw(30, 60), 1) for number in range(DISKS)
        }
        values |= {name: round(draw(5, 60), 1) for name in ("cpu_percent", "memory_percent")}
        values |= {"memory_available_bytes": int(draw(1, 9) * 1e9), "swap_percent": 0.0}
        values |= {"load_per_core": round(draw(0, 1), 2), "clock_offset_ms": round(draw(-3, 3), 2)}
        values["network_received_bytes"] = round(draw(0, 1e7), 2)
        heaviest = tuple(
            Heavy(pid, "java", "ops", round(draw(0, 90), 1), int(draw(0, 9) * 1e9))
            for pid in range(5)
        )
        return Sample(time.time_ns(), values, heaviest)


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _size(path: Path) -> Figure:
    """Of a day's samples as measured, and a month's minutes and hours."""
    with closing(sqlite3.connect(path, timeout=20)) as database:
        raw, minute = _row_bytes(database, 0), _row_bytes(database, 60)
    samples = HOSTS * _DAY_SECONDS // EVERY_SECONDS
    minutes, hours = HOSTS * 24 * 60 * DAYS, HOSTS * 24 * DAYS
    size = samples * raw + (minutes + hours) * minute
    return Figure(
        f"a month of {HOSTS} hosts on disk",
        f"{size / 2**30:.1f} GiB",
        f"a sample {raw:.0f} B, a minute or hour {minute:.0f} B; samples of a day,"
        f" minutes and hours of {DAYS}",
        rounds=[{"sample_bytes": raw, "minute_bytes": minute}],
    )


def _row_bytes(database: sqlite3.Connection, step: int) -> float:
    """What a row of this step adds to the file, with its indexes, as time goes on."""
    where = "FROM monitoring_hostsample WHERE step = ?"
    least, most, count = database.execute(
        f"SELECT min(at_ns), max(at_ns), count(*) {where}", (step,)
    ).fetchone()
    before = _bytes(database)
    span = most - least + 60 * 10**9
    for number in range(1, ROWS // count + 1):
        database.execute(MORE, (number * span, step, most))
    database.commit()
    after = database.execute(f"SELECT count(*) {where}", (step,)).fetchone()[0]
    added: int = after - count
    return (_bytes(database) - before) / added


def _bytes(database: sqlite3.Connection) -> int:
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    free = database.execute("PRAGMA freelist_count").fetchone()[0]
    size = database.execute("PRAGMA page_size").fetchone()[0]
    return int((pages - free) * size)


def main() -> None:
    """By itself, without the others."""
    with tempfile.TemporaryDirectory(prefix="riskgw-hosts-") as folder:
        for figure in measure(Workshop(Path(folder))):
            print(json.dumps(figure.json(), ensure_ascii=False))  # noqa: T201  # read by people


if __name__ == "__main__":
    main()
