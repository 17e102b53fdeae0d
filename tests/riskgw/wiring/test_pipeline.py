"""The stages one behind the other, without processes: a day's labels are its alerts."""

import gc
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from capture.io.pcap_files import CaptureFile
from capture.io.playback import Playback
from capture.stages import DecodeStage, DecodeWork
from capture.wire.feed_filter import FeedFilter
from capture.wire.order_feed import OrderFeed
from monitoring.domain.risk_core import RiskCore
from monitoring.stages import EvaluateStage, EvaluateWork
from riskgw.kernel.times import trading_day
from riskgw.messages.base_data import base_from_labels
from riskgw.shards.entries import Judged, Load, Opening, Results, packed, unpacked
from riskgw.shards.replay_order import MAX_SPEED, ReplayOrder
from riskgw.wiring.simulation.day import DayFiles, DayPlan, SimulatedDay
from tests.days import MONDAY, TUESDAY
from tests.small_rules import small_rules

FEEDS = {"urfront": [1433], "urfront_sz": [8016]}
SHARDS = 2
TICK_NS = 10_000_000
SEED = 5
STATES = (RiskCore, OrderFeed)


def made(folder: Path, of: date) -> DayFiles:
    files = DayFiles.beside(folder / "day.pcap")
    SimulatedDay(DayPlan(SEED, of, 300, with_day_totals=False), small_rules()).write(files)
    return files


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> DayFiles:
    return made(tmp_path_factory.mktemp("day"), MONDAY)


class Pipeline:
    """Two feeds, a decode partition each, and the shards."""

    def __init__(self, day: DayFiles) -> None:
        base = base_from_labels(day.labels.read_bytes())
        self.decoders: dict[str, DecodeWork] = {}
        self.shards: list[EvaluateWork] = []
        load = packed(Load(base, small_rules()))
        for feed in FEEDS:
            self.decoders[feed] = DecodeStage(feed, 0, SHARDS).fresh()
            self.decoders[feed].take(load)
        for number in range(SHARDS):
            self.shards.append(EvaluateStage(number).fresh())
            self.shards[number].take(load)
        self.judged: list[Judged] = []

    def run(self, capture: Path, speed: float, between: Callable[[], None]) -> None:
        first_ns = next(iter(CaptureFile(capture)))[0]
        order = ReplayOrder("o", (str(capture),), speed, 0, first_ns)
        for shard in self.shards:
            shard.take(packed(Opening(tuple(f"{feed}.0" for feed in FEEDS))))
        playing = {feed: Playback(order, FeedFilter(FEEDS[feed], 1), 1, 0) for feed in FEEDS}
        now_ns = 0
        while playing:
            now_ns += TICK_NS
            for feed, playback in list(playing.items()):
                self._tick(feed, playback, now_ns)
                while not playback.progress.is_done and playback.is_full:
                    self._tick(feed, playback, now_ns)
                if playback.progress.is_done:
                    del playing[feed]
            between()

    def again_from_snapshots(self) -> None:
        """As if every process had died and another had taken over."""
        self.decoders = {
            feed: DecodeStage(feed, 0, SHARDS).restored(work.dump())
            for feed, work in self.decoders.items()
        }
        self.shards = [
            EvaluateStage(number).restored(work.dump()) for number, work in enumerate(self.shards)
        ]

    def _tick(self, feed: str, playback: Playback, now_ns: int) -> None:
        (frames,) = playback.tick(now_ns)
        for stream, blob in self.decoders[feed].take(packed(frames)).blobs:
            if stream.startswith("orders."):
                shard = self.shards[int(stream.removeprefix("orders."))]
                found = [unpacked(each) for _, each in shard.take(blob).blobs]
                self.judged += [
                    judged for each in found if isinstance(each, Results) for judged in each.judged
                ]


def raised(pipeline: Pipeline) -> Counter[tuple[object, ...]]:
    return Counter(
        (alert.rule, alert.level.value, json.dumps(alert.key, sort_keys=True), alert.time_ns)
        for judged in pipeline.judged
        for alert in judged.alerts
    )


def expected(day: DayFiles) -> Counter[tuple[object, ...]]:
    labels = json.loads(day.labels.read_text())["labels"]
    return Counter(
        (each["rule"], each["level"], json.dumps(each["key"], sort_keys=True), each["at_ns"])
        for each in labels
        if each["expect"]
    )


@pytest.mark.parametrize("speed", [2_000.0, MAX_SPEED], ids=["timed", "max"])
def test_the_labels_of_a_day_are_its_alerts_and_series_have_no_holes(
    day: DayFiles, speed: float
) -> None:
    pipeline = Pipeline(day)
    pipeline.run(day.capture, speed, lambda: None)
    assert raised(pipeline) == expected(day)
    assert not any(judged.is_late for judged in pipeline.judged)
    numbers = Counter(judged.series for judged in pipeline.judged)
    assert set(numbers) == set(range(1, max(numbers) + 1))
    assert max(numbers.values()) <= SHARDS


def test_the_same_orders_on_the_next_day_begin_afresh(day: DayFiles, tmp_path: Path) -> None:
    """The same seed: accounts, references, numbers of reports and counts would all come again."""
    pipeline, again = Pipeline(day), made(tmp_path, TUESDAY)
    pipeline.run(day.capture, MAX_SPEED, lambda: None)
    first = heard(pipeline)
    pipeline.run(again.capture, MAX_SPEED, lambda: None)
    assert raised(pipeline) == expected(day) + expected(again)
    assert heard(pipeline) == first + first
    told = [work.partition.tap.sessions() for work in pipeline.decoders.values()]
    sessions = [session for each in told for session in each["rows"]]
    assert len(sessions) % 2 == 0
    assert {session["state"] for session in sessions} == {"closed"}
    days = Counter(trading_day(int(session["since_ns"])) for session in sessions)
    assert days == {each: len(sessions) // 2 for each in (MONDAY, TUESDAY)}


def heard(pipeline: Pipeline) -> Counter[str]:
    """Events by kind, of both feeds."""
    return sum((work.partition.events for work in pipeline.decoders.values()), Counter())


@pytest.mark.long
def test_processes_that_take_over_again_and_again_change_nothing(day: DayFiles) -> None:
    pipeline, ticks = Pipeline(day), iter(range(1 << 30))

    def now_and_then() -> None:
        if next(ticks) % 97 == 0:
            pipeline.again_from_snapshots()

    pipeline.run(day.capture, 2_000.0, now_and_then)
    assert raised(pipeline) == expected(day)


def states() -> Counter[str]:
    """Cores and feeds that there are; compiled ones take no weak references."""
    return Counter(type(each).__name__ for each in gc.get_objects() if type(each) in STATES)


def test_what_a_day_leaves_behind_needs_no_collector(day: DayFiles) -> None:
    """Slices keep the collector away from the state: a cycle in it would stay for ever."""
    gc.collect()
    before = states()
    pipeline = Pipeline(day)
    pipeline.run(day.capture, MAX_SPEED, lambda: None)
    assert states() > before
    gc.collect()
    gc.disable()
    try:
        del pipeline
        assert states() == before
        assert gc.collect() == 0
    finally:
        gc.enable()
