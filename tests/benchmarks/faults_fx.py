"""What labelled faults of a made-up market do: milliseconds and sizes that a bad price stands.

A hundred of each kind; beside it the same market without cleansing. Prices of a provider that
freezes are good as far as anyone can tell: its rows say how long they were quoted from.
"""

from quoting.domain.generated_market_faults import FaultKind
from quoting.domain.settings import PairSettings
from riskgw.kernel.times import NS_PER_MS
from tests.quoting.domain.fault_day import (
    DAY_SETTINGS,
    UNPROTECTED,
    FaultDay,
    Outcome,
    in_units,
)

COUNT, SEED = 100, 8
_HEAD = f"{'fault':14}{'faults':>8}{'prices':>8}{'live':>6}{'ms':>10}{'most ms':>9}{'k×s':>12}"


def rows(settings: PairSettings) -> dict[FaultKind, list[Outcome]]:
    outcomes = FaultDay(SEED, COUNT, settings).run()
    return {kind: [each for each in outcomes if each.fault.kind is kind] for kind in FaultKind}


def table(settings: PairSettings) -> str:
    """A line a kind: faults, their prices, how many lived, for how long, thousands × seconds."""
    lines = [_HEAD]
    for kind, outcomes in rows(settings).items():
        ms = [each.live_ns // NS_PER_MS for each in outcomes]
        size = in_units(sum(each.live_size_ns for each in outcomes))
        prices, live = sum(each.prices for each in outcomes), sum(map(bool, ms))
        lines.append(
            f"{kind.value:14}{len(outcomes):8}{prices:8}{live:6}{sum(ms):10}{max(ms):9}{size:12}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(f"with cleansing\n{table(DAY_SETTINGS)}")  # noqa: T201  # its result
    print(f"\nwithout\n{table(UNPROTECTED)}")  # noqa: T201  # its result
