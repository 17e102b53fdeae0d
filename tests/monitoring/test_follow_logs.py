"""Log files on a real disk: followed through rotation, truncation and restarts; found again."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from monitoring.actions.follow_logs import Followed, begin_logs, follow_logs, forget_lines
from monitoring.api.logs import ExportLogLines, ListLogLines, ShowLogTotals
from monitoring.io.log_follower import LINE_MAX
from monitoring.log_queries import lines_of_minute
from monitoring.models import LogFormat, LogLine, LogPosition, LogSource
from riskgw.web.handlers import Call, Handler

pytestmark = pytest.mark.django_db

PATTERN = r"(?P<level>[A-Z]+) (?:(?P<latency_ms>\d+)ms )?(?P<text>.*)"


@pytest.fixture
def log(tmp_path: Path, settings: Any) -> Path:
    settings.RISKGW_LOG_FOLDERS = [str(tmp_path)]
    form = LogFormat.objects.create(name="plain", pattern=PATTERN)
    path = tmp_path / "app.log"
    LogSource.objects.create(name="app", path=str(path), format=form, host="db1")
    return path


def write(path: Path, *texts: str, end: str = "\n") -> None:
    with path.open("a") as file:
        file.write("\n".join(texts) + end)


def follow() -> Followed:
    return follow_logs(lambda: False)


def texts() -> list[str]:
    return list(LogLine.objects.order_by("pk").values_list("text", flat=True))


def asked(handler: type[Handler], **arguments: Any) -> Any:
    user, _ = User.objects.get_or_create(username="ops")
    return handler(Call(user, arguments)).answer().data


def test_new_lines_are_stored_once_and_half_a_line_waits(log: Path) -> None:
    write(log, "INFO one", "ERROR tw", end="")
    assert follow() == Followed(1, 1)
    write(log, "o")
    assert follow().lines == 1
    assert follow().lines == 0
    assert texts() == ["one", "two"]


def test_a_renamed_file_is_read_to_its_end_and_then_its_successor(log: Path) -> None:
    write(log, "INFO one")
    follow()
    write(log, "INFO two")
    log.rename(log.with_suffix(".log.1"))
    write(log, "INFO three")
    follow()
    follow()
    assert texts() == ["one", "two", "three"]


def test_the_last_line_of_a_renamed_file_counts_without_an_end(log: Path) -> None:
    write(log, "INFO one")
    follow()
    write(log, "INFO two", end="")
    log.rename(log.with_suffix(".log.1"))
    write(log, "INFO three")
    follow()
    assert texts() == ["one", "two", "three"]


def test_a_file_that_was_emptied_is_read_from_its_beginning(log: Path) -> None:
    write(log, "INFO one", "INFO two")
    follow()
    log.write_text("INFO three\n")
    follow()
    assert texts() == ["one", "two", "three"]


def test_a_file_that_was_emptied_and_has_grown_past_its_old_place_is_known_by_its_head(
    log: Path,
) -> None:
    write(log, "INFO one")
    follow()
    log.write_text("INFO a longer beginning\nINFO and more of it\n")
    follow()
    assert texts() == ["one", "a longer beginning", "and more of it"]


def test_a_file_that_grows_from_nothing_is_not_taken_for_another(log: Path) -> None:
    log.touch()
    follow()
    for text in ("one", "two", "x" * 200, "three"):
        write(log, f"INFO {text}")
        follow()
    assert texts() == ["one", "two", "x" * 200, "three"]


def test_a_line_without_an_end_is_cut_at_its_maximum(log: Path) -> None:
    write(log, "x" * (LINE_MAX + 10), "INFO one")
    follow()
    assert texts()[-1] == "one"
    assert LogPosition.objects.get().offset == log.stat().st_size


def test_bytes_that_are_no_text_are_kept_as_far_as_they_go(log: Path) -> None:
    log.write_bytes(b"INFO \xff\x00\xe4\xb8\xad\n")
    follow()
    assert texts() == ["\ufffd\ufffd中"]


def test_a_path_outside_the_allowed_folders_is_refused_and_not_read(
    log: Path, tmp_path: Path, settings: Any
) -> None:
    write(log, "INFO one")
    settings.RISKGW_LOG_FOLDERS = [str(tmp_path / "other")]
    with pytest.raises(ValidationError):
        LogSource.objects.get().clean()
    assert follow() == Followed(0, 0)


def test_a_link_out_of_the_folder_is_not_read(log: Path, tmp_path: Path) -> None:
    log.symlink_to("/etc/passwd")
    assert follow() == Followed(0, 0)
    LogSource.objects.update(path=str(tmp_path / "*.log"))
    assert follow() == Followed(0, 0)


def test_lines_are_found_by_what_they_say_and_exported(log: Path) -> None:
    write(log, "INFO begun", "ERROR 40ms slow", "ERROR 20ms slow", "nothing known")
    follow()
    assert [each["text"] for each in asked(ListLogLines, level="error")["results"]] == [
        "slow", "slow",
    ]  # fmt: skip
    assert len(asked(ListLogLines, text="BEGUN", host="db1")["results"]) == 1
    assert asked(ListLogLines, source="other")["results"] == []
    assert len(asked(ExportLogLines).content.splitlines()) == 5
    (told,) = asked(ShowLogTotals)["logs"]
    assert told["levels"] == {"info": 1, "error": 2, "text": 1}
    assert (told["latencies"], told["mean_ms"], told["max_ms"]) == (2, 30, 40)


def test_the_lines_of_a_minute_stand_beside_an_alert(log: Path) -> None:
    write(log, "ERROR gone")
    follow()
    now_ns = time.time_ns()
    assert [line.text for line in lines_of_minute("db1", now_ns)] == ["gone"]
    assert [line.text for line in lines_of_minute("riskgw@db1", now_ns)] == ["gone"]
    assert lines_of_minute("db2", now_ns) == []
    assert lines_of_minute("db1", now_ns + 61 * 10**9) == []


def test_our_own_logs_are_followed_by_default_and_old_lines_forgotten(
    tmp_path: Path, settings: Any
) -> None:
    settings.RISKGW_HOME, settings.RISKGW_LOG_FOLDERS = tmp_path, [str(tmp_path / "logs")]
    (tmp_path / "logs").mkdir()
    write(tmp_path / "logs" / "web.log", "2020-11-22 21:00:00,000 WARNING riskgw: away")
    write(tmp_path / "logs" / "queue.log", "1:M 22 Nov 2020 21:00:00.575 * up")
    begin_logs()
    begin_logs()
    assert follow() == Followed(2, 2)
    assert set(LogLine.objects.values_list("source", "level")) == {
        ("web", "warning"), ("queue", "info"),
    }  # fmt: skip
    forget_lines(time.time_ns(), 14)
    assert texts() == []
