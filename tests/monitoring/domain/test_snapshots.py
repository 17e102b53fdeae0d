"""A risk shard cut anywhere and gone on with in another process judges as it would have."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.io.pcap_files import CaptureFile
from capture.wire.partition import DecodePartition
from capture.wire.snapshots import DECODER
from monitoring.domain.shard import RiskShard
from monitoring.domain.snapshots import SHARD, ShardState
from riskgw.cep.spec import Cmp, FilterSpec, IndicatorSpec, Op, RuleSpec, WindowKind
from riskgw.kernel.slots import slots_of
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, Side
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import AccountData, BaseData, base_from_labels
from riskgw.messages.counter_feed import source_of
from riskgw.messages.event import FED, Event
from riskgw.messages.holdings import Funds, Position
from riskgw.shards.entries import Entry, Fed, Frames, Heard, Holdings, Judged, Market
from riskgw.shards.sequencer import PATIENCE_NS
from riskgw.shards.snapshot import SnapshotDamaged, SnapshotMismatch
from riskgw.wiring.simulation.day import DayFiles, DayPlan, SimulatedDay
from tests.days import MONDAY
from tests.events import event
from tests.market import snapshot
from tests.rules import OPEN_NS, condition, day_indicator, indicator, rule, thresholds
from tests.small_rules import small_rules

SOURCES = ("a", "b")
DAY_NS = 24 * 3600 * 1000 * NS_PER_MS
BASE = BaseData(
    accounts=tuple(
        AccountData(id=name, exchange="SSE", group="G", counter="C") for name in ("A", "B")
    )
)
ANY_KIND = {"events": tuple(EventKind), "key": ("account",)}


def instant(code: str) -> IndicatorSpec:
    return indicator(
        code, op=Op.LAST, window=WindowKind.INSTANT, length_ms=None, value_field="quantity"
    )


def watching(watched: IndicatorSpec, code: str, **limits: str) -> RuleSpec:
    limit = thresholds(**limits)
    return rule(condition(watched.code, thresholds=limit), code=code, indicators=(watched,))


SELF_TRADE = FilterSpec(field="self_trade", cmp=Cmp.EQ, value=True)
RULES = (
    rule(),
    watching(
        day_indicator("sum", op=Op.SUM, value_field="amount", **ANY_KIND), "X02", limit="3000"
    ),
    watching(indicator("prices", op=Op.DISTINCT, value_field="price", **ANY_KIND), "X03", warn="2"),
    watching(indicator("range", op=Op.RANGE, value_field="price", **ANY_KIND), "X04", limit="2"),
    watching(indicator("most", op=Op.MAX, value_field="quantity", **ANY_KIND), "X05", limit="300"),
    watching(indicator("last", op=Op.LAST, value_field="age_ms", **ANY_KIND), "X06", limit="20"),
    watching(instant("size"), "X07", limit="200"),
    watching(
        day_indicator("own", op=Op.MAX, value_field="own_live_best5", **ANY_KIND),
        "X09",
        limit="200",
    ),
    watching(
        day_indicator("held", op=Op.MAX, value_field="position", **ANY_KIND), "X10", limit="500"
    ),
    watching(day_indicator("self", filters=(SELF_TRADE,), **ANY_KIND), "X08", warn="1", limit="2"),
)


def running() -> RiskShard:
    shard = RiskShard(BASE, RULES)
    for source in SOURCES:
        shard.sequencer.watermark(source, -1)
    return shard


def restored(shard: RiskShard) -> RiskShard:
    data = SHARD.dump(shard)
    again = SHARD.load(data)
    assert SHARD.dump(again) == data
    return again


def judged(steps: Iterable[Entry], cuts: Collection[int] = ()) -> tuple[list[Judged], bytes]:
    """What was judged, and the state before the end; the shard is made anew at the cuts."""
    shard, found = running(), []
    for place, step in enumerate(steps):
        if place in cuts:
            shard = restored(shard)
        found += shard.take(step)
    before = SHARD.dump(shard)
    for source in SOURCES:
        found += shard.hear(Heard(source, 0, 0, [], is_end=True))
    return found, before


@st.composite
def streams(draw: st.DrawFn) -> list[Entry]:
    """A source after the other says something; time goes on, now and then to another day."""
    steps: list[Entry] = []
    at_ns = OPEN_NS
    for number in range(draw(st.integers(1, 30))):
        at_ns += draw(st.sampled_from([0, 1, 30, 300])) * NS_PER_MS
        if draw(st.integers(0, 40)) == 40:
            at_ns += DAY_NS
        steps += unasked(draw, number, at_ns)
        source = draw(st.sampled_from(SOURCES))
        steps.append(Heard(source, at_ns, PATIENCE_NS, [drawn(draw, number, at_ns, source)]))
    return steps


def unasked(draw: st.DrawFn, number: int, at_ns: int) -> list[Entry]:
    """What nobody waits for: the market, a counter's feed, positions and funds."""
    told = drawn(draw, 100 + number, at_ns, source_of("C"))
    fed = msgspec.structs.replace(told, dir=FED)
    held = Position("SSE", "A", "600000", 400_000, 100_000)
    choices: list[Entry] = [
        Market([snapshot(ns=at_ns), snapshot(ns=at_ns + DAY_NS)]),
        Fed(source_of("C"), 5 * NS_PER_MS, [fed]),
        Holdings(source_of("C"), [held], [Funds("A", equity=5, margin=4)]),
    ]
    # Not one of them twice: what it holds would be shared, until a snapshot parts it.
    return draw(st.lists(st.sampled_from(choices), max_size=2, unique_by=type))


