"""Server and browser judge alike: both come to the same table of 10,000 random pairs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitoring.domain.business_metrics import STANDINGS, MetricCmp, Standing, judged

CASES = Path(__file__).parents[3] / "static" / "tests" / "judgements.json"


def numbers(cases: dict[str, Any]) -> Iterator[int]:
    """The generator that static/tests/judgement.test.ts has, too."""
    state = cases["seed"]
    while True:
        state = (state * cases["multiplier"] + cases["step"]) % cases["modulus"]
        yield state >> 8


def table(cases: dict[str, Any]) -> tuple[list[int], int]:
    random = numbers(cases)

    def figure() -> int | None:
        drawn = next(random)
        return None if drawn % 13 == 0 else drawn % cases["span"] - cases["span"] // 2

    totals, digest = [0, 0, 0], 0
    for _ in range(cases["count"]):
        cmp = MetricCmp(cases["cmps"][next(random) % len(cases["cmps"])])
        place = STANDINGS.index(judged(figure(), cmp, figure(), figure()))
        totals[place] += 1
        digest = (digest * 31 + place + 1) % cases["modulus"]
    return totals, digest


def test_10_000_random_pairs_are_judged_as_the_browser_judges_them() -> None:
    cases = json.loads(CASES.read_text())
    assert cases["count"] == 10_000
    assert table(cases) == (cases["totals"], cases["digest"])


@pytest.mark.parametrize(
    ("value", "cmp", "standing"),
    [
        (70, MetricCmp.BELOW, Standing.MONITORING),
        (69, MetricCmp.BELOW, Standing.RISK),
        (80, MetricCmp.BELOW, Standing.QUIET),
        (79, MetricCmp.BELOW, Standing.MONITORING),
        (None, MetricCmp.BELOW, Standing.QUIET),
    ],
)
def test_a_figure_at_its_threshold(value: int | None, cmp: MetricCmp, standing: Standing) -> None:
    assert judged(value, cmp, 80, 70) is standing


def test_at_least_and_above_differ_at_the_threshold() -> None:
    assert judged(80, MetricCmp.AT_LEAST, 80, 100) is Standing.MONITORING
    assert judged(80, MetricCmp.ABOVE, 80, 100) is Standing.QUIET
    assert judged(100, MetricCmp.AT_LEAST, None, 100) is Standing.RISK
