"""The running system: how long until a counter has a restriction, by socket and by signed webhook.

Beside the demo's day and its made-up market (`push_demo`), or 1,000 replayed orders a second. By a
rule: from the moment at which the replay's clock reaches the order. By hand: from the beginning of
the request over REST, a new connection each time. `DATABASE_URL` names another database than the
system's own: `python -m tests.postgres .venv/bin/python -m tests.benchmarks push`.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from riskgw.cep.spec import (
    Action,
    ActionSpec,
    Cmp,
    FilterSpec,
    Release,
    RulesFile,
    RuleSpec,
    WindowKind,
)
from riskgw.kernel.words import Level
from riskgw.shards.replay_order import ReplayOrder, order_from_json
from tests.benchmarks.captures import Workshop
from tests.benchmarks.figures import Figure
from tests.benchmarks.live import paced_capture, reference
from tests.benchmarks.order_check import Counter
from tests.counter_site import SECRET, SECRET_NAME
from tests.monitoring.test_counters import Hook
from tests.rules import condition, indicator, rule, thresholds
from tests.running_system import RunningSystem, running_system

ORDERS_PER_SECOND, SECONDS = 1_000, 95
GOAL_MS = 100
BY_HAND, PAUSE_SECONDS = 150, 0.5
_RULE = "Z99"
# Of the demo a third of the orders, of the paced capture one a second.
_DEMO_CONTRACTS = tuple(f"SZSE:{number:06}" for number in range(1, 11))
_PACED_CONTRACTS = tuple(f"SZSE:{number:06}" for number in range(1, 7))
_HEARD_SECONDS_MAX, _DAY_SECONDS_MAX = 30, 180
_PREPARE = (
    "import sys, django; django.setup();"
    "from monitoring.actions.import_rules import import_rules;"
    "from monitoring.models import WebhookEndpoint;"
    "from riskgw.cep.spec import rules_from_json;"
    "import_rules(rules_from_json(sys.argv[1].encode()));"
    "WebhookEndpoint.objects.create("
    "name='push', url=sys.argv[2], variable=sys.argv[3], topics=['restrictions'])"
)


class _Pushed(NamedTuple):
    """Milliseconds by either way, of restrictions by a rule and by hand."""

    by_rule: dict[str, list[float]]
    by_hand: dict[str, list[float]]


def measure_demo(_: Workshop) -> list[Figure]:
    """Beside the demo's second day: the first goes ten times as fast, to show what there is."""
    return list(_figures("the demo's day", _measured(_DEMO_CONTRACTS, with_days=True)))


def measure(workshop: Workshop) -> list[Figure]:
    capture = paced_capture(workshop.folder / "push.pcap", SECONDS, 0, ORDERS_PER_SECOND)
    base = workshop.folder / "push.labels.json"
    base.write_text(json.dumps({"base": reference()}))
    pushed = _measured(_PACED_CONTRACTS, capture=capture, base=base)
    return list(_figures(f"{ORDERS_PER_SECOND:,} orders/s", pushed))


def _measured(
    contracts: tuple[str, ...],
    *,
    with_days: bool = False,
    capture: Path | None = None,
    base: Path | None = None,
) -> _Pushed:
    hook, replay = Hook(), None
    with _system(with_days=with_days) as system:
        spec = msgspec.json.encode(RulesFile((_rule(contracts),))).decode()
        system.call(_PREPARE, spec, hook.url, SECRET_NAME)
        key = json.loads((system.home / "demo-access.json").read_text())["counter_api_key"]
        begun: dict[str, float] = {}
        counter = Counter(system.url, key, hook, lambda each: _noted(system, begun, each))
        if base is not None and capture is not None:
            system.load(base)
            time.sleep(2)
            replay = system.replay(capture, "1")
        _until(lambda: _is_usual(_order(system)), _DAY_SECONDS_MAX)
        since = time.perf_counter()
        time.sleep(5)
        by_hand = [_restrict(system, number, begun) for number in range(BY_HAND)]
        names = list(begun)
        _until(lambda: all(map(counter.has_heard, names)), _HEARD_SECONDS_MAX)
        if replay is not None:
            replay.terminate()
            replay.communicate()
    hook.shutdown()
    by_rule = [name for name in names if name not in by_hand and begun[name] >= since]
    return _Pushed(_ways(counter, begun, by_rule), _ways(counter, begun, by_hand))


