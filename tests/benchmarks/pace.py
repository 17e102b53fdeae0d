"""How fast the machine is just now: virtual cores share their silicon with strangers.

The same loop has been seen to take 150 and 260 ms within ten seconds, with nothing else running
here and none of the time counted as stolen.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

ROUNDS, STEPS = 10, 1_500_000


def paced() -> str:
    """Milliseconds of a fixed loop on all cores at once: the fastest, and the slowest."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        taken = [ms for found in pool.map(_rounds, range(cores)) for ms in found]
    return f"{min(taken):.0f}-{max(taken):.0f}"


def _rounds(_: int) -> list[float]:
    found = []
    for _round in range(ROUNDS):
        began, total = time.perf_counter(), 0
        for step in range(STEPS):
            total += step * step % 7
        found.append((time.perf_counter() - began) * 1000)
    return found
