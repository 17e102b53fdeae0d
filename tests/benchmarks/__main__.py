"""Runs the benchmarks named, or all; a row a figure, and `bench-results/NAME.json`.

Exit status 1 when one could not be measured. A goal that is missed is shown, not an error: the
figures of a busy machine say little.
"""

import json
import os
import platform
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import (
    engine,
    fan_out,
    faults_fx,
    fix,
    hosts,
    ledger,
    live,
    log_report,
    memory,
    modules,
    order_check,
    push,
    quoting,
    quoting_painted,
    replay,
    start,
    szse_decode,
    tds_decode,
    tshark,
)
from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, ChildFailed
from tests.benchmarks.figures import NOT_INSTALLED, Figure, table
from tests.benchmarks.pace import paced

RESULTS = ROOT / "bench-results"
BENCHMARKS: dict[str, Callable[[Workshop], list[Figure]]] = {
    "szse_decode": szse_decode.measure,
    "tds_decode": tds_decode.measure,
    "replay": replay.measure,
    "memory": memory.measure,
    "engine": engine.measure,
    "order_check": order_check.measure,
    "push": push.measure,
    "push_demo": push.measure_demo,
    "fan_out": fan_out.measure,
    "faults_fx": faults_fx.measure,
    "fix": fix.measure,
    "hosts": hosts.measure,
    "ledger": ledger.measure,
    "live": live.measure,
    "log_report": log_report.measure,
    "modules": modules.measure,
    "quoting": quoting.measure,
    "quoting_painted": quoting_painted.measure,
    "start": start.measure,
}


def main(names: list[str]) -> int:
    figures: list[Figure] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="riskgw-bench-") as folder:
        workshop = Workshop(Path(folder))
        environment = _environment(workshop)
        _say(", ".join(f"{name} {value}" for name, value in environment.items()))
        for name in names or list(BENCHMARKS):
            before = paced()
            started = time.perf_counter()
            try:
                measured = BENCHMARKS[name](workshop)
            except ChildFailed as error:
                _say(f"{name}: could not be measured: {error}")
                failed = True
                continue
            pace = f"{before} ms before, {paced()} after"
            _say(f"{name}: {time.perf_counter() - started:.0f} s; a fixed loop {pace}")
            _write(name, measured, {**environment, "pace": pace})
            figures += measured
    _say(f"\n{table(figures)}")
    return int(failed)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _environment(workshop: Workshop) -> dict[str, str]:
    """What the figures depend on beside the code."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "dpkt": version("dpkt"),
        "tshark": tshark.version(workshop) or NOT_INSTALLED,
    }


def _write(name: str, figures: list[Figure], environment: dict[str, str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    result = {"environment": environment, "figures": [figure.json() for figure in figures]}
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="name")
    sys.exit(main(parser.parse_args().names))
