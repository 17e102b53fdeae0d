"""Orders of a real exchange of another kind: replays, shards and disorder change nothing."""

import csv
import lzma
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from riskgw.cep.engine import Engine
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Cmp, Op, ThenSpec, Unit, WindowKind
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.alert import Alert
from riskgw.shards.partition import shard_of
from riskgw.shards.sequencer import PATIENCE_NS, Sequencer
from tests.conftest import SHARED
from tests.events import event
from tests.rules import condition, day_indicator, indicator, rule, thresholds

pytestmark = pytest.mark.shared

KINDS = {"created": EventKind.ORDER, "changed": EventKind.FILL, "deleted": EventKind.CANCELLED}
SIDES = {"bid": Side.BUY, "ask": Side.SELL}
ACCOUNTS, GROUPS = 16, 4
CANCEL = (EventKind.CANCELLED,)
RULES = [
    rule(
        condition("burst", thresholds=thresholds(warn="2", limit="3")),
        code="burst", indicators=(indicator("burst", length_ms=5_000),),
    ),
    rule(
        condition("cancels", over="orders", unit=Unit.PERCENT, cmp=Cmp.GT,
                  thresholds=thresholds(warn="101", limit="105")),
        code="cancelled", key=("group",), repeat=2, cooldown_ms=60_000,
        indicators=(
            indicator("orders", key=("group",), length_ms=600_000),
            indicator("cancels", key=("group",), length_ms=600_000, events=CANCEL),
        ),
    ),
    rule(
        condition("volume", unit=Unit.SHARES, thresholds=thresholds(warn="50", limit="200")),
        code="volume", key=("group", "side"),
        indicators=(
            day_indicator("volume", op=Op.SUM, key=("group", "side"), value_field="quantity"),
            indicator("step", op=Op.SUM, key=("group",), value_field="quantity"),
        ),
        then=ThenSpec(indicator="step", cmp=Cmp.GE, value="5", within_ms=30_000),
    ),
    rule(
        condition("prices", thresholds=thresholds(limit="40")),
        code="prices",
        indicators=(indicator("prices", op=Op.DISTINCT, value_field="price",
                              window=WindowKind.DAY, length_ms=None),),
    ),
]  # fmt: skip


@cache
def orders(path: Path) -> tuple[Observation, ...]:
    """By event time and place in the file; owners are made up from the orders' numbers."""
    with lzma.open(path, "rt") as file:
        rows = sorted(enumerate(csv.DictReader(file)), key=_place)
    return tuple(_observation(number, row) for number, (_, row) in enumerate(rows))


def _place(numbered: tuple[int, dict[str, str]]) -> tuple[int, int]:
    return int(numbered[1]["timestamp"]), numbered[0]


def _observation(number: int, row: dict[str, str]) -> Observation:
    owner = crc32(row["id"].encode()) % ACCOUNTS
    return Observation(
        event=KINDS[row["action"]], time_ns=int(row["timestamp"]) * NS_PER_MS,
        order_ref=f"{row['id']}.{number}", account=f"A{owner}", group=f"G{owner % GROUPS}",
        contract="BTC", exchange="BITSTAMP", side=SIDES[row["direction"]],
        price=round(float(row["price"]) * 100_000), quantity=int(row["volume"]) // 100_000,
    )  # fmt: skip


def alerts(events: Iterable[Observation], shards: int = 1) -> list[Alert]:
    engines = [Engine(RULES) for _ in range(shards)]
    found = [
        alert
        for each in events
        for alert in engines[shard_of(each.group or "", shards)].observe(each)
    ]
    return sorted(found, key=lambda alert: alert.sort_key)


def shuffled(events: tuple[Observation, ...]) -> list[Observation]:
    """Each comes up to nine tenths of the wait late, and the sequencer puts it where it was."""
    random, sequencer, found = Random(5), Sequencer(), list[Observation]()
    delay_ns = PATIENCE_NS * 9 // 10
    late = [(each.time_ns + random.randrange(delay_ns), n) for n, each in enumerate(events)]
    for arrival_ns, number in sorted(late):
        at_ns = events[number].time_ns
        sequencer.add(event(time_ns=at_ns, source_seq=number, conn="btc"))
        sequencer.watermark("btc", arrival_ns - PATIENCE_NS)
        found += [events[each.source_seq] for each, _ in sequencer.release()]
    return found + [events[each.source_seq] for each, _ in sequencer.drain()]


@pytest.mark.long
def test_a_replay_says_the_same_again_over_any_number_of_shards_and_out_of_order() -> None:
    events = orders(SHARED / "data" / "btc_orders.csv.xz")
    assert len(events) == 50_414
    alone = alerts(events)
    assert {alert.rule for alert in alone} == {each.code for each in RULES}
    assert alerts(events) == alone
    for shards in (2, 4):
        assert alerts(events, shards) == alone
    # So the alerts are the same as well.
    assert shuffled(events) == list(events)
