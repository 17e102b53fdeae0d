"""A counter in a process of its own hears of a restriction, is denied, and passes once released."""

import json
import queue as queues
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from monitoring.domain.signature import signature
from riskgw.cep.spec import Action, ActionSpec, Release, RuleSpec
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Level
from riskgw.shards.entries import Heard, Load, packed
from riskgw.shards.partition import shard_of
from tests.counter_site import BASE, SECRET, CounterSite, counter_site
from tests.events import event
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS, condition, indicator, rule, thresholds

CLIENT = Path(__file__).parent.parent.parent / "docs" / "counters" / "client.py"
ORDER = {
    "order_ref": "Q1", "exchange": "SSE", "account": "A", "symbol": "600000", "side": "buy",
    "order_type": "limit", "tif": "day", "price": "10", "quantity": "100",
}  # fmt: skip
WAIT_SECONDS_MAX = 30


def two_in_a_second() -> RuleSpec:
    """Restricts opening at the second order within a second; a trader may release."""
    action = ActionSpec(level=Level.RESTRICT, action=Action.RESTRICT_OPEN, release=Release.TRADER)
    limit = condition(thresholds=thresholds(restrict="2"))
    return rule(limit, code="P01", indicators=(indicator(),), actions=(action,))


class Hook(ThreadingHTTPServer):
    """A counter's own server: keeps what is signed."""

    def __init__(self) -> None:
        self.heard: queues.Queue[dict[str, Any]] = queues.Queue()
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signed = signature(SECRET, int(self.headers["Riskgw-Timestamp"]), body)
                is_ours = signed == self.headers["Riskgw-Signature"]
                self.send_response(204 if is_ours else 401)
                self.end_headers()
                if is_ours:
                    heard.put(json.loads(body))

            def log_message(self, *said: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class CounterProcess:
    """docs/counters/client.py as a program."""

    def __init__(self, site: CounterSite, key: str) -> None:
        command = [sys.executable, str(CLIENT), site.url, key]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.lines: queues.Queue[dict[str, Any]] = queues.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.next() == {"restrictions": []}
        time.sleep(1)  # its socket subscribes beside that

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.put(json.loads(line))

    def next(self) -> dict[str, Any]:
        return self.lines.get(timeout=WAIT_SECONDS_MAX)

    def ask(self, **changes: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(ORDER | changes) + "\n")
        self._process.stdin.flush()
        return self.next()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Mirror:
    """What the decoders would write of the orders they hear."""

    def __init__(self, queue: QueueServer) -> None:
        self._client = queue.client()
        self._at_ns = OPEN_NS

    def load(self, load: Load) -> None:
        for shard in range(2):
            self._write(shard, load)

    def order(self, account: str, after_ns: int, kind: EventKind = EventKind.ORDER) -> None:
        """The shard of its group hears it, the other hears how late it is."""
        self._at_ns += after_ns
        ref = f"R{self._at_ns}"
        one = event(kind, account=account, time_ns=self._at_ns, at_ns=self._at_ns, order_ref=ref)
        (group,) = (each.group for each in BASE.accounts if each.id == account)
        for shard in range(2):
            events = [one] if shard == shard_of(group, 2) else []
            self._write(shard, Heard("s", self._at_ns, 0, events))

    def _write(self, shard: int, entry: Any) -> None:
        self._client.xadd(f"orders.{shard}", {"b": packed(entry)})


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.shutdown()


def test_a_counter_is_stopped_by_a_rule_and_goes_on_when_a_trader_releases(
    queue: QueueServer, hook: Hook, tmp_path: Path
) -> None:
    mirror = Mirror(queue)
    mirror.load(Load(BASE, (two_in_a_second(),)))
    mirror.order("B", 0)
    with counter_site(tmp_path, queue.url, hook.url) as site:
        alpha = CounterProcess(site, site.keys["alpha"])
        try:
            _stopped_and_released(site, mirror, alpha, hook)
        finally:
            alpha.stop()


def _stopped_and_released(
    site: CounterSite, mirror: Mirror, alpha: CounterProcess, hook: Hook
) -> None:
    allowed = alpha.ask()
    assert allowed["verdict"] == "allow", allowed
    mirror.order("A", NS_PER_SECOND)
    mirror.order("A", 1_000_000)
    heard = alpha.next()["heard"]
    assert (heard["change"], heard["restriction"]["scope"]) == ("restricted", {"account": "A"})
    number = heard["restriction"]["id"]
    denied = alpha.ask()
    assert (denied["verdict"], denied["reasons"][0]["rule"]) == ("deny", "P01")
    assert alpha.ask(side="sell")["verdict"] == "allow"
    assert alpha.ask(cancel_of="R1")["verdict"] == "allow"
    called = hook.heard.get(timeout=WAIT_SECONDS_MAX)
    assert called["data"]["restriction"]["id"] == number

    # What another account does is none of this counter's business, and time passes by it.
    mirror.order("B", 5 * NS_PER_SECOND)
    mirror.order("B", 1_000_000)
    while hook.heard.get(timeout=WAIT_SECONDS_MAX)["data"]["restriction"]["scope"] != {
        "account": "B"
    }:
        pass
    assert alpha.lines.empty()

    released = site.post(f"restrictions/{number}/release", {"reason": "settled"}, "trader")
    assert (released["state"], released["cause"]) == ("released", [])
    heard = alpha.next()["heard"]
    assert (heard["change"], heard["restriction"]["id"]) == ("released", number)
    assert alpha.ask()["verdict"] == "allow"
    called = hook.heard.get(timeout=WAIT_SECONDS_MAX)
    assert (called["data"]["change"], called["data"]["restriction"]["id"]) == ("released", number)
