"""The engine's commands: what they refuse in one line, and the proof that a log explains itself."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command

from quoting.domain.cell import Gesture
from quoting.io.decision_log import file_names
from quoting.io.engine_run import EngineProcess, Place
from tests.quoting.io.engine_sides import running, settings


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.RISKGW_HOME = tmp_path
    settings.ENGINE_SOCKET = tmp_path / "engine.sock"
    return tmp_path


def written(folder: Path, data: bytes) -> Path:
    path = folder / "settings.json"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", [b"", b"{", b'{"links":[{"name":"CHANNEL1"}]}'])
def test_settings_that_are_none_are_refused_in_one_line(home: Path, data: bytes) -> None:
    with pytest.raises(CommandError, match=r"settings\.json"):
        call_command("run_quote_engine", settings_file=written(home, data), port=0)


def test_a_pair_that_nobody_could_be_told_of_is_refused(home: Path) -> None:
    made = msgspec.structs.replace(settings(), links=())
    path = written(home, msgspec.json.encode(made))
    with pytest.raises(CommandError, match="nobody is known as CHANNEL1"):
        call_command("run_quote_engine", settings_file=path, port=0)


def test_a_second_engine_is_refused(home: Path) -> None:
    first = EngineProcess(Place(home / "quoting", home / "engine.sock"), settings)
    path = written(home, msgspec.json.encode(settings()))
    with pytest.raises(CommandError, match="already"):
        call_command("run_quote_engine", settings_file=path, port=0)
    first.close()


def day(folder: Path) -> Path:
    """The log of an engine that ran."""

    async def run() -> None:
        async with running(folder) as engine:
            engine.tick()
            engine.touch(Gesture.START)
            await asyncio.sleep(0)

    asyncio.run(run())
    return folder / "quoting"


def test_a_log_is_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("replay_quotes", day(tmp_path))
    said = capsys.readouterr().out
    assert said.startswith("1 runs, ")
    assert "0 differ, 0 without their beginning" in said


def test_a_log_that_was_altered_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = day(tmp_path)
    path = log / file_names(log)[0]
    path.write_bytes(path.read_bytes().replace(b'"gesture":"start"', b'"gesture":"stop"', 1))
    with pytest.raises(SystemExit):
        call_command("replay_quotes", log)
    said = capsys.readouterr().out
    assert "2: logged" in said
    assert " 0 differ" not in said
