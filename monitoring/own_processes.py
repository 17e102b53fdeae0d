"""The product's own processes, as the supervisor shows them, judged like those of any host."""

import socket
import time
from typing import Any

import msgspec

from monitoring.actions.take_samples import take_samples
from monitoring.domain.host_metrics import Metric
from monitoring.domain.host_sample import Report, Sample
from riskgw.bus.connection import Client
from riskgw.bus.figures import PROCESSES_KEY

EVERY_SECONDS = 5
_DUE_KEY = "hosts.own_processes"
_COUNTS_KEY, _RESTARTS_SECONDS, _COUNTS_MAX = "hosts.own_restarts", 600, 200


def report_own_processes(client: Client) -> None:
    """As the host that the supervisor runs on; a product without a supervisor has none."""
    stored = client.get(PROCESSES_KEY)
    if not stored or not client.set(_DUE_KEY, 1, nx=True, ex=EVERY_SECONDS):
        return
    processes = msgspec.json.decode(stored)
    now_ns = time.time_ns()
    restarts = {each["name"]: each["restarts"] for each in processes}
    before = _earlier(client, restarts, now_ns)
    values: dict[str, float | None] = {}
    for each in processes:
        name = each["name"]
        values[f"{Metric.PROCESS} {name}"] = int(each["state"] == "running")
        values[f"{Metric.PROCESS_CPU} {name}"] = each["cpu_percent"]
        grown = restarts[name] - before.get(name, restarts[name])
        values[f"{Metric.PROCESS_RESTARTS} {name}"] = max(0, grown)
    take_samples(client, Report(own_name(), (Sample(now_ns, values),)))


def own_name() -> str:
    """The host of the supervisor; its workers are a host of their own beside the machine's."""
    return f"riskgw@{socket.gethostname()}"


def _earlier(client: Client, restarts: dict[str, int], now_ns: int) -> dict[str, Any]:
    """The counts of ten minutes ago, or the first since then."""
    entry = msgspec.json.encode([now_ns, restarts])
    client.rpush(_COUNTS_KEY, entry)
    client.ltrim(_COUNTS_KEY, -_COUNTS_MAX, -1)
    client.expire(_COUNTS_KEY, _RESTARTS_SECONDS)
    for each in client.lrange(_COUNTS_KEY, 0, -1):
        at_ns, counts = msgspec.json.decode(each)
        if at_ns >= now_ns - _RESTARTS_SECONDS * 10**9:
            found: dict[str, Any] = counts
            return found
        client.lpop(_COUNTS_KEY)
    return restarts
