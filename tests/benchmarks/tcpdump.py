"""tcpdump as a measure: what reading a capture packet by packet costs at least."""

import os
import shutil

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import run


def is_installed() -> bool:
    return shutil.which("tcpdump") is not None


def microseconds(workshop: Workshop, capture: str) -> float:
    """CPU time a message of reading a capture through and writing it to nowhere."""
    path, count = workshop.capture(capture)
    # Else it becomes another user, who may not read our folder.
    same_user = ("-Z", "root") if os.geteuid() == 0 else ()
    command = ["tcpdump", *same_user, "-r", str(path), "-w", os.devnull]
    return run(command, workshop.folder).cpu_seconds / count * 1e6
