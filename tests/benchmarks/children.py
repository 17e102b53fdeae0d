"""Everything measured runs in a process of its own, whose CPU time and memory the kernel counts."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from resource import struct_rusage
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
CHILD_SECONDS_MAX = 240
ALL_SECONDS_MAX = 1500
_STARTED = time.monotonic()
_POLL_SECONDS = 0.02


class ChildFailed(RuntimeError):
    """A measured process failed, or took longer than it may."""


class Spent(NamedTuple):
    """What a process took: user and system time, and the most memory it held at once."""

    cpu_seconds: float
    peak_bytes: int
    output: bytes


def python(*arguments: str | Path) -> list[str]:
    """Our interpreter, with these arguments."""
    return [sys.executable, *map(str, arguments)]


def run(command: Sequence[str], folder: Path, *, keep_output: bool = True) -> Spent:
    """Run a command to its end; `folder` takes its output, home and settings."""
    output = folder / "child.out" if keep_output else Path(os.devnull)
    errors = folder / "child.err"
    with output.open("wb") as out, errors.open("wb") as err:
        child = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=_env(folder)
        )
        try:
            status, usage = _waited(child)
        except BaseException:  # also Ctrl-C: nothing measured outlives us
            child.kill()
            child.wait()
            raise
    if status:
        tail = errors.read_text(errors="replace")[-500:]
        raise ChildFailed(f"{' '.join(map(str, command[:4]))}…: exit status {status}: {tail}")
    return Spent(
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * 1024,
        output.read_bytes() if keep_output else b"",
    )


def _waited(child: subprocess.Popen[bytes]) -> tuple[int, struct_rusage]:
    left = _STARTED + ALL_SECONDS_MAX - time.monotonic()
    deadline = time.monotonic() + min(CHILD_SECONDS_MAX, left)
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage
        if time.monotonic() > deadline:
            raise ChildFailed(f"{child.args!r}: took too long")
        time.sleep(_POLL_SECONDS)


def _env(folder: Path) -> dict[str, str]:
    """The user's own settings of this product and of Wireshark stay out of it."""
    return {
        **os.environ,
        "RISKGW_HOME": str(folder / "home"),
        "WIRESHARK_CONFIG_DIR": str(folder / "wireshark"),
        "PYTHONHASHSEED": "0",
    }
