"""A simulated day: what it promises is what the rules find."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from capture.queries import open_captures
from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import RuleSpec
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import base_from_labels
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.market.csv_replay import CsvReplay
from riskgw.wiring.simulation.day import DayFiles, DayPlan, SimulatedDay
from tests.days import MONDAY
from tests.small_rules import small_rules

ORDERS = 600
# The rules that a simulated day reaches; the others stay silent, those in shadow too.
PLAYED = ("P01", "P03", "F01", "T01", "F02", "H01")


def shipped(*codes: str) -> list[RuleSpec]:
    return [rule for rule in shipped_rules() if rule.code in codes]


def made(
    folder: Path,
    seed: int,
    *,
    orders: int = ORDERS,
    rules: Sequence[RuleSpec] = (),
    with_day_totals: bool = False,
) -> DayFiles:
    """With the scenarios of all rules that ship, or of others."""
    folder.mkdir(exist_ok=True)
    files = DayFiles.beside(folder / f"day-{seed}.pcap")
    plan = DayPlan(seed, MONDAY, orders, with_day_totals)
    SimulatedDay(plan, rules or shipped_rules()).write(files)
    return files


@cache
def replayed(files: DayFiles, shards: int = 1, *, is_small: bool = True) -> InlineReplay:
    """By all rules that a new database judges by, with the day's market."""
    base = base_from_labels(files.labels.read_bytes())
    rules = small_rules() if is_small else shipped_rules()
    replay = InlineReplay(base, rules, shards=shards)
    replay.run(open_captures([files.capture]), CsvReplay([files.market]))
    assert replay.snapshots
    return replay


def promised(labels: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (each["at_ns"], each["rule"], each["level"], tuple(each["key"].items()),
         tuple(each["order_refs"]))
        for each in labels["labels"]
        if each["expect"]
    )  # fmt: skip


def found(alerts: list[Alert]) -> list[tuple[Any, ...]]:
    return sorted(
        (each.time_ns, each.rule, str(each.level), tuple(each.key.items()), each.order_refs)
        for each in alerts
    )


@pytest.fixture(
    scope="module",
    params=[1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)],
)
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DayFiles:
    return made(tmp_path_factory.mktemp("days"), request.param, rules=small_rules())


def unknown_senders(day: DayFiles) -> set[str]:
    """The systems in no table that send at least one order."""
    labels = json.loads(day.labels.read_text())["labels"]
    return {each["key"]["source"] for each in labels if each["rule"] == "H01" and each["expect"]}


@pytest.mark.parametrize("shards", [1, 2, pytest.param(4, marks=pytest.mark.long)])
def test_the_labels_are_exactly_the_alerts_with_any_number_of_shards(
    day: DayFiles, shards: int
) -> None:
    replay = replayed(day, shards)
    assert found(replay.alerts) == promised(json.loads(day.labels.read_text()))
    assert replay.problems == Counter(unknown_counter=len(unknown_senders(day)))


@pytest.mark.long
def test_a_whole_day_reaches_the_daily_thresholds_too(tmp_path: Path) -> None:
    """Judged by the very rules that ship."""
    files = made(tmp_path, 7, orders=2000, with_day_totals=True)
    labels = json.loads(files.labels.read_text())
    replay = replayed(files, shards=2, is_small=False)
    assert found(replay.alerts) == promised(labels)
    by_day = [each for each in replay.alerts if each.rule == "P01" and each.order_count >= 16000]
    assert Counter(each.level for each in by_day) == {"warn": 5, "limit": 2}
    assert replay.messages == labels["totals"]["messages"]


def test_every_threshold_is_tried_one_below_at_and_one_above(day: DayFiles) -> None:
    labels = json.loads(day.labels.read_text())["labels"]
    tried: dict[tuple[str, str], set[int]] = {}
    for label in labels:
        tried.setdefault((label["rule"], label["level"]), set()).add(label["offset"])
    levels = {(rule.code, each.level.value) for rule in shipped_rules() if rule.code in PLAYED
              for condition in rule.conditions for each in condition.thresholds}  # fmt: skip
    assert tried == {key: {-1, 0, 1} for key in levels}
    keys = [(label["rule"], label["level"], str(label["key"])) for label in labels]
    assert len(set(keys)) == len(keys)


