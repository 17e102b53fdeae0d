"""Settings from the environment: what cannot be read stops the start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from environ import ImproperlyConfigured

from riskgw.env import env, home, one_of
from riskgw.wiring.management.commands.up import refuse_home


@pytest.mark.parametrize(("said", "meant"), [("", "first"), ("first", "first"), ("last", "last")])
def test_one_of_some_words_is_the_first_where_nothing_is_said(
    said: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKGW_TCP_OVERLAP", said)
    assert one_of("RISKGW_TCP_OVERLAP", "first", "last") == meant


def test_without_the_variable_it_is_the_first_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RISKGW_TCP_OVERLAP", raising=False)
    assert one_of("RISKGW_TCP_OVERLAP", "first", "last") == "first"


def test_another_word_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKGW_TCP_OVERLAP", "Last")
    with pytest.raises(ImproperlyConfigured, match="RISKGW_TCP_OVERLAP is 'Last', not first or"):
        one_of("RISKGW_TCP_OVERLAP", "first", "last")


def test_a_number_that_is_none_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKGW_SHARDS", "two")
    with pytest.raises(ImproperlyConfigured, match=r"RISKGW_SHARDS: .*'two'"):
        env.int("RISKGW_SHARDS", 2)
    monkeypatch.setenv("RISKGW_SHARDS", "3")
    assert env.int("RISKGW_SHARDS", 2) == 3


def test_a_home_that_cannot_be_made_stops_the_start_with_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("RISKGW_HOME", str(file / "home"))
    with pytest.raises(ImproperlyConfigured, match=r"file/home: Not a directory"):
        home(tmp_path)


def test_where_too_little_is_free_nothing_begins(tmp_path: Path) -> None:
    refuse_home(tmp_path, 1)
    with pytest.raises(CommandError, match="MB are free"):
        refuse_home(tmp_path, 1 << 60)
    with pytest.raises(CommandError, match="No such file"):
        refuse_home(tmp_path / "gone", 1)


def test_a_port_that_there_is_not_is_refused_in_one_line(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", "80000"],
        env={**os.environ, "RISKGW_HOME": str(tmp_path)}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode != 0
    assert ran.stderr == "CommandError: port 80000: there is none; choose another with PORT=\n"
