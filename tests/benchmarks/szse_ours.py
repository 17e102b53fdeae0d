"""SZSE Binary by our listener: every fixed field unpacked, every checksum verified."""

from pathlib import Path

from capture.queries import batches, open_captures
from capture.wire.tap import Tap
from riskgw.messages.problem import Problem
from tests.benchmarks.decoders import Counts


def decode(path: Path) -> Counts:
    messages = problems = 0
    for batch in batches(open_captures([path]), Tap()):
        for item in batch.items:
            if isinstance(item, Problem):
                problems += 1
            else:
                messages += 1
    return Counts(messages, problems)
