"""Programs are kept running, given up when they keep dying, and stopped in order."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from riskgw.wiring.supervisor import (
    RESTART_SPAN_SECONDS,
    RESTARTS_MAX,
    GaveUp,
    Program,
    Supervisor,
    pause_seconds,
)

SECONDS_MAX = 20
# The first pause before a process is started again.
BRIEF_PAUSE = 0.01
SLEEP = "import time; time.sleep(60)"
# Writes down when it was told to go, and goes.
LAST_WORDS = (
    "import signal, sys, time\n"
    "def go(*_):\n open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
    "signal.signal(signal.SIGTERM, go)\n"
    "print('ready', flush=True); time.sleep(60)"
)


def program(name: str, code: str, *arguments: object, rank: int = 0) -> Program:
    return Program(
        name, f"source of {name}", [sys.executable, "-c", code, *map(str, arguments)], rank
    )


def watched(supervisor: Supervisor, is_enough: Callable[[list[dict[str, Any]]], bool]) -> None:
    """Watch until the figures are as wanted."""
    ends = time.monotonic() + SECONDS_MAX

    def look(figures: list[dict[str, Any]]) -> None:
        assert time.monotonic() < ends, figures
        if is_enough(figures):
            supervisor.stop_soon()

    supervisor.watch(look)


def test_a_running_program_is_shown_with_both_names(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    supervisor.add(program("a", SLEEP))
    seen: list[dict[str, Any]] = []

    def is_enough(figures: list[dict[str, Any]]) -> bool:
        seen.extend(figures)
        return True

    watched(supervisor, is_enough)
    supervisor.stop()
    assert (seen[0]["name"], seen[0]["source_name"]) == ("a", "source of a")
    assert (seen[0]["state"], seen[0]["restarts"]) == ("running", 0)
    assert not Path(f"/proc/{seen[0]['pid']}").exists()


def test_a_program_that_is_killed_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    supervisor.add(program("a", SLEEP))
    killed: list[int] = []

    def is_enough(figures: list[dict[str, Any]]) -> bool:
        if not killed and figures[0]["pid"]:
            killed.append(figures[0]["pid"])
            os.kill(killed[0], signal.SIGKILL)
        return figures[0]["restarts"] == 1 and figures[0]["pid"] not in (None, *killed)

    watched(supervisor, is_enough)
    supervisor.stop()


def test_a_program_that_keeps_dying_stops_everything_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, backoff_seconds=BRIEF_PAUSE)
    supervisor.add(program("a", "raise SystemExit('no licence')"))
    began = time.monotonic()
    with pytest.raises(GaveUp, match=f"a died {RESTARTS_MAX} times: no licence"):
        supervisor.watch(lambda _: None)
    supervisor.stop()
    pauses = (pause_seconds(range(deaths), BRIEF_PAUSE) for deaths in range(1, RESTARTS_MAX))
    assert time.monotonic() - began >= sum(pauses)


def test_pauses_grow_and_leave_time_to_die_too_often() -> None:
    pauses = [pause_seconds(range(deaths)) for deaths in range(1, RESTARTS_MAX)]
    assert pauses == [0.1, 0.4, 1.6, 5.0]
    assert sum(pauses) < RESTART_SPAN_SECONDS / 4


def test_what_died_now_and_then_is_started_at_once() -> None:
    assert pause_seconds([0, 100, 200, 300]) == pause_seconds([300])
    assert pause_seconds([0, 100, 299, 300]) == pause_seconds([299, 300])


def test_higher_ranks_are_stopped_first(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    order = tmp_path / "order"
    for rank, name in enumerate(("queue", "web", "beat")):
        supervisor.add(program(name, LAST_WORDS, order, f"{name} ", rank=rank))
    while not all((tmp_path / f"{name}.log").read_text() for name in ("queue", "web", "beat")):
        time.sleep(0.05)
    supervisor.stop()
    assert order.read_text() == "beat web queue "


def test_who_does_not_go_is_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, stop_seconds=0.3)
    deaf = "import signal, time; signal.signal(15, 1); print('ready', flush=True); time.sleep(60)"
    supervisor.add(program("deaf", deaf))
    while not (tmp_path / "deaf.log").read_text():
        time.sleep(0.05)
    alive = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    (child,) = [each for each in alive if deaf in each.cmdline()]
    supervisor.stop()
    assert not child.is_running()


def test_a_supervisor_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from riskgw.wiring.supervisor import Program, Supervisor;"
        "s = Supervisor(Path(sys.argv[1]));"
        f"s.add(Program('a', 'a', [sys.executable, '-c', {SLEEP!r}], 0));"
        "s.watch(lambda figures: print(figures[0]['pid'], flush=True))"
    )
    reading, writing = os.pipe()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", code, str(tmp_path)],
        {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
    )
    os.close(writing)
    child = int(os.read(reading, 64).split()[0])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    ends = time.monotonic() + SECONDS_MAX
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        threading.Event().wait(0.05)
    assert not Path(f"/proc/{child}").exists()


def forked(name: str, work: Callable[[], object]) -> Program:
    return Program(name, f"source of {name}", work, 0)


def test_a_fork_says_what_it_says_into_its_own_log(tmp_path: Path) -> None:
    def work() -> None:
        os.write(1, f"at work {os.getpgid(0) == os.getpid()}\n".encode())
        time.sleep(60)

    supervisor = Supervisor(tmp_path)
    supervisor.add(forked("a", work))
    while not (tmp_path / "a.log").read_text().endswith("\n"):
        time.sleep(0.05)
    (child,) = [each for each in psutil.Process().children() if each.name() == "a"]
    supervisor.stop()
    assert (tmp_path / "a.log").read_text() == "at work True\n"
    assert not child.is_running()


def test_a_fork_that_is_killed_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    supervisor.add(forked("a", lambda: time.sleep(60)))
    killed: list[int] = []

    def is_enough(figures: list[dict[str, Any]]) -> bool:
        if not killed and figures[0]["pid"]:
            killed.append(figures[0]["pid"])
            os.kill(killed[0], signal.SIGKILL)
        return figures[0]["restarts"] == 1 and figures[0]["pid"] not in (None, *killed)

    watched(supervisor, is_enough)
    supervisor.stop()


def test_a_fork_that_keeps_failing_stops_everything_with_its_last_words(tmp_path: Path) -> None:
    def work() -> None:
        os.write(2, b"no licence\n")
        raise SystemExit(1)

    supervisor = Supervisor(tmp_path, backoff_seconds=BRIEF_PAUSE)
    supervisor.add(forked("a", work))
    with pytest.raises(GaveUp, match=f"a died {RESTARTS_MAX} times: no licence"):
        supervisor.watch(lambda _: None)
    supervisor.stop()


def test_a_fork_is_not_deaf_to_what_its_supervisor_hears(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    before = signal.signal(signal.SIGTERM, lambda *_: supervisor.stop_soon())
    try:
        supervisor.add(forked("a", lambda: time.sleep(60)))
        started = time.monotonic()
        time.sleep(0.2)
        supervisor.stop()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert time.monotonic() - started < SECONDS_MAX / 4
