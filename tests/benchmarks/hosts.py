"""200 hosts with 20 figures every 5 s: python -m tests.benchmarks.hosts [SECONDS]

CPU of taking the reports (the handler, in this process), storing, judging, telling and thinning,
as a share of one core; and what a month takes on disk. SQLite and Valkey in a folder of their own.
Django's and Daphne's own work for a request is not in it; it is measured beside it.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HOSTS, FIGURES, EVERY_SECONDS, TURN_SECONDS = 200, 20, 5, 2
GOAL = 0.25
NS = 10**9


def main(seconds: int) -> None:
    from tests.queue_server import QueueServer  # noqa: PLC0415  # needs the apps that are loaded now

    with tempfile.TemporaryDirectory(prefix="riskgw-hosts-") as folder:
        queue = QueueServer(Path(folder))
        queue.start()
        os.environ["RISKGW_HOME"] = folder
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/hosts.sqlite3"
        os.environ["REDIS_URL"] = queue.url
        os.environ["DJANGO_SETTINGS_MODULE"] = "riskgw.settings"
        try:
            _measure(Path(folder), seconds)
        finally:
            queue.kill()


def _measure(folder: Path, seconds: int) -> None:
    import django  # noqa: PLC0415  # the environment is set by now

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  # needs the apps that are loaded now

    from monitoring.actions.begin_thresholds import begin_thresholds  # noqa: PLC0415  # needs the apps that are loaded now
    from monitoring.actions.thin_samples import Kept, thin_samples  # noqa: PLC0415  # needs the apps that are loaded now
    from monitoring.host_intake import take_in  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.bus.connection import connect  # noqa: PLC0415  # needs the apps that are loaded now

    call_command("migrate", verbosity=0)
    begin_thresholds()
    post = _client()
    client = connect()
    before = (folder / "hosts.sqlite3").stat().st_size
    spent: dict[str, float] = {"requests": 0.0, "store and judge": 0.0, "thin": 0.0}
    start_ns = time.time_ns() - seconds * NS
    for second in range(0, seconds, EVERY_SECONDS):
        spent["requests"] += _timed(lambda at=start_ns + second * NS: _report(post, at))
        # As often as the job runs: with the reports that came meanwhile, or none.
        for _ in range(EVERY_SECONDS // TURN_SECONDS + 1):
            spent["store and judge"] += _timed(lambda: take_in(client))
        if second % 60 == 0:
            spent["thin"] += _timed(lambda: thin_samples(time.time_ns(), Kept()))
    _say(spent, seconds)
    _say_size(folder, before, seconds)


def _client() -> Any:
    """Requests by way of Django, with the agent's key."""
    from django.contrib.auth.models import User  # noqa: PLC0415  # needs the apps that are loaded now
    from django.test import Client  # noqa: PLC0415  # needs the apps that are loaded now

    from monitoring.models import Host  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.reference.api_keys import new_key, store_key  # noqa: PLC0415  # needs the apps that are loaded now
    from riskgw.wiring.roles import ensure_roles  # noqa: PLC0415  # needs the apps that are loaded now

    user = User.objects.create(username="agent")
    user.groups.set([ensure_roles()["agent"]])
    key = new_key()
    row = store_key("bench", user, key)
    Host.objects.bulk_create(Host(name=f"h{number}", key=row) for number in range(HOSTS))
    return Client(headers={"Authorization": f"Api-Key {key}"}, SERVER_NAME="localhost")


def _report(post: Any, at_ns: int) -> None:
    values = {f"disk_percent /data{number}": 40.0 + number for number in range(FIGURES - 4)}
    values |= {"cpu_percent": 30.5, "memory_percent": 60.1, "load_per_core": 0.7}
    values |= {"clock_offset_ms": 1.2}
    heavy = {"pid": 7, "name": "java", "user": "ops", "cpu_percent": 9.0, "memory_bytes": 1 << 30}
    for number in range(HOSTS):
        body = {"samples": [{"at_ns": at_ns, "values": values, "heaviest": [heavy] * 5}]}
        answer = post.post(f"/api/v1/hosts/h{number}/samples", body, "application/json")
        assert answer.status_code == 200, answer.content


def _timed(work: Any) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _say(spent: dict[str, float], seconds: int) -> None:
    for name, cpu in spent.items():
        sys.stdout.write(f"{name}: {cpu / seconds:.1%} of a core\n")
    total = sum(spent.values()) / seconds
    sys.stdout.write(f"all: {total:.1%} of a core (goal ≤ {GOAL:.0%})\n")


def _say_size(folder: Path, before: int, seconds: int) -> None:
    from monitoring.models import HostSample  # noqa: PLC0415  # needs the apps that are loaded now

    grown = (folder / "hosts.sqlite3").stat().st_size - before
    rows = HostSample.objects.count()
    per_row = grown / rows
    day = 86_400
    raw, minutes = HOSTS * day / EVERY_SECONDS, HOSTS * day / 60 * 31
    hours = HOSTS * 24 * 31
    month = (raw + minutes * 1.6 + hours * 1.6) * per_row
    sys.stdout.write(
        f"{per_row:.0f} bytes a row with its indexes; raw of a day, minutes and hours of a month:"
        f" {month / 2**30:.1f} GiB ({rows} rows in {seconds} s)\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
