"""Commands of manage.py, each in a fork of one process that has imported what they need.

python -m tests.forked_commands reads lists of arguments, a line each, and tells what came of them.
"""

import json
import os
import runpy
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parent.parent
COMMANDS = (
    "capture.management.commands.decode",
    "riskgw.wiring.management.commands.replay",
    "riskgw.wiring.management.commands.simulate_day",
)


class ForkedCommands:
    """A command costs what it does, not two seconds of imports."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked_commands"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        words = [str(each) for each in arguments]
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        status, out, err = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(words, status, out, err)

    def stop(self) -> None:
        self._process.communicate()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    import_module("django").setup()
    for name in COMMANDS:
        import_module(name)
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            pid = os.fork()
            if not pid:
                _become(json.loads(line), out, err)
            _, status = os.waitpid(pid, 0)
            said = [_read(file) for file in (out, err)]
        print(json.dumps([os.waitstatus_to_exitcode(status), *said]), flush=True)  # noqa: T201  # its answer


def _become(arguments: list[str], out: BinaryIO, err: BinaryIO) -> None:
    """Ends as manage.py ends."""
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.argv = ["manage.py", *arguments]
    runpy.run_path("manage.py", run_name="__main__")
    sys.exit()


def _read(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    main()
