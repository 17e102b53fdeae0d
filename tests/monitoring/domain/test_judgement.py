"""Server and browser judge alike: both come to the same table of 10,000 random pairs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitoring.domain import host_watch, ladder
from monitoring.domain.business_metrics import STANDINGS, MetricCmp, Standing, judged
from monitoring.domain.host_metrics import Metric
from riskgw.kernel.times import NS_PER_SECOND

CASES = Path(__file__).parents[3] / "static" / "tests" / "judgements.json"
NS_PER_MS = 10**6


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


def ladders(cases: dict[str, Any]) -> tuple[list[int], int]:
    """Of figures of hosts that wait for nothing: how high each stands after one more sample."""
    random = numbers(cases)

    def rung() -> Decimal | None:
        drawn = next(random)
        return None if drawn % 5 == 0 else Decimal(drawn % 400) / 10

    totals, digest = [0, 0, 0], 0
    for _ in range(cases["count"]):
        metric = Metric.PROCESS if next(random) % 2 == 0 else Metric.CPU
        before = ladder.Standing(next(random) % 3, (None, None), 1)
        value = next(random) % 400 / 10
        limits = host_watch.Limits(1, metric, warn=rung(), limit=rung(), clear=rung())
        height = host_watch.judged(limits, before, value, 2).standing.height
        totals[height] += 1
        digest = (digest * 31 + height + 1) % cases["modulus"]
    return totals, digest


def test_10_000_random_ladders_of_hosts_are_climbed_as_the_browser_climbs_them() -> None:
    cases = json.loads(CASES.read_text())
    assert ladders(cases) == (cases["ladders"]["totals"], cases["ladders"]["digest"])


@dataclass
class Table:
    """How often which height, and a sum that tells every height and since when it was reached."""

    modulus: int
    totals: list[int] = field(default_factory=lambda: [0, 0, 0])
    digest: int = 0

    def take(self, standing: ladder.Standing) -> None:
        self.totals[standing.height] += 1
        since = [
            0 if began is None else (standing.at_ns - began) // NS_PER_MS + 1
            for began in standing.since_ns
        ]
        for each in (standing.height, *since):
            self.digest = (self.digest * 31 + each + 1) % self.modulus


def drawn_limits(random: Iterator[int], metric: Metric) -> host_watch.Limits:
    def rung() -> Decimal | None:
        drawn = next(random)
        return None if drawn % 6 == 0 else Decimal(drawn % 400) / 10

    warn, limit, clear = rung(), rung(), rung()
    for_ns = (0, 5, 10, 30)[next(random) % 4] * NS_PER_SECOND
    return host_watch.Limits(1, metric, "", "", warn, limit, clear, for_ns)


def course(random: Iterator[int], steps: int, table: Table) -> None:
    """Readings that must hold, come back, lie far apart; thresholds that change; who is silent."""
    is_silence = next(random) % 3 == 0
    metric = Metric.PROCESS if not is_silence and next(random) % 2 == 0 else Metric.CPU
    limits = drawn_limits(random, metric)
    at_ns = heard_ns = 1000 * NS_PER_SECOND
    standing = ladder.Standing(at_ns=at_ns)
    for _ in range(steps):
        at_ns += (next(random) % 12_000 + 1) * NS_PER_MS
        if next(random) % 20 == 0:
            at_ns += ladder.GAP_NS_MAX
        if next(random) % 5 == 0:
            heard_ns = at_ns
        value = (
            host_watch.silent_ms(heard_ns, at_ns) / 1000 if is_silence else next(random) % 400 / 10
        )
        is_late = next(random) % 25 == 0
        read_ns = standing.at_ns - 1 if is_late else at_ns
        standing = host_watch.judged(limits, standing, value, read_ns).standing
        table.take(standing)
        if next(random) % 8 == 0:
            limits = drawn_limits(random, metric)
            # Browsers judge the newest reading again when a threshold changes.
            figure = Decimal(str(value))
            standing = ladder.climbed(limits.ladder, standing, figure, standing.at_ns).standing
            table.take(standing)


def test_sequences_of_readings_are_judged_as_the_browser_judges_them() -> None:
    cases = json.loads(CASES.read_text())
    random, table = numbers(cases), Table(cases["modulus"])
    for _ in range(cases["courses"]["count"]):
        course(random, cases["courses"]["steps"], table)
    assert sum(table.totals) > 10_000
    assert (table.totals, table.digest) == (cases["courses"]["totals"], cases["courses"]["digest"])


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
