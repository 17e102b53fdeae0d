"""Runs the processes of the product: starts, watches, restarts with back-off, stops in order."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import psutil

RESTARTS_MAX = 5
RESTART_SPAN_SECONDS = 60.0
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 0.1, 5.0
# Who has worked longer before its end is started again at once.
BRIEF_SECONDS = 10.0
STOP_SECONDS = 8.0
LOG_BYTES_MAX = 8 << 20
_POLL_SECONDS = 0.1
_TAIL_BYTES = 4096
_STDOUT, _STDERR = 1, 2
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_FORK = multiprocessing.get_context("fork")


class Program(NamedTuple):
    """One process: our name for it, the source's, what it runs; higher ranks are stopped first.

    It runs a command, or a function in a fork of ours: that begins at once, with all that has been
    imported by then. With a `nice` above 0 it gives way to the others where cores are few.
    """

    name: str
    source_name: str
    work: Sequence[str] | Callable[[], object]
    rank: int
    nice: int = 0


class GaveUp(RuntimeError):
    """A process died too often; says which and what it said last."""


@dataclass
class Child:
    """A program at work."""

    program: Program
    log: Path
    process: psutil.Process | None = None
    since_ns: int = 0
    restarts: int = 0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS_MAX))
    start_at: float = 0.0

    def figures(self) -> dict[str, Any]:
        """The row of the health page."""
        cpu_percent, rss_bytes, is_running = None, None, False
        if self.process is not None:
            try:
                cpu_percent = self.process.cpu_percent()
                rss_bytes = self.process.memory_info().rss
                is_running = True
            except psutil.NoSuchProcess:
                pass
        return {
            "name": self.program.name,
            "source_name": self.program.source_name,
            "pid": self.process.pid if self.process is not None and is_running else None,
            "state": "running" if is_running else "restarting",
            "since_ns": self.since_ns,
            "restarts": self.restarts,
            "cpu_percent": cpu_percent,
            "rss_bytes": rss_bytes,
        }


class Supervisor:
    """`folder` takes a log a process."""

    def __init__(
        self,
        folder: Path,
        stop_seconds: float = STOP_SECONDS,
        backoff_seconds: float = BACKOFF_SECONDS,
    ) -> None:
        self._folder = folder
        self._stop_seconds = stop_seconds
        self._backoff_seconds = backoff_seconds
        self._folder.mkdir(parents=True, exist_ok=True)
        self._children: list[Child] = []
        self._is_stopping = False

    def add(self, program: Program) -> None:
        """Start a program and keep it running."""
        child = Child(program, self._folder / f"{program.name}.log")
        self._children.append(child)
        self._start(child)

    def watch(self, each_second: Callable[[list[dict[str, Any]]], None]) -> None:
        """Until `stop_soon`; raises GaveUp when a process dies again and again."""
        next_figures = 0.0
        while not self._is_stopping:
            now = time.monotonic()
            for child in self._children:
                self._look_after(child, now)
            if now >= next_figures:
                next_figures = now + 1
                each_second([child.figures() for child in self._children])
            time.sleep(_POLL_SECONDS)

    def stop_soon(self) -> None:
        """From a signal handler: `watch` returns."""
        self._is_stopping = True

    def stop(self) -> None:
        """End all, rank by rank; who does not go in time is killed."""
        for rank in sorted({child.program.rank for child in self._children}, reverse=True):
            running = [
                child.process
                for child in self._children
                if child.program.rank == rank and child.process is not None
            ]
            for process in running:
                _signal_group(process.pid, signal.SIGTERM)
            _, alive = psutil.wait_procs(running, self._stop_seconds)
            for left in alive:
                _signal_group(left.pid, signal.SIGKILL)
                left.wait()
        self._children.clear()

    def _look_after(self, child: Child, now: float) -> None:
        if child.process is None:
            if now >= child.start_at:
                child.restarts += 1
                self._start(child)
            return
        try:
            child.process.wait(0)
        except psutil.TimeoutExpired:
            return
        child.process = None
        child.deaths.append(now)
        if len(child.deaths) == RESTARTS_MAX and now - child.deaths[0] < RESTART_SPAN_SECONDS:
            raise GaveUp(
                f"{child.program.name} died {RESTARTS_MAX} times: {_last_words(child.log)}"
            )
        child.start_at = now + pause_seconds(child.deaths, self._backoff_seconds)

    def _start(self, child: Child) -> None:
        if child.log.exists() and child.log.stat().st_size > LOG_BYTES_MAX:
            child.log.replace(child.log.with_suffix(".log.1"))
        with child.log.open("ab") as log:
            child.process = _begun(child.program, log)
        child.since_ns = time.time_ns()


def pause_seconds(deaths: Sequence[float], first: float = BACKOFF_SECONDS) -> float:
    """After the last of these deaths; what a process has long outlived does not count."""
    lately = sum(deaths[-1] - each < BRIEF_SECONDS for each in deaths)
    return min(first * 4.0 ** (lately - 1), BACKOFF_SECONDS_MAX)


def _begun(program: Program, log: IO[bytes]) -> psutil.Process:
    if not callable(program.work):
        return psutil.Popen(
            program.work,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=partial(_begin, program),
        )
    fork = _FORK.Process(target=_forked, args=(program, program.work, log), name=program.name)
    fork.start()
    assert fork.pid is not None
    return psutil.Process(fork.pid)


def _forked(program: Program, work: Callable[[], object], log: IO[bytes]) -> None:
    """In the child: as if it had been started by a command."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (_STDOUT, _STDERR):
        os.dup2(log.fileno(), stream)
    _begin(program)
    work()


def _begin(program: Program) -> None:
    """In the child. On Linux, whoever kills the supervisor leaves nothing behind."""
    os.nice(program.nice)
    if hasattr(os, "pidfd_open"):
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NAME, program.name.encode())


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _last_words(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
