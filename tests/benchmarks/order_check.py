"""What a counter waits for while 1,000 events a second are judged: verdicts, and restrictions.

A server and the core in processes of their own, every rule that a new database judges by, 2,000
accounts. A hundred checks a second come over four kept connections, then batches of a thousand,
each as long as the one before took. Then accounts break a rule that restricts them, and a risk
officer restricts others by hand; a counter hears of it by its socket and by webhook.
"""

import http.client
import importlib.util
import json
import os
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from monitoring.domain.order_check import FAIL_CLOSED
from riskgw.cep.spec import Action, ActionSpec, Cmp, FilterSpec, Release, RuleSpec
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Level
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.event import Event
from riskgw.shards.entries import Heard, Load, Market, packed
from riskgw.shards.partition import shard_of
from tests.benchmarks.captures import Workshop
from tests.benchmarks.engine_run import catalogue
from tests.benchmarks.figures import Figure
from tests.counter_site import CounterSite, counter_site
from tests.events import event
from tests.market import snapshot
from tests.monitoring.test_counters import CLIENT, Hook
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS, condition, indicator, rule, thresholds

SECONDS, CHECKS_PER_SECOND, BATCHES, BATCH_SIZE, EVENTS_PER_SECOND = 20, 100, 20, 1_000, 1_000
ONE_P99_GOAL_MS, BATCH_GOAL_MS, PUSH_GOAL_MS = 50, 200, 100
ACCOUNTS, CONTRACTS, RESTRICTIONS = 2_000, 500, 20
# Two orders in this contract restrict their account.
_FORBIDDEN = "600999"
# Under the name of one that the database knows.
_STOPPING = "P01"
_HEARD_SECONDS_MAX = 20
_SHARDS = 2


def rules() -> tuple[RuleSpec, ...]:
    """Those of a new database, one of which restricts at once."""
    action = ActionSpec(level=Level.RESTRICT, action=Action.RESTRICT_OPEN, release=Release.TRADER)
    only = FilterSpec(field="contract", cmp=Cmp.EQ, value=f"SSE:{_FORBIDDEN}")
    stop = rule(
        condition(thresholds=thresholds(restrict="2")), code=_STOPPING, actions=(action,),
        indicators=(indicator(filters=(only,)),),
    )  # fmt: skip
    return (*(each for each in catalogue() if each.code != _STOPPING), stop)


def base() -> BaseData:
    symbols = [str(600_000 + number) for number in range(CONTRACTS)]
    groups = {f"A{number:04}": f"G{number // 4}" for number in range(ACCOUNTS)}
    groups |= {f"V{number:03}": f"V{number}" for number in range(RESTRICTIONS)}
    return BaseData(
        accounts=tuple(
            AccountData(name, "SSE", group, "ALPHA", permissions=("*",))
            for name, group in groups.items()
        ),
        contracts=tuple(
            ContractData(
                symbol, "SSE", "0.01", "100", "1000000", kind="stock", board="main",
                previous_close="10",
            )
            for symbol in (*symbols, _FORBIDDEN)
        ),
    )  # fmt: skip


