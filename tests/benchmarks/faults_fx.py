"""What labelled faults of a made-up market do: milliseconds and sizes that a bad price stands.

A hundred of each kind; beside it the same market without cleansing. Prices of a provider that
freezes are good as far as anyone can tell: its rows say how long they were quoted from.
"""

from collections.abc import Sequence

from quoting.domain.generated_market_faults import FaultKind
from quoting.domain.settings import PairSettings
from riskgw.kernel.times import NS_PER_MS
from tests.benchmarks.captures import Workshop
from tests.benchmarks.figures import Figure
from tests.quoting.domain.fault_day import (
    DAY_SETTINGS,
    UNPROTECTED,
    WITHDRAWN_AT_ONCE,
    FaultDay,
    Outcome,
    in_units,
)

COUNT, SEED = 100, 8


def measure(workshop: Workshop) -> list[Figure]:
    with_cleansing, without = rows(DAY_SETTINGS), rows(UNPROTECTED)
    return [_figure(kind, with_cleansing[kind], without[kind]) for kind in FaultKind]


def rows(settings: PairSettings) -> dict[FaultKind, list[Outcome]]:
    outcomes = FaultDay(SEED, COUNT, settings).run()
    return {kind: [each for each in outcomes if each.fault.kind is kind] for kind in FaultKind}


def _figure(kind: FaultKind, ours: Sequence[Outcome], without: Sequence[Outcome]) -> Figure:
    is_at_once = kind in WITHDRAWN_AT_ONCE
    stood = sum(bool(each.live_ns) for each in ours)
    return Figure(
        f"{len(ours)} faults, {kind.value}: a bad price stood",
        _stood(ours),
        f"without cleansing {_stood(without)}",
        "",
        "never" if is_at_once else "",
        stood == 0 if is_at_once else None,
        [{"ms": each.live_ns // NS_PER_MS, "prices": each.prices} for each in ours],
    )


def _stood(outcomes: Sequence[Outcome]) -> str:
    ms = [each.live_ns // NS_PER_MS for each in outcomes]
    size = in_units(sum(each.live_size_ns for each in outcomes))
    return f"{sum(map(bool, ms))}×, {sum(ms):,} ms in all, most {max(ms):,} ms, {size:,} k×s"
