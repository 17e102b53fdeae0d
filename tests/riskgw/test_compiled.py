"""Pure rooms compiled and not: the same of the same, and never of other sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import RulesFile
from riskgw.compiled import ROOT, SUFFIX, folder_of, modules_in
from riskgw.wiring.simulation.day import DayFiles, DayPlan, SimulatedDay
from tests.days import MONDAY

ORDERS, RULES = 600, "rules.json"


def judged(day: DayFiles, snapshot: Path, *, is_pure: bool) -> tuple[str, str]:
    """How a process was compiled that judged half a day, and what it found."""
    files = map(str, (day.capture, day.labels, day.capture.with_name(RULES), snapshot))
    command = [sys.executable, "-m", "tests.judged_day", *files]
    settings = {"RISKGW_PURE": str(int(is_pure))}
    done = subprocess.run(
        command, env=os.environ | settings, cwd=ROOT, capture_output=True, check=True, text=True
    )
    name, _, found = done.stdout.partition(" ")
    return name, found


@pytest.mark.kernel
@pytest.mark.long
def test_a_day_is_judged_the_same_and_either_goes_on_from_the_others_snapshot(
    tmp_path: Path,
) -> None:
    day = DayFiles.beside(tmp_path / "day.pcap")
    rules = shipped_rules()
    (tmp_path / RULES).write_bytes(msgspec.json.encode(RulesFile(rules=tuple(rules))))
    SimulatedDay(DayPlan(7, MONDAY, ORDERS, with_day_totals=False), rules).write(day)
    halves = {False: tmp_path / "compiled", True: tmp_path / "pure"}
    firsts = {is_pure: judged(day, half, is_pure=is_pure) for is_pure, half in halves.items()}
    assert [name for name, _ in firsts.values()] == ["compiled", "pure"]
    assert firsts[False][1] == firsts[True][1]
    assert '"alerts": 0' not in firsts[False][1]
    assert halves[False].read_bytes() == halves[True].read_bytes()
    seconds = {judged(day, halves[not is_pure], is_pure=is_pure)[1] for is_pure in (False, True)}
    assert len(seconds) == 1
    assert '"alerts": 0' not in seconds.pop()


def test_what_was_compiled_from_other_sources_is_left_alone(tmp_path: Path) -> None:
    for room in ("riskgw/cep", "riskgw/messages", "monitoring/domain"):
        shutil.copytree(ROOT / room, tmp_path / room)
    built = folder_of(tmp_path)
    built.mkdir(parents=True)
    (built / f"riskgw.cep.engine{SUFFIX}").touch()
    assert modules_in(folder_of(tmp_path)) == {
        "riskgw.cep.engine": built / f"riskgw.cep.engine{SUFFIX}"
    }
    with (tmp_path / "riskgw/messages/event.py").open("a") as source:
        source.write("\n")
    assert modules_in(folder_of(tmp_path)) == {}


def test_who_wants_python_gets_python() -> None:
    command = [sys.executable, "-c", "from riskgw import compiled; print(compiled.NAME)"]
    done = subprocess.run(
        command,
        env=os.environ | {"RISKGW_PURE": "1"},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == "pure\n"