def test_totals_are_what_a_listener_counts(day: DayFiles) -> None:
    totals = json.loads(day.labels.read_text())["totals"]
    replay = replayed(day)
    assert replay.messages == totals["messages"]
    counted = {"orders": "order", "cancels": "cancel", "fills": "fill"}
    assert {name: replay.event_counts[kind] for name, kind in counted.items()} == {
        name: totals[name] for name in counted
    }


def test_an_investor_trades_with_himself_over_a_database_and_a_binary_link(day: DayFiles) -> None:
    crossing = [
        alert
        for alert in replayed(day).alerts
        if alert.rule == "F01" and alert.evidence == "instant, price and quantity"
    ]
    labels = json.loads(day.labels.read_text())
    counters = {each["id"]: (each["group"], each["counter"]) for each in labels["base"]["accounts"]}
    for alert in crossing:
        served = {counter for group, counter in counters.values() if group == alert.key["group"]}
        assert served == {"ALPHA", "BETA"}
    assert crossing


def test_every_event_carries_its_counter_but_those_of_unknown_systems(day: DayFiles) -> None:
    replay = InlineReplay(base_from_labels(day.labels.read_bytes()), shipped_rules())
    seen = {
        (event.conn.rpartition(">")[0].rpartition(":")[0], event.origin): (
            event.counter, event.access_system, event.is_counter_unknown,
        )
        for event in replay.events_of(open_captures([day.capture]))
    }  # fmt: skip
    unknown = {key: stamp for key, stamp in seen.items() if key[0] in unknown_senders(day)}
    assert {key: stamp for key, stamp in seen.items() if key not in unknown} == {
        ("10.1.0.11", "000100"): ("ALPHA", None, False),
        ("10.1.0.13", "000200"): ("ALPHA", "GATE1", False),
        ("10.1.0.12", "oiw01"): ("BETA", None, False),
    }
    assert set(unknown.values()) == {(None, None, True)}
    assert len(unknown) == 5


@pytest.mark.long
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one, again, other = (
        made(tmp_path / name, seed, rules=small_rules())
        for name, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    for name in ("capture", "market", "labels"):
        same = [getattr(files, name).read_bytes() for files in (one, again)]
        assert same[0] == same[1]
        assert getattr(other, name).read_bytes() != same[0]


def test_orders_fill_and_cancel_to_no_more_than_their_quantity(day: DayFiles) -> None:
    replay = OrderAudit(day)
    assert replay.overdone == []
    assert replay.filled > 0


def test_snapshots_agree_with_the_fills(day: DayFiles) -> None:
    """Volume never falls, and covers at least what our own orders filled."""
    header, *lines = day.market.read_text().splitlines()
    names = header.split(",")
    volume: dict[str, int] = {}
    for line in lines:
        row = dict(zip(names, line.split(","), strict=True))
        assert int(row["volume"]) >= volume.get(row["symbol"], 0)
        volume[row["symbol"]] = int(row["volume"])
        if row["bid1"] and row["ask1"]:
            assert float(row["bid1"]) < float(row["ask1"])
    ours = OrderAudit(day).filled_by_symbol
    assert all(volume[symbol] * 2 >= quantity for symbol, quantity in ours.items())


@pytest.mark.long
def test_another_date_moves_the_whole_day(tmp_path: Path) -> None:
    files = DayFiles.beside(tmp_path / "day.pcap")
    friday = DayPlan(1, date(2026, 11, 27), 10, with_day_totals=False)
    labels = SimulatedDay(friday, small_rules()).write(files)
    assert labels["trading_day"] == "2026-11-27"
    assert found(replayed(files).alerts) == promised(labels)


class OrderAudit:
    """Adds up what a listener hears of each order."""

    def __init__(self, files: DayFiles) -> None:
        self.filled_by_symbol: Counter[str] = Counter()
        quantity: dict[tuple[str, str], int] = {}
        done: Counter[tuple[str, str]] = Counter()
        replay = InlineReplay(base_from_labels(files.labels.read_bytes()), shipped_rules())
        for event in replay.events_of(open_captures([files.capture])):
            key = event.origin, event.subject_ref or ""
            if event.event == "order":
                quantity[key] = event.quantity or 0
            elif event.event in ("fill", "cancelled"):
                done[key] += event.quantity or 0
            if event.event == "fill" and event.symbol:
                self.filled_by_symbol[event.symbol] += (event.quantity or 0) // 1000
        self.overdone = [key for key, total in done.items() if total > quantity[key]]
        self.filled = sum(self.filled_by_symbol.values())
