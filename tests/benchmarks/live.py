"""The running system at 2,000 orders a second: packet to WebSocket client, and after a kill -9.

A packet's time is that at which the replay's clock reaches it; an alert's, when the client reads
it from its socket.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psutil

from capture.queries import open_captures
from monitoring.domain.live_alert import is_of_shard
from riskgw.cep.spec import rules_from_json
from riskgw.kernel.times import NS_PER_SECOND, local_timestamp
from riskgw.messages.base_data import AccountData, BaseData, ContractData, base_from_labels
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.mirror import Endpoint, Mirror, TcpConnection
from tests.benchmarks.captures import SEED, SQL_PORT, SZSE_PORT, Workshop
from tests.benchmarks.figures import Figure
from tests.benchmarks.order_flow import SqlOrders, SzseOrders, Talk
from tests.benchmarks.replay import RULES
from tests.running_system import RunningSystem, running_system

ORDERS_PER_SECOND, SECONDS, KILL_SECONDS = 2_000, 60, 20
P50_GOAL_MS, P99_GOAL_MS, CAUGHT_UP_GOAL_SECONDS = 15, 60, 5
_START_NS = 1_795_397_400 * NS_PER_SECOND  # 2026-11-23 09:30 in Beijing
_ANSWER_NS = 300_000
_ACCOUNTS, _CONTRACTS, _GROUPS = 2_000, 3_000, 500
# Each hundredth contract takes no larger order than those that are sent: an alert an order.
_SMALL_EVERY, _SMALL, _LARGE = 100, "200", "1000000"
# The links reach a small contract in turns: alerts ten at a time would be one measurement.
_RECORDS_A_LINK = 10_000_010
_BEHIND_SECONDS = 0.25
_DRAIN_SECONDS_MAX = 30

Received = dict[str, int]


def measure(workshop: Workshop) -> list[Figure]:
    captures = {
        name: paced_capture(workshop.folder / f"{name}.pcap", seconds, day)
        for day, (name, seconds) in enumerate((("live", SECONDS), ("live-kill", KILL_SECONDS)))
    }
    base = workshop.folder / "live.labels.json"
    base.write_text(json.dumps({"base": reference()}))
    with tempfile.TemporaryDirectory(prefix="rb-") as home, running_system(Path(home)) as system:
        system.load(base)
        time.sleep(2)
        undisturbed = _run(system, captures["live"], base, lambda: None)
        caught_up: list[float] = []
        disturbed = _run(
            system, captures["live-kill"], base, lambda: caught_up.append(_kill(system))
        )
    return [*_figures(undisturbed), *_kill_figures(disturbed, caught_up[0])]


class _Run:
    """What one replay led to; times in milliseconds."""

    def __init__(self, wanted: int, latencies: list[float], cpu: dict[str, float]) -> None:
        self.wanted = wanted
        self.latencies = sorted(latencies)
        self.cpu = cpu

    def percentile(self, share: float) -> float:
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]

    @property
    def rounds(self) -> list[dict[str, float]]:
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return [{name: self.percentile(share) for name, share in shares.items()} | self.cpu]


def _figures(run: _Run) -> list[Figure]:
    what = f"packet to client at {ORDERS_PER_SECOND:,} orders/s"
    p50, p99, longest = (run.percentile(share) for share in (0.5, 0.99, 1.0))
    count = f"{len(run.latencies):,} of {run.wanted:,} alerts"
    cpu = ", ".join(f"{name} {share:.0%}" for name, share in run.cpu.items())
    return [
        Figure(f"{what}, p50", f"{p50:.1f} ms", count, "", f"≤ {P50_GOAL_MS} ms",
               p50 <= P50_GOAL_MS, run.rounds),
        Figure(f"{what}, p99", f"{p99:.1f} ms", f"max {longest:.1f} ms", "",
               f"≤ {P99_GOAL_MS} ms", p99 <= P99_GOAL_MS),
        Figure("of a core, meanwhile", cpu),
    ]  # fmt: skip


def _kill_figures(run: _Run, seconds: float) -> list[Figure]:
    is_met = seconds <= CAUGHT_UP_GOAL_SECONDS and len(run.latencies) == run.wanted
    return [
        Figure("shard worker killed -9: caught up", f"{seconds:.1f} s",
               f"{len(run.latencies):,} of {run.wanted:,} alerts", "",
               f"≤ {CAUGHT_UP_GOAL_SECONDS} s", is_met)
    ]  # fmt: skip


def _run(system: RunningSystem, capture: Path, base: Path, between: Callable[[], None]) -> _Run:
    sent, wanted = _sent(capture, base)
    return asyncio.run(_played(system, capture, (sent, wanted), between))


async def _played(
    system: RunningSystem,
    capture: Path,
    expected: tuple[dict[str, int], int],
    between: Callable[[], None],
) -> _Run:
    sent, wanted = expected
    client = await system.socket()
    await client.ask({"op": "subscribe", "topics": ["alerts"]})
    received: Received = {}
    reading = asyncio.create_task(_read(client, received))
    before, started = _cpu(system), time.monotonic()
    replay = system.replay(capture, "1")
    await asyncio.sleep(KILL_SECONDS / 2)
    await asyncio.to_thread(between)
    await asyncio.to_thread(replay.communicate)
    elapsed = time.monotonic() - started
    ends = time.monotonic() + _DRAIN_SECONDS_MAX
    while len(received) < wanted and time.monotonic() < ends:  # noqa: ASYNC110  # a benchmark
        await asyncio.sleep(0.1)
    reading.cancel()
    await client.close()
    stored: Any = system.queue().get("replay.urfront")
    order = json.loads(stored)
    offset_ns = order["started_ns"] - order["first_ns"]
    latencies = [(at - sent[ref] - offset_ns) / 1e6 for ref, at in received.items()]
    after = _cpu(system)
    cpu = {name: (after[name] - before[name]) / elapsed for name in before if name in after}
    return _Run(wanted, latencies, cpu)


async def _read(client: Any, received: Received) -> None:
    """One alert an order; a second one for the same order would be a doubled one."""
    while True:
        message = await client.next()
        at_ns = time.time_ns()
        change = message["data"]
        # Of hosts there are alerts too: that a worker was started again is one.
        if change["change"] == "raised" and is_of_shard(change["alert"]["id"]):
            alert = change["alert"]
            name = _name(*alert["key"].values(), alert["order_refs"][0])
            if name in received:
                raise RuntimeError(f"{name}: alerted twice")
            received[name] = at_ns


def _name(*parts: str | None) -> str:
    """Account, contract and reference make an order one."""
    return " ".join(map(str, parts))


def _kill(system: RunningSystem) -> float:
    """Seconds from the kill until the shard is as near to its stream as before."""
    client: Any = system.queue()
    system.kill("evaluate.0")
    killed = time.monotonic()
    while time.monotonic() - killed < _DRAIN_SECONDS_MAX:
        time.sleep(0.02)
        checkpoint = client.get("checkpoint.evaluate.0")
        newest = client.xrevrange("orders.0", count=1)[0][0]
        behind_ms = int(newest.split(b"-")[0]) - int(checkpoint.split(b"-")[0])
        if behind_ms < _BEHIND_SECONDS * 1000 and time.monotonic() - killed > _BEHIND_SECONDS * 2:
            break
    return time.monotonic() - killed


def _cpu(system: RunningSystem) -> dict[str, float]:
    """CPU seconds so far by process."""
    used = {}
    for name, each in system.processes().items():
        if each["pid"]:
            times = psutil.Process(each["pid"]).cpu_times()
            used[name] = times.user + times.system
    return used


def _sent(capture: Path, base: Path) -> tuple[dict[str, int], int]:
    """When each order's packet is due, and how many alerts there are to be."""
    rules = rules_from_json(RULES.read_bytes())
    replay = InlineReplay(base_from_labels(base.read_bytes()), rules)
    times: dict[str, int] = {}
    for event in InlineReplay(BaseData(), ()).events_of(open_captures([capture])):
        if event.event == "order":
            contract = f"{event.exchange}:{event.symbol}"
            times[_name(event.account, contract, event.order_ref)] = event.at_ns
    return times, len(replay.run(open_captures([capture])))


