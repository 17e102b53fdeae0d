"""simulate_day and replay as their users call them."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import RulesFile
from tests import databases
from tests.forked_commands import ForkedCommands

ROOT = Path(__file__).parents[3]
# Without P03, which has more orders than the others together.
PLAYED = ("P01", "F01", "T01", "F02", "H01")


def manage(*arguments: Any, home: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process and home of its own."""
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment_of(home), capture_output=True, text=True, check=False
    )


def environment_of(home: Path) -> dict[str, str]:
    environment = {**os.environ, "RISKGW_HOME": str(home), "RISKGW_LOG_LEVEL": "WARNING"}
    environment.pop("DATABASE_URL", None)
    return environment


def rules_file(path: Path, codes: Collection[str]) -> Path:
    only = tuple(rule for rule in shipped_rules() if rule.code in codes)
    path.write_bytes(msgspec.json.encode(RulesFile(only)))
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a migrated database and a simulated day."""
    folder = tmp_path_factory.mktemp("home")
    databases.copy_into(folder / "riskgw.sqlite3")
    rules = rules_file(folder / "played.json", PLAYED)
    day = manage(
        "simulate_day", "--seed", 4, "--out", folder / "day.pcap", "--orders", 300, "--quick",
        "--rules", rules, home=folder,
    )  # fmt: skip
    assert day.returncode == 0
    assert "alerts expected" in day.stdout
    return folder


@pytest.fixture(scope="module")
def forked(home: Path) -> Iterator[ForkedCommands]:
    """For all but the first of a command: in the home, without a start of Python each."""
    commands = ForkedCommands(environment_of(home))
    yield commands
    commands.stop()


def inline(home: Path) -> list[Any]:
    """Arguments of a replay of the day."""
    return ["replay", home / "day.pcap", "--inline", "--base", home / "day.labels.json"]


@pytest.fixture(scope="module")
def first(home: Path) -> subprocess.CompletedProcess[str]:
    return manage(*inline(home), home=home)


def test_replay_prints_sorted_alerts_then_a_summary_and_the_same_bytes_again(
    home: Path, forked: ForkedCommands, first: subprocess.CompletedProcess[str]
) -> None:
    again = forked.run(*inline(home), "--shards", 4)
    assert (first.returncode, first.stderr) == (0, "")
    *alerts, summary = first.stdout.splitlines()
    assert again.stdout.splitlines()[:-1] == alerts
    lines = [json.loads(line) for line in alerts]
    keys = ("time_ns", "rule", "level")
    assert lines == sorted(lines, key=lambda line: [line[key] for key in keys])
    labels = json.loads((home / "day.labels.json").read_text())["labels"]
    assert len(lines) == sum(label["expect"] for label in labels)
    counted = json.loads(summary)
    assert counted["kind"] == "summary"
    assert sum(sum(levels.values()) for levels in counted["alerts"].values()) == len(lines)


def test_an_alert_line_has_the_agreed_shape(first: subprocess.CompletedProcess[str]) -> None:
    line = json.loads(first.stdout.splitlines()[0])
    assert set(line) == {
        "kind", "rule", "version", "level", "key", "time_ns", "values", "order_count",
        "order_refs", "late", "evidence",
    }  # fmt: skip
    assert set(line["values"][0]) == {"indicator", "value", "cmp", "threshold", "unit"}
    assert line["order_count"] == len(line["order_refs"])


def test_an_exported_rules_file_replaces_the_live_rules(home: Path, forked: ForkedCommands) -> None:
    path = rules_file(home / "rules.json", ["T01"])
    output = forked.run(*inline(home), "--rules", path).stdout.splitlines()
    assert {json.loads(line)["rule"] for line in output[:-1]} == {"T01"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--rules", "nowhere.json"), "nowhere.json: No such file"),
        (("--rules", "manage.py"), "not a rules file"),
        (("--rules", "at:yesterday"), "not an ISO time"),
        (("--rules", "at:2001-01-01"), "no live rules"),
        (("--shards", "0"), "--shards takes 1 to 64"),
        (("--base", "manage.py"), "no base data"),
    ],
)
def test_bad_arguments_give_one_clear_line(
    home: Path, forked: ForkedCommands, arguments: tuple[str, str], text: str
) -> None:
    result = forked.run(*inline(home), *arguments)
    assert result.returncode in (1, 2)
    assert text in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_no_capture_gives_one_line(forked: ForkedCommands) -> None:
    result = forked.run("replay", "--inline", ROOT / "Makefile")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "neither pcap nor pcapng" in result.stderr


def test_without_a_database_replay_says_what_to_do(tmp_path: Path, home: Path) -> None:
    result = manage("replay", "--inline", home / "day.pcap", home=tmp_path)
    assert result.returncode == 1
    assert "manage.py migrate" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--date", "2026-11-22"),  # a Sunday
        ("--date", "soon"),
        ("--orders", "-1"),
        ("--orders", "lots"),
    ],
)
def test_simulate_day_refuses_bad_arguments(
    tmp_path: Path, forked: ForkedCommands, arguments: tuple[str, str]
) -> None:
    out = tmp_path / "day.pcap"
    result = forked.run("simulate_day", "--seed", 1, "--out", out, *arguments)
    assert result.returncode == 2
    assert not out.exists()


def test_simulate_day_into_a_folder_that_is_not_there_says_so(
    tmp_path: Path, forked: ForkedCommands
) -> None:
    out = tmp_path / "nowhere" / "day.pcap"
    result = forked.run("simulate_day", "--seed", 1, "--out", out)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
