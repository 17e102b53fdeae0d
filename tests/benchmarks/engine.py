"""The rule engine: all shipped rules, one exact count beside two peers, memory by key."""

import json
import statistics
from importlib.util import find_spec
from typing import Any

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import python, run
from tests.benchmarks.figures import Figure, compared

ROUNDS, COUNT_ROUNDS = 3, 5
# Events per CPU-second of the engine; what enrichment takes beside it is told beside it.
GOAL = 15_000
PEERS = {"streamz": 10.0, "bytewax": 20.0}
_COSTLIEST = 5


def measure(workshop: Workshop) -> list[Figure]:
    return [_rules(workshop), _enriched(workshop), *_count(workshop), _memory(workshop)]


def _rules(workshop: Workshop) -> Figure:
    rounds = [_run(workshop, "rules") for _ in range(ROUNDS)]
    rates = [1e6 / each["us"] for each in rounds]
    rate = statistics.median(rates)
    alone = rounds[-1]["alone"]
    costliest = sorted(alone, key=lambda code: -alone[code])[:_COSTLIEST]
    return Figure(
        f"engine with {rounds[0]['rules']} rules, events per CPU-second",
        f"{rate:,.0f} ({min(rates):,.0f}-{max(rates):,.0f})",
        "alone, µs: " + ", ".join(f"{code} {alone[code]:.1f}" for code in costliest),
        goal=f"≥ {GOAL:,}",
        is_met=rate >= GOAL,
        rounds=[{"us": each["us"], **each["alone"]} for each in rounds],
    )


def _enriched(workshop: Workshop) -> Figure:
    rounds = [_run(workshop, "enriched")["us"] for _ in range(ROUNDS)]
    rates = [1e6 / us for us in rounds]
    return Figure(
        "the same with the enrichment before it, events per CPU-second",
        f"{statistics.median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})",
        rounds=[{"us": us} for us in rounds],
    )


def _count(workshop: Workshop) -> list[Figure]:
    rounds: list[dict[str, float]] = []
    for _ in range(COUNT_ROUNDS):
        spent = {"ours": _run(workshop, "ours")["us"]}
        spent |= {peer: _run(workshop, peer)["us"] for peer in PEERS if find_spec(peer)}
        rounds.append(spent)
    return [
        compared(f"one exact 1 s count, an event, beside {peer}", peer, rounds, goal)
        for peer, goal in PEERS.items()
    ]


def _memory(workshop: Workshop) -> Figure:
    kept = _run(workshop, "memory")
    return Figure(
        f"memory by active key, at {kept['keys']:,} keys of {kept['events']} events",
        f"sliding {kept['sliding']:.0f} B, day {kept['day']:.0f} B",
        rounds=[kept],
    )


def _run(workshop: Workshop, name: str) -> dict[str, Any]:
    spent = run(python("-m", "tests.benchmarks.engine_run", name), workshop.folder)
    measured: dict[str, Any] = json.loads(spent.output)
    return measured
