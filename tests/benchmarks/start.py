"""From nothing to the log-in page: `make run` in a fresh copy of the tree, then once more.

Cold: without a virtual environment and without a home, so that packages are installed (from
pip's cache or the index, as this machine has them), tables made and demo data written. Warm: the
same again, three times. Healthy: every process runs and every stage of every partition is well,
with the demo's trading day and rates.
"""

import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, ChildFailed
from tests.benchmarks.figures import Figure
from tests.running_system import STOP_SECONDS_MAX, RunningSystem, free_port

COLD_GOAL_SECONDS, WARM_GOAL_SECONDS, HEALTHY_GOAL_SECONDS = 60, 8, 30
WARM_ROUNDS = 3
# Whoever has to fetch every package over a slow line is told the time all the same.
_SECONDS_MAX = 600
_POLL_SECONDS = 0.02

Round = dict[str, float]


class MadeSystem(RunningSystem):
    """What a user starts: make, its install and the whole demo."""

    def __init__(self, tree: Path, home: Path) -> None:
        self._tree = tree
        port = free_port()
        super().__init__(home, port, PORT=str(port))

    def command(self, *_skipped: str) -> list[str]:
        return ["make", "-s", "-C", str(self._tree), "run"]

    def end(self) -> None:
        """make passes on the one and not what a terminal would send to all."""
        self._up.terminate()
        self._up.wait(STOP_SECONDS_MAX)
        self._output.close()


def measure(workshop: Workshop) -> list[Figure]:
    tree = workshop.folder / "tree"
    _copied(tree)
    # The path of a Unix socket below it has an end.
    with tempfile.TemporaryDirectory(prefix="rb-") as home:
        cold = _started(tree, Path(home))
        warm = [_started(tree, Path(home)) for _ in range(WARM_ROUNDS)]
    shutil.rmtree(tree)
    return [
        _figure(
            "make run in a fresh copy until the log-in page", COLD_GOAL_SECONDS, "page", [cold]
        ),
        _figure("make run once more until the log-in page", WARM_GOAL_SECONDS, "page", warm),
        _figure("the same until all is healthy", HEALTHY_GOAL_SECONDS, "healthy", warm),
    ]


def _figure(what: str, goal: int, name: str, rounds: list[Round]) -> Figure:
    """The longest counts."""
    seconds = sorted(each[name] for each in rounds)
    also = f"all healthy {rounds[0]['healthy']:.1f} s" if len(rounds) == 1 else ""
    ours = f"{seconds[-1]:.1f} s" + (f" ({seconds[0]:.1f}-{seconds[-1]:.1f})" if rounds[1:] else "")
    return Figure(what, ours, also, "", f"≤ {goal} s", seconds[-1] <= goal, rounds)


def _copied(tree: Path) -> None:
    """What a clone would hold, as the files are now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def _started(tree: Path, home: Path) -> Round:
    began = time.monotonic()
    system = MadeSystem(tree, home)
    try:
        while not _answers(f"{system.url}/login/"):
            _go_on(system, began)
        page = time.monotonic() - began
        while not system.is_healthy():
            _go_on(system, began)
        return {"page": page, "healthy": time.monotonic() - began}
    finally:
        system.end()


def _go_on(system: MadeSystem, began: float) -> None:
    if system.has_ended or time.monotonic() - began > _SECONDS_MAX:
        raise ChildFailed(f"make run: {system.said()[-2000:]}")
    time.sleep(_POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
