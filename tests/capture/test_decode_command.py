"""`manage.py decode` as its users call it: in a process of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command

from tests.capture.decoding import CAPTURES, truth
from tests.fakes import Conversation, captured, pcap, szse, szse_logon, szse_order
from tests.forked_commands import ForkedCommands

ROOT = Path(__file__).parents[2]
SZSE, TDS = CAPTURES / "szse/szse_session.pcap", CAPTURES / "tds/pymssql_batch.pcap"
NOISE_BYTES = 10_000_000


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedCommands]:
    commands = ForkedCommands(os.environ | {"RISKGW_HOME": str(tmp_path_factory.mktemp("home"))})
    yield commands
    commands.stop()


def decode(*arguments: Any, commands: ForkedCommands) -> subprocess.CompletedProcess[str]:
    """The command; nothing it says may be a traceback."""
    done = commands.run("decode", *arguments)
    assert "Traceback" not in done.stderr
    return done


def lines(*arguments: Any, commands: ForkedCommands) -> list[dict[str, Any]]:
    done = decode(*arguments, commands=commands)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_messages_have_the_agreed_shape_and_are_numbered(commands: ForkedCommands) -> None:
    *messages, summary = lines(SZSE, commands=commands)
    agreed = ["kind", "n", "at_ns", "conn", "dir", "protocol", "type", "name", "fields"]
    said = [line for line in messages if line["kind"] == "message"]
    assert {tuple(line) for line in said} == {tuple(agreed)}
    assert [line["n"] for line in said] == list(range(1, len(said) + 1))
    assert summary["messages"]["szse"]["100101"] == sum(line["type"] == 100101 for line in said)
    problems = [line for line in messages if line["kind"] == "problem"]
    assert len(said) + len(problems) == len(messages)
    shape = {"kind", "problem", "conn", "at_ns", "detail", "bytes", "count"}
    assert problems
    assert all(set(line) == shape for line in problems)


@pytest.mark.parametrize(("choice", "kept"), [("first", 1), ("last", 7)])
def test_of_bytes_that_wait_and_differ_the_chosen_ones_count(
    commands: ForkedCommands, tmp_path: Path, choice: str, kept: int
) -> None:
    talk = Conversation()
    frames, start = [*talk.open(), talk.up(szse_logon()), talk.down(szse(1))], talk.seqs[0]
    later = start + len(szse_order(0))
    frames += [talk.up(szse_order(number), seq=later) for number in (1, 7)]
    path = tmp_path / "overlap.pcap"
    path.write_bytes(pcap(captured([*frames, talk.up(szse_order(0))])))
    found = lines(path, "--overlap", choice, commands=commands)
    orders = [line["fields"]["ClOrdID"] for line in found if line.get("type") == 100101]
    assert orders == ["A000000000", f"A{kept:09}"]
    (told,) = (line for line in found if line["kind"] == "problem")
    place = later - 1001 + szse_order(1).index(b"A000000001") + 9
    assert (told["problem"], told["bytes"]) == ("overlap_conflict", 2)
    assert f"byte {place} " in told["detail"]
    assert f"the {choice} were kept" in told["detail"]


def test_events_stand_behind_the_messages_they_come_from(commands: ForkedCommands) -> None:
    found = lines(TDS, "--events", commands=commands)
    seen = 0
    for line in found:
        if line["kind"] == "message":
            seen = line["n"]
        elif line["kind"] == "event":
            assert 0 < line["message"] <= seen
    events = [line for line in found if line["kind"] == "event"]
    assert [line["n"] for line in events] == list(range(1, len(events) + 1))
    orders = [int(e["order_ref"]) for e in events if e["event"] == "order"]
    known = truth("tds/pymssql_batch.pcap")["orders"]
    assert set(orders) <= {int(number) for number in known}
    assert found[-1]["events"]["order"] == len(orders)


def test_events_carry_the_counters_of_a_base(tmp_path: Path, commands: ForkedCommands) -> None:
    base = tmp_path / "day.labels.json"
    for database, counter, unknown in (("Ashare_OIW", "SQL", 0), ("another", None, 1)):
        counters = [{"code": "SQL", "databases": [database]}]
        systems = [{"code": "ANY", "addresses": ["0.0.0.0/0", "::/0"]}]
        tables = {"counters": counters, "access_systems": systems}
        base.write_text(json.dumps({"base": tables}))
        found = lines(TDS, "--events", "--base", base, commands=commands)
        events = [line for line in found if line["kind"] == "event"]
        assert {(each["counter"], each["access_system"]) for each in events} == {(counter, "ANY")}
        assert found[-1]["problems"].get("unknown_counter", 0) == unknown


@pytest.mark.parametrize("content", [None, "{", '{"base":{"counters":[{"code":1}]}}'])
def test_a_base_that_is_none_gives_one_line(
    content: str | None, tmp_path: Path, commands: ForkedCommands
) -> None:
    base = tmp_path / "day.labels.json"
    if content is not None:
        base.write_text(content)
    done = decode(TDS, "--events", "--base", base, commands=commands)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.parametrize("capture", [SZSE, TDS], ids=lambda path: path.stem)
def test_no_password_is_printed(capture: Path, commands: ForkedCommands) -> None:
    fields = [line.get("fields", {}) for line in lines(capture, commands=commands)]
    shown = [value for each in fields for name, value in each.items() if name.lower() == "password"]
    assert shown
    assert set(shown) <= {"***", ""}


def test_other_protocols_and_ports_can_be_left_out(commands: ForkedCommands) -> None:
    assert lines(TDS, "--protocol", "szse", commands=commands)[-1]["messages"] == {}
    assert lines(TDS, "--port", 1, commands=commands)[-1]["messages"] == {}
    assert lines(TDS, "--protocol", "tds", commands=commands)[-1]["messages"]["tds"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"rec_num,acc\n1,A000000001\n", "neither pcap nor pcapng"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "header is cut off"),
        (Random(1).randbytes(NOISE_BYTES), "neither pcap nor pcapng"),
    ],
    ids=["empty", "text", "cut", "noise"],
)
def test_a_file_that_is_no_capture_gives_one_line(
    content: bytes, why: str, tmp_path: Path, commands: ForkedCommands
) -> None:
    path = tmp_path / "file.pcap"
    path.write_bytes(content)
    done = decode(path, commands=commands)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert why in done.stderr


def test_a_file_that_is_not_there_or_a_folder_gives_one_line(
    tmp_path: Path, commands: ForkedCommands
) -> None:
    for path in (tmp_path / "none.pcap", tmp_path):
        done = decode(path, commands=commands)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_a_truncated_file_gives_what_it_holds_and_a_problem(
    tmp_path: Path, commands: ForkedCommands
) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(SZSE.read_bytes()[:-10])
    *_, problem, summary = lines(path, commands=commands)
    assert problem["problem"] == "truncated"
    assert summary["messages"]["szse"]
    assert summary["problems"]["truncated"] == 1


def test_link_types_that_are_not_read_are_named(tmp_path: Path, commands: ForkedCommands) -> None:
    path = tmp_path / "wireless.pcap"
    path.write_bytes(pcap(captured(Conversation().open()), link=105))
    problem, summary = lines(path, "--events", commands=commands)
    assert (problem["problem"], problem["conn"]) == ("unknown_type", None)
    assert problem["detail"] == "packets of link type 105 are not read"
    assert (summary["packets"], summary["problems"]) == (3, {"unknown_type": 1})


def test_strict_fails_for_a_problem_and_only_then(tmp_path: Path, commands: ForkedCommands) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(TDS.read_bytes()[:-10])
    assert decode(TDS, "--strict", commands=commands).returncode == 0
    assert decode(path, "--strict", commands=commands).returncode == 1
    assert decode(path, commands=commands).returncode == 0


@pytest.mark.parametrize("arguments", [[], ["--protocol", "ftp", SZSE], ["--port", "x", SZSE]])
def test_wrong_usage_is_refused(arguments: list[Any], commands: ForkedCommands) -> None:
    done = decode(*arguments, commands=commands)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.shared
def test_other_peoples_captures_give_a_summary_and_no_message_of_ours(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_tds = {"arkime_tds7.pcap", "ndpi_mssql_tds.pcap"}
    captures = sorted((shared / "captures/public").glob("*.pcap*"))
    assert len(captures) > 30
    for path in captures:
        call_command("decode", str(path), "--events")
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert found[-1]["events"] == {}, path.name
        if path.name not in with_tds:
            assert [line["kind"] for line in found] == ["summary"], path.name