def drawn(draw: st.DrawFn, number: int, at_ns: int, source: str) -> Event:
    kind = draw(st.sampled_from(EventKind))
    values: dict[str, Any] = {
        "account": draw(st.sampled_from(["A", "B", "Z", None])),
        "side": draw(st.sampled_from([Side.BUY, Side.SELL])),
        "price": draw(st.sampled_from([None, 1_000_000, 1_100_000, 1_300_000])),
        "quantity": draw(st.sampled_from([None, 100_000, 400_000])),
        "order_ref": f"R{draw(st.integers(0, 5))}",
        "exec_ref": draw(st.sampled_from([None, "E1"])),
        "time_source": draw(st.sampled_from(["message", "capture"])),
        "exchange_second": at_ns // (1000 * NS_PER_MS),
        "time_ns": at_ns - draw(st.integers(0, 20)) * NS_PER_MS,
        "at_ns": at_ns,
        "conn": source,
        "source_seq": number,
    }
    return event(kind, **values)


@pytest.mark.long
@settings(deadline=None)
@given(streams(), st.sets(st.integers(0, 29)))
def test_a_stream_cut_anywhere_is_judged_the_same(steps: list[Entry], cuts: set[int]) -> None:
    assert judged(steps, cuts) == judged(steps)


def test_every_attribute_of_a_shard_is_in_its_snapshot() -> None:
    shard, follows_from_base = RiskShard(), {"servers"}
    attributes = set(slots_of(RiskShard)) or set(vars(shard))
    assert attributes - follows_from_base == set(ShardState._fields)


def test_a_restored_shard_knows_base_rules_and_counts() -> None:
    shard = running()
    shard.hear(Heard("a", OPEN_NS + PATIENCE_NS, PATIENCE_NS, [event()]))
    again = restored(shard)
    assert (again.base, again.rules, again.running) == (BASE, RULES, {"a"})
    assert (again.core.series, again.alerts) == (1, shard.alerts)


SAMPLE = SHARD.dump(running())


@settings(deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_garbled_snapshot_is_refused(place: int, bits: int) -> None:
    data = bytearray(SAMPLE)
    data[place] ^= bits
    with pytest.raises((SnapshotDamaged, SnapshotMismatch)):
        SHARD.load(bytes(data))


@pytest.mark.long
def test_a_simulated_day_cut_at_many_places_raises_what_it_promised(tmp_path: Path) -> None:
    """From packets to alerts, both stages made anew again and again."""
    files = DayFiles.beside(tmp_path / "day.pcap")
    SimulatedDay(DayPlan(4, MONDAY, 10, with_day_totals=False), small_rules()).write(files)
    labels = json.loads(files.labels.read_bytes())
    base = base_from_labels(files.labels.read_bytes())
    found = interrupted(files.capture, base, every=4_000)
    assert sorted((a.time_ns, a.rule, a.level, a.key_text, a.order_refs) for a in found) == sorted(
        (
            each["at_ns"],
            each["rule"],
            each["level"],
            key_text(each["key"]),
            tuple(each["order_refs"]),
        )
        for each in labels["labels"]
        if each["expect"]
    )
    assert found


def key_text(key: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in key.items())


def interrupted(capture: Path, base: BaseData, *, every: int) -> list[Alert]:
    partition, shard = DecodePartition("a", 1), RiskShard(base, small_rules())
    partition.load(base)
    found: list[Judged] = []
    for place, packet in enumerate(CaptureFile(capture), 1):
        if place % every == 0:
            data, partition = DECODER.dump(partition), DecodePartition("a", 1)
            DECODER.load_into(data, partition)
            shard = restored(shard)
        by_shard, _ = partition.hear(Frames(packet[0], 0, [packet]))
        if by_shard[0]:
            found += shard.hear(Heard("a", packet[0] - PATIENCE_NS, PATIENCE_NS, by_shard[0]))
    found += shard.hear(Heard("a", 0, 0, [], is_end=True))
    return [alert for each in found for alert in each.alerts]
