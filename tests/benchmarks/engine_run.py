"""Measured by `engine`: one thing in a process of its own, one line of JSON."""

import gc
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from monitoring.domain.catalogue import catalogue_from_json
from monitoring.domain.risk_core import RiskCore
from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, OrderType, Side, TimeInForce
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.event import Event
from tests.events import event as told
from tests.market import snapshot
from tests.rules import OPEN_NS, condition, day_indicator, rule, thresholds

Taken = TypeVar("Taken")
CATALOGUE = Path(__file__).parents[2] / "monitoring" / "catalogue"
_FILES = (
    "programme.json", "futures.json", "stocks.json", "market.json", "pre_trade.json",
    "house_rules.json",
)  # fmt: skip
_EVENTS, _EVENTS_A_RULE = 60_000, 10_000
# Made so many at a time, outside of what is measured: whoever judges an event finds it where who
# made it has just left it, and not among 25,000 that the processor has long put away.
_FRESH = 500
_ACCOUNTS, _CONTRACTS, _OPEN_ORDERS = 2_000, 500, 64
_FEW, _MANY = 5_000, 25_000
_KEYS, _EVENTS_A_KEY = 50_000, 2
_LIMIT = 300
_KINDS = (
    [EventKind.ORDER] * 40 + [EventKind.CONFIRM] * 35 + [EventKind.CANCEL] * 8
    + [EventKind.CANCELLED] * 7 + [EventKind.FILL] * 10
)  # fmt: skip


def catalogue() -> list[RuleSpec]:
    """Every rule that a new database judges by."""
    files = [catalogue_from_json((CATALOGUE / name).read_bytes()) for name in _FILES]
    return [spec for file in files for spec in file.judged]


def day(count: int, accounts: int = _ACCOUNTS) -> Iterator[Observation]:
    """A stock link's events with what enrichment would know of them."""
    random, at_ns = Random(1), OPEN_NS
    for number in range(count):
        at_ns += random.randrange(2 * NS_PER_MS)
        account = random.randrange(accounts)
        yield Observation(
            event=random.choice(_KINDS), time_ns=at_ns, order_ref=f"A{number:09}",
            exchange="SSE", account=f"A{account}", group=f"G{account // 4}",
            contract=f"SSE:{600_000 + random.randrange(_CONTRACTS)}", product="stock", board="main",
            side=random.choice((Side.BUY, Side.SELL)), order_type=OrderType.LIMIT,
            tif=TimeInForce.DAY, price=1_000_000, quantity=200_000, amount=200_000_000_000,
            age_ns=5_000 * NS_PER_MS, order_quantity_max=10**9, counter="C1",
            source="10.0.0.1", phase="morning", segment="other", units=1,
            live_quantity=200_000, size_percent_max=20_000, tick_ok=True, lot_ok=True,
            has_permission=True, is_opening=True, in_best5=True, own_live_best5=200_000,
            best5_quantity=90_000_000, own_best5_percent=222_222, last=1_000_000,
            own_best5_amount=200_000_000_000, own_live_at_price=200_000, position=0,
            market_at_price=9_000_000, own_at_price_percent=2_222_222, at_limit_price=False,
            off_previous_close_percent=500_000, off_last_percent=0, move_percent=500_000,
            market_volume=10**10 + number, market_turnover=10**17 + number,
        )  # fmt: skip


def spent_us(take: Callable[[Taken], object], events: Iterable[Taken]) -> float:
    """CPU microseconds an event."""
    gc.collect()
    gc.freeze()
    coming, seconds, count = iter(events), 0.0, 0
    while fresh := list(islice(coming, _FRESH)):
        begun = time.process_time()
        for event in fresh:
            take(event)
        seconds += time.process_time() - begun
        count += len(fresh)
    return seconds / count * 1e6


def rules() -> dict[str, Any]:
    """All rules together, then each by itself; what is known of an event is known already."""
    specs, events = catalogue(), list(day(_EVENTS_A_RULE))
    alone = {spec.code: round(spent_us(Engine([spec]).observe, events), 2) for spec in specs}
    us = spent_us(Engine(specs).observe, day(_EVENTS))
    return {"us": us, "rules": len(specs), "alone": alone}


def enriched() -> dict[str, Any]:
    """All rules with the enrichment before them, of orders in a market that has spoken."""
    core = RiskCore(_base(), catalogue())
    core.hear(told(order_ref="first", account="A0"), is_late=False)
    for number in range(_CONTRACTS):
        core.hear_market(snapshot(symbol=str(600_000 + number)))
    return {"us": spent_us(lambda event: core.hear(event, is_late=False), flow(_EVENTS))}


