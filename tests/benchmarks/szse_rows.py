"""SZSE Binary by the compiled kernel: every fixed field a column of a row, checksums verified.

No message becomes a Python object of its own; `szse_ours` measures that.
"""

from pathlib import Path

from capture.queries import batches, open_captures
from capture.wire.compiled import Records
from capture.wire.tap import Tap
from riskgw.messages.problem import Problem
from tests.benchmarks.decoders import Counts


def decode(path: Path) -> Counts:
    items = problems = 0
    for batch in batches(open_captures([path]), Tap()):
        items += len(batch.items)
        if not isinstance(batch, Records):
            problems += list(map(type, batch.items)).count(Problem)
    return Counts(items - problems, problems)
