"""Back-tests at work: what they find, how they are stopped, and that nothing live is touched."""

import gzip
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.utils import timezone

from monitoring.actions.advance_backtest import begin_backtest, go_on
from monitoring.actions.cancel_backtest import cancel_backtest
from monitoring.actions.import_rules import import_rules
from monitoring.actions.propose_version import Proposal, propose_version
from monitoring.actions.request_backtest import Question, request_backtest
from monitoring.models import Alert, Backtest, Restriction, Rule, Threshold
from monitoring.rule_refs import RulesUnavailable, stored_rules
from riskgw.messages.base_data import base_from_labels
from riskgw.reference.actions.load_base import load_base
from riskgw.wiring.backtesting import Look, run_backtest
from riskgw.wiring.backtests import Backtests
from riskgw.wiring.simulation.day import DayFiles
from tests.days import MONDAY
from tests.queue_server import QueueServer
from tests.riskgw.wiring.test_simulated_day import made, shipped

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> DayFiles:
    return made(tmp_path_factory.mktemp("days"), 1, orders=200, rules=shipped("P01", "T01"))


@pytest.fixture(autouse=True)
def archive(day: DayFiles, tmp_path: Path, settings: LazySettings, queue: QueueServer) -> Path:
    settings.RISKGW_ARCHIVE = tmp_path
    (tmp_path / f"{MONDAY}.pcap").hardlink_to(day.capture)
    (tmp_path / f"{MONDAY}.market.csv").hardlink_to(day.market)
    load_base(base_from_labels(day.labels.read_bytes()))
    return tmp_path


@pytest.fixture
def author() -> User:
    return User.objects.create(username="wang")


def asked(author: User, archive: Path, rules: str, against: str = "") -> Backtest:
    return request_backtest(Question(MONDAY, MONDAY, rules, against), author, archive)


def run(row: Backtest, look: Look | None = None) -> Backtest:
    begin_backtest(timezone.now())
    run_backtest(row.pk, look or Look(seconds=0))
    return Backtest.objects.get(pk=row.pk)


def result(row: Backtest) -> dict[str, Any]:
    assert row.result is not None
    found: dict[str, Any] = row.result
    return found


def proposed(author: User, code: str, value: str) -> int:
    """The number of a version that raises all of a rule's first thresholds."""
    rows = Threshold.objects.filter(condition__rule__code=code)
    values = {row.pk: row.value * int(value) for row in rows}
    rule = Rule.objects.get(code=code)
    return propose_version(rule, Proposal(values, note="try"), author).number


def test_a_proposed_version_is_compared_with_that_in_force(author: User, archive: Path) -> None:
    number = proposed(author, "T01", "1000")
    row = run(asked(author, archive, f"version:T01/{number}", "live"))
    assert (row.state, row.error) == ("done", "")
    (counts,) = result(row)["rules"]
    assert counts["rule"] == "T01"
    assert counts["levels"] == {}
    before = sum(counts["levels_before"].values())
    assert before > 0
    assert counts["changes"] == {"added": 0, "removed": before, "level": 0, "none": 0}
    assert set(row.alerts.values_list("change", flat=True)) == {"removed"}
    assert result(row)["events"] > 0
    assert row.progress_permille == 1000


def test_the_same_version_differs_in_nothing(author: User, archive: Path) -> None:
    row = run(asked(author, archive, "version:T01/1", "version:T01/1"))
    (counts,) = result(row)["rules"]
    assert counts["levels"] == counts["levels_before"] != {}
    assert {name for name, count in counts["changes"].items() if count} == {"none"}
    assert row.alerts.count() == sum(counts["levels"].values())


def test_nothing_that_is_live_is_touched(author: User, archive: Path, queue: QueueServer) -> None:
    row = run(asked(author, archive, "live"))
    assert row.state == "done"
    assert {each["rule"] for each in result(row)["rules"]} >= {"P01", "T01"}
    assert not Alert.objects.exists()
    assert not Restriction.objects.exists()
    with queue.client() as client:
        assert {key.decode() for key in client.scan_iter()} <= {"seq.backtests"}


