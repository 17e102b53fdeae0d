"""TDS by our listener: requests with their statements and parameters, answers with their rows."""

from pathlib import Path

from capture.queries import batches, open_captures
from capture.wire.tap import Tap
from capture.wire.tds.messages import Request
from riskgw.messages.problem import Problem
from tests.benchmarks.decoders import Counts

_LOG_ON = ("prelogin", "login7")


def decode(path: Path) -> Counts:
    requests = problems = 0
    for batch in batches(open_captures([path]), Tap()):
        for item in batch.items:
            if isinstance(item, Problem):
                problems += 1
            elif isinstance(item, Request) and item.type not in _LOG_ON:
                requests += 1
                problems += len(item.statements()) != 1
    return Counts(requests, problems)