def flow(count: int) -> Iterator[Event]:
    """Orders and what becomes of them, as decoders tell it."""
    random, at_ns = Random(1), OPEN_NS
    live: deque[dict[str, Any]] = deque(maxlen=_OPEN_ORDERS)
    for number in range(count):
        at_ns += random.randrange(2 * NS_PER_MS)
        kind = random.choice(_KINDS) if live else EventKind.ORDER
        if kind is EventKind.ORDER:
            live.append(
                {
                    "account": f"A{random.randrange(_ACCOUNTS)}",
                    "symbol": str(600_000 + random.randrange(_CONTRACTS)),
                    "side": random.choice((Side.BUY, Side.SELL)),
                    "order_ref": f"A{number:09}",
                }
            )
        facts = live[-1] if kind is EventKind.ORDER else random.choice(live)
        if kind is EventKind.CANCEL:
            facts = {**facts, "order_ref": f"A{number:09}", "cancel_of": facts["order_ref"]}
        elif kind is EventKind.FILL:
            facts = {**facts, "exec_ref": f"E{number}", "exchange_second": at_ns // 10**9}
        style = {"order_type": OrderType.LIMIT, "tif": TimeInForce.DAY}
        yield told(kind, time_ns=at_ns, at_ns=at_ns, **style, **facts)


def _base() -> BaseData:
    return BaseData(
        accounts=tuple(
            AccountData(id=f"A{number}", exchange="SSE", group=f"G{number // 4}", counter="C1")
            for number in range(_ACCOUNTS)
        ),
        contracts=tuple(
            ContractData(
                symbol=str(600_000 + number), exchange="SSE", tick="0.01", lot="100",
                order_quantity_max="1000000", kind="stock", board="main",
            )
            for number in range(_CONTRACTS)
        ),
    )  # fmt: skip


def count_rule() -> RuleSpec:
    """Orders of an account in one second, exactly."""
    return rule(condition(thresholds=thresholds(limit=str(_LIMIT))))


def orders(count: int) -> Iterator[Observation]:
    """Of a hundred accounts; one of them sends a burst that reaches the limit."""
    for number, event in enumerate(day(count, accounts=100)):
        event.event = EventKind.ORDER
        if count // 2 <= number < count // 2 + _LIMIT:
            event.account = "BURST"
        yield event


def ours() -> dict[str, Any]:
    us = spent_us(Engine([count_rule()]).observe, orders(_MANY))
    # The same once more, to see that it has told what it had to.
    engine = Engine([count_rule()])
    raised = [alert.key for event in orders(_MANY) for alert in engine.observe(event)]
    assert raised == [{"account": "BURST"}]
    return {"us": us}


def streamz() -> dict[str, Any]:
    """The same count as a function of state and event, by key; whoever reaches the limit is told.

    It keeps no orders as evidence and no episodes, which our engine does.
    """
    stream, reached = import_module("streamz").Stream(), list[tuple[str, int]]()
    counts = stream.accumulate(_counted, start={}, returns_state=True)
    counts.filter(lambda told: told[1] >= _LIMIT).sink(reached.append)
    us = spent_us(stream.emit, orders(_MANY))
    assert {account for account, _ in reached} == {"BURST"}
    return {"us": us}


def _counted(
    state: dict[str, list[int]], event: Observation
) -> tuple[dict[str, list[int]], tuple[str, int]]:
    account = event.account or ""
    times = state.setdefault(account, [])
    times.append(event.time_ns)
    while times[0] <= event.time_ns - 1_000 * NS_PER_MS:
        times.pop(0)
    return state, (account, len(times))


def bytewax() -> dict[str, Any]:
    """A window of one second that slides by 100 ms; what starting up costs is taken off."""
    few, many = (_flow_seconds(list(orders(count))) for count in (_FEW, _MANY))
    return {"us": (many - few) / (_MANY - _FEW) * 1e6}


def _flow_seconds(events: list[Observation]) -> float:
    dataflow, operators = import_module("bytewax.dataflow"), import_module("bytewax.operators")
    windowing, testing = (
        import_module("bytewax.operators.windowing"), import_module("bytewax.testing")
    )  # fmt: skip
    epoch = datetime(2026, 11, 23, tzinfo=UTC)

    def at(event: Observation) -> datetime:
        return epoch + timedelta(microseconds=(event.time_ns - OPEN_NS) // 1000)

    flow = dataflow.Dataflow("count")
    out: list[Any] = []
    taken = operators.input("in", flow, testing.TestingSource(events, batch_size=100))
    clock = windowing.EventClock(ts_getter=at, wait_for_system_duration=timedelta(0))
    slide = windowing.SlidingWindower(
        length=timedelta(seconds=1), offset=timedelta(milliseconds=100), align_to=epoch
    )
    counts = windowing.count_window("count", taken, clock, slide, lambda event: event.account)
    operators.output("out", counts.down, testing.TestingSink(out))
    begun = time.process_time()
    testing.run_main(flow)
    assert out
    return time.process_time() - begun


def memory() -> dict[str, Any]:
    """What 50,000 keys with two events each hold, in the windows alone."""
    kept = {}
    for name, spec in (("sliding", count_rule()), ("day", _daily())):
        engine = Engine([spec])
        events = [
            Observation(event=EventKind.ORDER, time_ns=OPEN_NS + number, order_ref=f"A{number:09}",
                        account=f"A{number % _KEYS:06}")
            for number in range(_KEYS * _EVENTS_A_KEY)
        ]  # fmt: skip
        before = _resident()
        for event in events:
            engine.observe(event)
        kept[name] = (_resident() - before) / _KEYS
    return {**kept, "keys": _KEYS, "events": _EVENTS_A_KEY}


def _daily() -> RuleSpec:
    return rule(condition(thresholds=thresholds(limit="300")), indicators=(day_indicator(),))


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


MEASURES = {each.__name__: each for each in (rules, enriched, ours, streamz, bytewax, memory)}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(MEASURES[sys.argv[1]]()) + "\n")
