"""TDS from file to statements and values: CPU time a request with its answer, beside tshark."""

from tests.benchmarks import tshark
from tests.benchmarks.captures import Workshop
from tests.benchmarks.decoders import microseconds
from tests.benchmarks.figures import Figure, compared

ROUNDS, GOAL = 5, 2
_TSHARK = "tshark"


def measure(workshop: Workshop) -> list[Figure]:
    rounds = [_round(workshop) for _ in range(ROUNDS)]
    return [compared("TDS decode, a request", _TSHARK, rounds, GOAL)]


def _round(workshop: Workshop) -> dict[str, float]:
    figures = {"ours": microseconds("tds-ours", workshop, "tds")}
    if tshark.is_installed():
        figures[_TSHARK] = tshark.microseconds(tshark.TDS, workshop, "tds")
    return figures