class Feed(threading.Thread):
    """Orders in the streams, as decoders write them: a blob each five milliseconds."""

    def __init__(self, queue: QueueServer) -> None:
        super().__init__(daemon=True)
        self._client = queue.client()
        self._random = Random(1)
        self._number = 0
        self.is_stopping = threading.Event()
        # Accounts that break the rule next, and when they did.
        self.breaking: deque[str] = deque()
        self.broken: dict[str, float] = {}
        self._base = base()
        self._groups = {each.id: each.group for each in self._base.accounts}
        snapshots = [snapshot(symbol=each.symbol) for each in self._base.contracts]
        for shard in range(_SHARDS):
            self._write(shard, Load(self._base, rules()))
            self._write(shard, Market(snapshots, shard, _SHARDS))

    def run(self) -> None:
        at_ns, due = OPEN_NS, time.perf_counter()
        while not self.is_stopping.is_set():
            at_ns, due = at_ns + 5 * NS_PER_MS, due + 0.005
            time.sleep(max(0.0, due - time.perf_counter()))
            found = [self._order(at_ns) for _ in range(EVENTS_PER_SECOND // 200)]
            broken = self.breaking.popleft() if self.breaking else None
            if broken is not None:
                found += [self._order(at_ns, broken) for _ in range(2)]
                self.broken[broken] = time.perf_counter()
            for shard in range(_SHARDS):
                own = [
                    one for one in found if shard_of(self._groups[one.account or ""], 2) == shard
                ]
                self._write(shard, Heard("s", at_ns, 0, own))

    def _order(self, at_ns: int, account: str = "") -> Event:
        self._number += 1
        symbol = _FORBIDDEN if account else str(600_000 + self._random.randrange(CONTRACTS))
        return event(
            account=account or f"A{self._random.randrange(ACCOUNTS):04}", symbol=symbol,
            time_ns=at_ns, at_ns=at_ns, order_ref=f"R{self._number}",
        )  # fmt: skip

    def _write(self, shard: int, entry: Any) -> None:
        self._client.xadd(f"orders.{shard}", {"b": packed(entry)})


def order(random: Random) -> dict[str, str]:
    return {
        "order_ref": f"Q{random.randrange(10**9)}", "exchange": "SSE",
        "account": f"A{random.randrange(ACCOUNTS):04}",
        "symbol": str(600_000 + random.randrange(CONTRACTS)), "side": "buy",
        "order_type": "limit", "tif": "day", "price": "10", "quantity": "100",
    }  # fmt: skip


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


class Counter:
    """What a counter hears of restrictions, and when: by what `named` calls them, on either way."""

    def __init__(self, url: str, key: str, hook: Hook, named: Callable[[Any], str]) -> None:
        self.by_socket: dict[str, float] = {}
        self.by_webhook: dict[str, float] = {}
        loader = importlib.util.spec_from_file_location("counter_client", CLIENT)
        assert loader is not None
        assert loader.loader is not None
        client = importlib.util.module_from_spec(loader)
        loader.loader.exec_module(client)
        heard = client.RiskGateway(url, key).listen()
        posted = (each["data"] for each in iter(hook.heard.get, None))
        for place, messages in ((self.by_socket, heard), (self.by_webhook, posted)):
            threading.Thread(target=_note, args=(place, messages, named), daemon=True).start()

    def has_heard(self, name: str) -> bool:
        return name in self.by_socket and name in self.by_webhook


def _note(
    place: dict[str, float], messages: Iterator[dict[str, Any]], named: Callable[[Any], str]
) -> None:
    with suppress(ConnectionError):  # the end
        for message in messages:
            place.setdefault(named(message["restriction"]), time.perf_counter())


def _account(restriction: dict[str, Any]) -> str:
    account: str = restriction["scope"].get("account", "")
    return account


class Measured(NamedTuple):
    """Milliseconds, and what of a server's CPU they took."""

    values: list[float]
    cpu_ms: float

    def percentile(self, share: float) -> float:
        return sorted(self.values)[min(len(self.values) - 1, int(len(self.values) * share))]

    def told(self) -> dict[str, float]:
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {name: self.percentile(share) for name, share in shares.items()} | {
            "cpu_ms": self.cpu_ms, "count": len(self.values),
        }  # fmt: skip


def measure(workshop: Workshop) -> list[Figure]:
    hook = Hook()
    with _replaying() as (queue, feed), counter_site(workshop.folder, queue.url, hook.url) as site:
        feed.start()
        time.sleep(3)
        singles(site, 3)
        following = _percent_of_a_core(site, SECONDS / 4)
        one = _taken(site, following, lambda: singles(site, SECONDS))
        many = _taken(site, following, lambda: batches(site))
        counter = Counter(site.url, site.keys["counter"], hook, _account)
        time.sleep(2)
        by_rule = pushed(counter, lambda number: _break(feed, f"V{number:03}"))
        by_hand = pushed(counter, lambda number: _restrict(site, f"A{number:04}"))
        feed.is_stopping.set()
        feed.join()
    hook.shutdown()
    return [
        *_check_figures(one, many, following),
        *_push_figures("a rule", by_rule),
        *_push_figures("hand", by_hand),
    ]


@contextmanager
def _replaying() -> Iterator[tuple[QueueServer, Feed]]:
    # A Unix socket's address is short.
    with tempfile.TemporaryDirectory(prefix="rb-") as folder:
        queue = QueueServer(Path(folder))
        queue.start()
        try:
            yield queue, Feed(queue)
        finally:
            queue.kill()


def _check_figures(one: Measured, many: Measured, following: float) -> list[Figure]:
    p99, batch = one.percentile(0.99), statistics.median(many.values)
    return [
        Figure(
            f"orders/check at {CHECKS_PER_SECOND}/s, {EVENTS_PER_SECOND:,} events/s, p99",
            f"{p99:.1f} ms",
            f"p50 {one.percentile(0.5):.1f} ms, max {max(one.values):.1f} ms",
            goal=f"≤ {ONE_P99_GOAL_MS} ms", is_met=p99 <= ONE_P99_GOAL_MS, rounds=[one.told()],
        ),
        Figure(
            f"orders/check of {BATCH_SIZE:,} orders, median",
            f"{batch:.0f} ms", f"max {max(many.values):.0f} ms",
            goal=f"≤ {BATCH_GOAL_MS} ms", is_met=batch <= BATCH_GOAL_MS, rounds=[many.told()],
        ),
        Figure(
            "server CPU of a check, of a batch",
            f"{one.cpu_ms:.2f} ms, {many.cpu_ms:.0f} ms",
            f"following the shards {following:.1%} of a core",
        ),
    ]  # fmt: skip


def _push_figures(by: str, ways: dict[str, Measured]) -> list[Figure]:
    return [
        Figure(
            f"restriction by {by} until the counter has it by {way}, p50",
            f"{found.percentile(0.5):.1f} ms",
            f"max {max(found.values):.1f} ms of {len(found.values)}",
            goal=f"all ≤ {PUSH_GOAL_MS} ms", is_met=max(found.values) <= PUSH_GOAL_MS,
            rounds=[found.told()],
        )
        for way, found in ways.items()
    ]  # fmt: skip


def _cpu_seconds(site: CounterSite) -> float:
    """What the server's process has used by now."""
    fields = Path(f"/proc/{site.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _percent_of_a_core(site: CounterSite, seconds: float) -> float:
    begun = _cpu_seconds(site)
    time.sleep(seconds)
    return (_cpu_seconds(site) - begun) / seconds


def _taken(site: CounterSite, following: float, work: Callable[[], list[float]]) -> Measured:
    """Without what following the shards costs meanwhile."""
    begun, began = _cpu_seconds(site), time.perf_counter()
    values = work()
    spent = _cpu_seconds(site) - begun - following * (time.perf_counter() - began)
    return Measured(values, spent / len(values) * 1000)


def singles(site: CounterSite, seconds: float) -> list[float]:
    """A hundred a second, each at its time, whatever the one before took."""
    found: list[float] = []

    def one_of_four(first: int) -> None:
        asker, random = Asker(site), Random(first)
        for number in range(first, int(seconds * CHECKS_PER_SECOND), 4):
            time.sleep(max(0.0, began + number / CHECKS_PER_SECOND - time.perf_counter()))
            took, answer = asker.ask("orders/check", order(random))
            assert _is_judged(answer), answer
            found.append(took)

    began = time.perf_counter()
    threads = [threading.Thread(target=one_of_four, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def batches(site: CounterSite) -> list[float]:
    asker, random, found = Asker(site), Random(5), []
    for _ in range(BATCHES):
        orders = [order(random) for _ in range(BATCH_SIZE)]
        took, answer = asker.ask("orders/check", {"orders": orders})
        for each in answer["results"]:
            assert _is_judged(each), each
        found.append(took)
    return found


def _is_judged(answer: dict[str, Any]) -> bool:
    """By the rules; what is not known would be denied at once. Few break one by chance."""
    return all(reason["rule"] != FAIL_CLOSED for reason in answer["reasons"])


def pushed(counter: Counter, begin: Callable[[int], tuple[str, float]]) -> dict[str, Measured]:
    """From the order that breaks the rule, or the request, until it is heard."""
    sockets, webhooks = [], []
    for number in range(RESTRICTIONS):
        account, began = begin(number)
        ends = time.perf_counter() + _HEARD_SECONDS_MAX
        while not counter.has_heard(account):
            assert time.perf_counter() < ends, account
            time.sleep(0.001)
        sockets.append((counter.by_socket[account] - began) * 1000)
        webhooks.append((counter.by_webhook[account] - began) * 1000)
        time.sleep(0.1)
    return {"socket": Measured(sockets, 0), "webhook": Measured(webhooks, 0)}


def _break(feed: Feed, account: str) -> tuple[str, float]:
    feed.breaking.append(account)
    while account not in feed.broken:
        time.sleep(0.001)
    return account, feed.broken[account]


def _restrict(site: CounterSite, account: str) -> tuple[str, float]:
    began = time.perf_counter()
    body = {"scope": {"account": account}, "mask": ["open"], "reason": "a benchmark"}
    site.post("restrictions", body, "risk")
    return account, began
