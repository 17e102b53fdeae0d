"""python -m tests.e2e.module_jobs: the jobs of the function modules, as the default worker runs
them, until it is stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import django

ROOT = Path(__file__).parents[2]
PAUSE_SECONDS = 0.2


@contextmanager
def module_jobs(environment: Mapping[str, str]) -> Iterator[None]:
    """Beside a site whose environment this is."""
    command = [sys.executable, "-m", "tests.e2e.module_jobs"]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(environment))
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    django.setup()
    # Imported late: their models want Django to be set up.
    registry = import_module("riskgw.plugins.registry").registry()
    work = import_module("riskgw.wiring.modules").ModuleWork(registry)
    client = import_module("riskgw.bus.connection").connect()
    while True:
        work.look(client)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
