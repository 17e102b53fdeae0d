"""Decoders in Python, each in a process of its own.

`python -m tests.benchmarks.decoders NAME FILE` prints its counts, the CPU seconds of the work,
and those that went into imports before it.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ChildFailed, python, run


class Counts(NamedTuple):
    """Messages or requests decoded, and what was not right about the capture."""

    messages: int
    problems: int


# Imported by name, so that no process pays for another one's imports.
DECODERS = {
    "szse-ours": "tests.benchmarks.szse_ours",
    "szse-rows": "tests.benchmarks.szse_rows",
    "szse-dpkt": "tests.benchmarks.szse_dpkt",
    "szse-dpkt-tuned": "tests.benchmarks.szse_dpkt_tuned",
    "tds-ours": "tests.benchmarks.tds_ours",
}


def main(name: str, path: Path) -> None:
    decode: Callable[[Path], Counts] = importlib.import_module(DECODERS[name]).decode
    imports = time.process_time()
    counts = decode(path)
    seconds = time.process_time() - imports
    sys.stdout.write(json.dumps({**counts._asdict(), "seconds": seconds, "imports": imports}))


def microseconds(name: str, workshop: Workshop, capture: str, *, is_pure: bool = False) -> float:
    """CPU time a message, imports apart; refuses a decoder that missed or doubted one."""
    path, count = workshop.capture(capture)
    command = python("-m", "tests.benchmarks.decoders", name, path)
    if is_pure:
        command = ["env", "RISKGW_PURE=1", *command]
    found = json.loads(run(command, workshop.folder).output)
    if (found["messages"], found["problems"]) != (count, 0):
        raise ChildFailed(f"{name}, {capture}: {count} messages were written, found {found}")
    return float(found["seconds"]) / count * 1e6


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