def test_progress_is_told_while_it_runs_and_never_falls(author: User, archive: Path) -> None:
    said: list[tuple[int, int]] = []

    def say(number: int, permille: int, events: int) -> bool:
        said.append((permille, events))
        return True

    row = asked(author, archive, "version:T01/1", "version:T01/1")
    run(row, Look(seconds=0, say=say))
    assert said == sorted(said)
    assert said[0][0] < 100
    assert any(450 < permille <= 550 for permille, _ in said)
    assert said[-1][0] > 900


def test_looks_are_no_more_often_than_they_should_be(author: User, archive: Path) -> None:
    said: list[int] = []

    def say(number: int, permille: int, events: int) -> bool:
        said.append(permille)
        return True

    run(asked(author, archive, "version:T01/1"), Look(seconds=3600, say=say))
    assert len(said) == 1


def test_one_that_is_cancelled_stops_at_its_next_look_and_leaves_nothing(
    author: User, archive: Path
) -> None:
    looks: list[int] = []

    def say(number: int, permille: int, events: int) -> bool:
        looks.append(permille)
        if len(looks) == 3:
            cancel_backtest(number)
        return go_on(number, permille, events)

    row = run(asked(author, archive, "live"), Look(seconds=0, say=say))
    assert row.state == "cancelled"
    assert len(looks) == 3
    assert row.result is None
    assert row.alerts.count() == 0


def test_a_day_that_is_gone_or_damaged_is_the_error(author: User, archive: Path) -> None:
    row = asked(author, archive, "live")
    (archive / f"{MONDAY}.pcap").unlink()
    assert run(row).error == f"no capture of {MONDAY} to {MONDAY} in {archive}"
    (archive / f"{MONDAY}.pcap").write_bytes(b"nonsense")
    row = run(asked(author, archive, "live"))
    assert row.state == "failed"
    assert "neither pcap nor pcapng" in row.error


def test_too_many_alerts_end_it(author: User, archive: Path) -> None:
    row = run(asked(author, archive, "live"), Look(seconds=0, alerts_max=3))
    assert row.state == "failed"
    assert row.error.startswith("more than 3 alerts")


def test_a_compressed_day_is_read_to_its_end(author: User, archive: Path, day: DayFiles) -> None:
    (archive / f"{MONDAY}.pcap").unlink()
    (archive / f"{MONDAY}.pcap.gz").write_bytes(gzip.compress(day.capture.read_bytes(), 1))
    row = run(asked(author, archive, "version:T01/1"))
    assert row.state == "done"
    assert result(row)["rules"][0]["levels"]


def waited_for(backtests: Backtests, row: Backtest, state: str) -> Backtest:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        backtests.look()
        row.refresh_from_db()
        if row.state == state:
            return row
        time.sleep(0.02)
    raise AssertionError(row.state)


def command(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_a_process_that_dies_fails_its_back_test_and_the_next_begins(
    author: User, archive: Path
) -> None:
    dying, second = (asked(author, archive, "live") for _ in range(2))
    backtests = Backtests(command("raise SystemExit(3)"))
    assert waited_for(backtests, dying, "failed").error == "its process ended with 3"
    assert waited_for(backtests, second, "failed").error == "its process ended with 3"


def test_a_process_that_does_not_listen_is_ended_when_its_back_test_is_cancelled(
    author: User, archive: Path
) -> None:
    deaf, second = (asked(author, archive, "live") for _ in range(2))
    backtests = Backtests(command("import time; time.sleep(60)"))
    waited_for(backtests, deaf, "running")
    second.refresh_from_db()
    assert second.state == "waiting"
    cancel_backtest(deaf.pk)
    waited_for(backtests, second, "running")
    cancel_backtest(second.pk)
    while backtests.is_busy:
        backtests.look()
    deaf.refresh_from_db()
    assert deaf.state == "cancelled"


def test_a_draft_is_tried_before_it_has_a_version(author: User, archive: Path) -> None:
    (spec,) = stored_rules("version:T01/1")
    import_rules([msgspec.structs.replace(spec, code="X99")], mode="draft")
    row = run(asked(author, archive, "draft:X99"))
    assert row.state == "done"
    (counts,) = result(row)["rules"]
    assert counts["rule"] == "X99"
    assert any(counts["levels"].values())


def test_a_draft_the_engine_refuses_is_not_tried(author: User, archive: Path) -> None:
    Threshold.objects.filter(condition__rule__code="T01").delete()
    with pytest.raises(RulesUnavailable, match="T01"):
        asked(author, archive, "draft:T01")