def reference() -> dict[str, Any]:
    """Accounts and contracts of the capture."""
    accounts = [
        AccountData(id=f"{letter}{number:0{width}}", exchange=exchange,
                    group=f"G{number % _GROUPS}", counter="C1")
        for exchange, letter, width in (("SZSE", "", 10), ("SSE", "A", 9))
        for number in range(_ACCOUNTS)
    ]  # fmt: skip
    contracts = [
        ContractData(symbol=f"{first + number:06}", exchange=exchange, tick="0.01", lot="100",
                     order_quantity_max=_SMALL if number % _SMALL_EVERY == 0 else _LARGE,
                     kind="stock", board="main", name=f"contract {number}")
        for exchange, first in (("SZSE", 0), ("SSE", 600_000))
        for number in range(_CONTRACTS)
    ]  # fmt: skip
    built: dict[str, Any] = msgspec.to_builtins(BaseData(tuple(accounts), tuple(contracts)))
    return built


def paced_capture(path: Path, seconds: int, day: int, pace: int = ORDERS_PER_SECOND) -> Path:
    """Orders at an even pace a second, in turns over both links, each answered."""
    random, clock = Random(SEED + day), Clock()
    clock.now_ns = _START_NS + day * 24 * 3600 * NS_PER_SECOND
    with path.open("wb") as file:
        mirror = Mirror(file, clock, random)
        talks = list(_talks(mirror))
        for talk in talks:
            talk.connection.open()
            for sender, data in talk.log_on():
                _send(talk, sender, data)
        for number in range(seconds * pace):
            at_ns = clock.now_ns + NS_PER_SECOND + number * NS_PER_SECOND // pace
            clock.at(at_ns, _turn(clock, talks[number % len(talks)]))
        clock.run()
    return path


def _turn(clock: Clock, talk: Talk) -> Callable[[], None]:
    def order() -> None:
        now = local_timestamp(clock.now_ns)
        pair = talk.confirmed_order(now) if isinstance(talk, SzseOrders) else talk.written(now, 1)
        (sender, request), (receiver, answer) = pair
        _send(talk, sender, request)
        clock.after(_ANSWER_NS, lambda: _send(talk, receiver, answer))

    return order


def _send(talk: Talk, sender: Endpoint, data: bytes) -> None:
    talk.connection.send(sender, data)


def _talks(mirror: Mirror) -> Iterator[Talk]:
    for place in range(10):
        client = Endpoint(f"10.1.0.{place + 1}", 45_000 + place, 0x020000000011)
        server = Endpoint("10.1.9.1", SZSE_PORT, 0x020000000921)
        connection = TcpConnection(mirror, client, server, is_tidy=True)
        yield SzseOrders(connection, f"{place:06}", mirror.random)
        sql_client = Endpoint("10.1.0.12", 51_000 + place, 0x020000000012)
        sql_server = Endpoint("10.1.8.31", SQL_PORT, 0x020000000831)
        link = TcpConnection(mirror, sql_client, sql_server, is_tidy=True)
        yield SqlOrders(link, uses_rpc=True, first_record=place * _RECORDS_A_LINK)