@contextmanager
def _system(*, with_days: bool) -> Iterator[RunningSystem]:
    variables = {SECRET_NAME: SECRET}
    if url := os.environ.get("DATABASE_URL"):
        variables["DATABASE_URL"] = url
    with (
        tempfile.TemporaryDirectory(prefix="rb-") as home,
        running_system(Path(home), with_rates=with_days, with_days=with_days, **variables) as found,
    ):
        yield found


def _rule(contracts: tuple[str, ...]) -> RuleSpec:
    """An account's first order in one of these contracts restricts it there."""
    key = ("account", "contract")
    stop = ActionSpec(level=Level.RESTRICT, action=Action.RESTRICT_OPEN, release=Release.TRADER)
    orders = indicator(
        "z99_orders", window=WindowKind.DAY, length_ms=None, key=key,
        filters=(FilterSpec(field="contract", cmp=Cmp.IN, value=contracts),),
    )  # fmt: skip
    limit = condition("z99_orders", thresholds=thresholds(restrict="1"))
    return rule(limit, code=_RULE, key=key, indicators=(orders,), actions=(stop,))


def _noted(system: RunningSystem, begun: dict[str, float], restriction: dict[str, Any]) -> str:
    """Its number; of one by the rule also when the replay's clock reached its order."""
    number: str = restriction["id"]
    if restriction["rule"] == _RULE and number not in begun:
        order = _order(system)
        assert order is not None
        after_ns = (restriction["since_ns"] - order.first_ns) / order.speed
        wall = (order.started_ns + after_ns) / 1e9
        begun[number] = wall - time.time() + time.perf_counter()
    return number


def _is_usual(order: ReplayOrder | None) -> bool:
    """Not the first of the demo's days."""
    return order is not None and Path(order.files[0]).name != "day-1.pcap"


def _order(system: RunningSystem) -> ReplayOrder | None:
    stored: Any = system.queue().get("replay.urfront")
    return order_from_json(stored) if stored else None


def _restrict(system: RunningSystem, number: int, begun: dict[str, float]) -> str:
    time.sleep(PAUSE_SECONDS)
    name = f"push-{number}"
    begun[name] = time.perf_counter()
    scope = {"account": f"{number:010}"}
    system.post(
        "restrictions", {"id": name, "scope": scope, "mask": ["open"], "reason": "a benchmark"}
    )
    return name


def _ways(counter: Counter, begun: dict[str, float], names: list[str]) -> dict[str, list[float]]:
    places = {"socket": counter.by_socket, "webhook": counter.by_webhook}
    return {
        way: sorted((heard[name] - begun[name]) * 1000 for name in names if name in heard)
        for way, heard in places.items()
    }


def _until(is_so: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "nothing came"
        time.sleep(0.1)


def _figures(beside: str, pushed: _Pushed) -> Iterator[Figure]:
    for by, ways in (("a rule", pushed.by_rule), ("hand", pushed.by_hand)):
        for way, values in ways.items():
            p99 = values[min(int(len(values) * 0.99), len(values) - 1)]
            middle = statistics.median(values)
            yield Figure(
                f"restriction by {by} beside {beside} until the counter has it by {way}, p99",
                f"{p99:.0f} ms",
                f"p50 {middle:.0f} ms, max {values[-1]:.0f} ms of {len(values)}",
                goal=f"≤ {GOAL_MS} ms",
                is_met=p99 <= GOAL_MS,
                rounds=[{"p50": middle, "p99": p99, "max": values[-1], "count": len(values)}],
            )
