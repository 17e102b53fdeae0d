"""Rules tried on recorded days before they are set live."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from monitoring.archive import NothingKept, captures_of, days_of, kept_days
from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import RuleSpec
from riskgw.wiring.market.csv_replay import beside
from riskgw.wiring.simulation.day import DayFiles
from riskgw.wiring.trading_days import DAYS_ARCHIVED_MAX, keep_day
from tests.days import MONDAY, TUESDAY
from tests.riskgw.wiring.test_simulated_day import made, shipped


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> DayFiles:
    return made(tmp_path_factory.mktemp("days"), 1, orders=200, rules=shipped("P01", "T01"))


def rules_file(folder: Path, name: str, rules: list[RuleSpec]) -> str:
    path = folder / f"{name}.json"
    path.write_bytes(msgspec.json.encode({"rules": rules}))
    return str(path)


def with_thresholds(rule: RuleSpec, value: str) -> RuleSpec:
    """The same rule with one number at all levels of its first condition."""
    first, *rest = rule.conditions
    thresholds = tuple(msgspec.structs.replace(each, value=value) for each in first.thresholds)
    conditions = (msgspec.structs.replace(first, thresholds=thresholds), *rest)
    return msgspec.structs.replace(rule, conditions=conditions)


def lines(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> list[dict[str, Any]]:
    call_command("backtest", *arguments)
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def test_the_same_rules_do_not_differ_and_give_what_a_replay_gives(
    day: DayFiles, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    rules = rules_file(tmp_path, "shipped", list(shipped_rules()))
    common = [str(day.capture), "--base", str(day.labels), "--rules", rules]
    *found, summary = lines(capsysbinary, *common, "--against", rules)
    assert summary["differences"] == {}
    assert summary["alerts"] == summary["against"]
    call_command("replay", "--inline", *common)
    replayed = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert found == replayed[:-1]
    assert {each["kind"] for each in found} == {"alert"}


def test_another_threshold_shows_as_the_alerts_it_takes_away(
    day: DayFiles, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (t01,) = (rule for rule in shipped_rules() if rule.code == "T01")
    before = rules_file(tmp_path, "before", [t01])
    after = rules_file(tmp_path, "after", [with_thresholds(t01, "90000000")])
    common = (str(day.capture), "--base", str(day.labels))
    *found, summary = lines(capsysbinary, *common, "--rules", after, "--against", before)
    assert summary["alerts"] == {}
    assert sum(summary["against"]["T01"].values()) > 0
    assert Counter(each["change"] for each in found) == summary["differences"]
    assert summary["differences"] == {"removed": sum(summary["against"]["T01"].values())}


def test_recorded_days_are_found_by_their_date(
    day: DayFiles, tmp_path: Path, settings: LazySettings, capsysbinary: Any
) -> None:
    settings.RISKGW_ARCHIVE = tmp_path
    (tmp_path / f"{MONDAY}.pcap").hardlink_to(day.capture)
    rules = rules_file(tmp_path, "shipped", list(shipped_rules()))
    more = ("--base", str(day.labels), "--rules", rules)
    *_, by_day = lines(capsysbinary, "--days", f"{MONDAY}..{TUESDAY}", *more)
    *_, by_file = lines(capsysbinary, str(day.capture), *more)
    assert by_day["alerts"] != {}
    assert by_file["alerts"].keys() >= by_day["alerts"].keys()
    with pytest.raises(CommandError, match=r"no capture of 2026-11-24 to 2026-11-24 in "):
        call_command("backtest", "--days", str(TUESDAY), *more)


def test_captures_of_a_day_are_all_that_begin_with_its_date(tmp_path: Path) -> None:
    names = [f"{MONDAY}.pcap", f"{MONDAY}-2.pcapng.gz", f"{MONDAY}.market.csv", f"{TUESDAY}.pcap"]
    for name in names:
        (tmp_path / name).touch()
    found = [path.name for path in captures_of(tmp_path, MONDAY, MONDAY)]
    assert found == [f"{MONDAY}-2.pcapng.gz", f"{MONDAY}.pcap"]
    with pytest.raises(NothingKept):
        captures_of(tmp_path, date(2026, 1, 1), date(2026, 1, 31))


def test_the_days_of_which_there_are_captures_are_listed_newest_first(tmp_path: Path) -> None:
    names = [f"{MONDAY}.pcap", f"{MONDAY}-2.pcap.gz", f"{TUESDAY}.pcapng", "notes.pcap",
             "2026-11-25.market.csv", "2026-13-01.pcap"]  # fmt: skip
    for name in names:
        (tmp_path / name).touch()
    assert kept_days(tmp_path) == [TUESDAY, MONDAY]
    assert kept_days(tmp_path / "nowhere") == []


def test_a_played_day_of_the_demo_is_kept_with_its_market_until_newer_ones_need_the_room(
    day: DayFiles, tmp_path: Path
) -> None:
    own = tmp_path / "2020-01-01.pcap"
    own.touch()
    days = [MONDAY + timedelta(days=number) for number in range(DAYS_ARCHIVED_MAX + 1)]
    for each in days:
        keep_day(tmp_path, each, day)
    assert kept_days(tmp_path) == [*reversed(days[1:]), date(2020, 1, 1)]
    (capture,) = captures_of(tmp_path, days[-1], days[-1])
    assert beside([capture]) == [tmp_path / f"{days[-1]}-demo.market.csv"]
    assert len(list(tmp_path.iterdir())) == 2 * DAYS_ARCHIVED_MAX + 1


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "2026-11-24..2026-11-23", "2020-01-01..2026-01-01"]
)
def test_impossible_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        days_of(text)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name captures, or --days"),
        (["a.pcap", "--days", "2026-11-23"], "name captures, or --days"),
        (["a.pcap", "--shards", "0"], "--shards takes 1 to 64"),
        (["missing.pcap", "--rules", "missing.json"], "missing.json: No such file"),
    ],
)
def test_wrong_usage_is_said_in_one_line(arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("backtest", *arguments)
