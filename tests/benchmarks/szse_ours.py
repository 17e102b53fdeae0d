"""SZSE Binary by our listener: every fixed field unpacked, every checksum verified."""

from pathlib import Path

from capture.queries import batches, open_captures
from capture.wire.tap import Tap
from riskgw.messages.problem import Problem
from tests.benchmarks.decoders import Counts


def decode(path: Path) -> Counts:
    items = problems = 0
    for batch in batches(open_captures([path]), Tap()):
        items += len(batch.items)
        for item in batch.items:
            if type(item) is Problem:
                problems += 1
    return Counts(items - problems, problems)
