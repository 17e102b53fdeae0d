"""orders/check while a replay runs: python -m tests.benchmarks.order_check [SECONDS]

A server, the core in another process, 1,000 events a second in the shards' streams, a hundred
checks a second over four kept connections, then batches of a thousand. It says the times a
counter sees (median, p99, longest), and what of it is the server's own work.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from riskgw.cep.spec import CheckPoint
from riskgw.kernel.times import NS_PER_MS
from riskgw.shards.entries import Heard, Load, packed
from riskgw.shards.partition import shard_of
from tests.counter_site import BASE, CounterSite, counter_site
from tests.events import event
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS, condition, day_indicator, indicator, rule, thresholds

CHECKS_PER_SECOND, BATCHES, BATCH_SIZE, EVENTS_PER_SECOND = 100, 20, 1_000, 1_000
ORDER = {
    "order_ref": "Q", "exchange": "SSE", "account": "A", "symbol": "600000", "side": "buy",
    "order_type": "limit", "tif": "day", "price": "10", "quantity": "100",
}  # fmt: skip


def rules() -> tuple[Any, ...]:
    """Ten rules before the order, over the second and the day."""
    limit = condition(thresholds=thresholds(warn="100000000", limit="200000000"))
    return tuple(
        rule(
            limit, code=f"T{number:02}", check_point=CheckPoint.PRE,
            indicators=(indicator() if number % 2 else day_indicator(),),
        )
        for number in range(1, 11)
    )  # fmt: skip


class Feed(threading.Thread):
    """Orders in the streams, as decoders write them: a blob each five milliseconds."""

    def __init__(self, queue: QueueServer) -> None:
        super().__init__(daemon=True)
        self._client = queue.client()
        self.is_stopping = threading.Event()
        for shard in range(2):
            self._client.xadd(f"orders.{shard}", {"b": packed(Load(BASE, rules()))})

    def run(self) -> None:
        at_ns, number = OPEN_NS, 0
        while not self.is_stopping.wait(0.005):
            at_ns += 5 * NS_PER_MS
            blobs: dict[int, list[Any]] = {0: [], 1: []}
            for _ in range(EVENTS_PER_SECOND // 200):
                number += 1
                each = BASE.accounts[number % 2]
                one = event(account=each.id, time_ns=at_ns, at_ns=at_ns, order_ref=f"R{number}")
                blobs[shard_of(each.group, 2)].append(one)
            for shard, events in blobs.items():
                entry = packed(Heard("s", at_ns, 0, events))
                self._client.xadd(f"orders.{shard}", {"b": entry})


class Asker:
    """One kept connection of a counter."""

    def __init__(self, site: CounterSite) -> None:
        place = urlsplit(site.url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port)
        self._headers = {
            "Authorization": f"Api-Key {site.keys['counter']}", "Content-Type": "application/json",
        }  # fmt: skip

    def ask(self, path: str, body: Any) -> tuple[float, Any]:
        """Milliseconds, and the answer."""
        text = json.dumps(body)
        began = time.perf_counter()
        self._connection.request("POST", f"/api/v1/{path}", text, self._headers)
        answer = self._connection.getresponse().read()
        return (time.perf_counter() - began) * 1000, json.loads(answer)


def cpu_seconds(site: CounterSite) -> float:
    """What the server's process has used by now."""
    fields = Path(f"/proc/{site.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def singles(site: CounterSite, seconds: float) -> list[float]:
    """A hundred a second, each at its time, whatever the one before took."""
    found: list[float] = []

    def one_of_four(first: int) -> None:
        asker = Asker(site)
        for number in range(first, int(seconds * CHECKS_PER_SECOND), 4):
            time.sleep(max(0.0, began + number / CHECKS_PER_SECOND - time.perf_counter()))
            took, answer = asker.ask("orders/check", ORDER)
            assert answer["verdict"] == "allow", answer
            found.append(took)

    began = time.perf_counter()
    threads = [threading.Thread(target=one_of_four, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def main(seconds: float) -> None:
    queue_folder, home = tempfile.TemporaryDirectory(), tempfile.TemporaryDirectory()
    with queue_folder, home:
        queue = QueueServer(Path(queue_folder.name))
        queue.start()
        feed = Feed(queue)
        with counter_site(Path(home.name), queue.url) as site:
            feed.start()
            time.sleep(3)
            singles(site, 3)
            figures: dict[str, Any] = {}
            idle = cpu_seconds(site)
            time.sleep(seconds)
            begun = cpu_seconds(site)
            one = singles(site, seconds)
            used = cpu_seconds(site) - begun
            # What following the shards costs, and what a check costs on top of it.
            figures["follow_percent"] = round((begun - idle) / seconds * 100, 1)
            figures["cpu_ms_a_check"] = round((used - (begun - idle)) / len(one) * 1000, 2)
            figures["one_ms"] = [
                round(each, 1) for each in (statistics.median(one), percentile(one, 0.99), max(one))
            ]
            asker = Asker(site)
            orders = {"orders": [ORDER] * BATCH_SIZE}
            begun = cpu_seconds(site)
            many = [asker.ask("orders/check", orders)[0] for _ in range(BATCHES)]
            figures["cpu_ms_a_batch"] = round((cpu_seconds(site) - begun) / BATCHES * 1000, 1)
            figures["batch_ms"] = [round(each, 1) for each in (statistics.median(many), max(many))]
            figures["checks"] = len(one)
            print(json.dumps(figures))  # noqa: T201  # its purpose
        feed.is_stopping.set()
        queue.kill()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
