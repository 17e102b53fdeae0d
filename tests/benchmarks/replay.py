"""`replay --inline` of a simulated day through the shipped rules: messages per CPU-second."""

import json
import statistics
from pathlib import Path

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, python, run
from tests.benchmarks.figures import Figure

ROUNDS = 3
SEED = 1
GOAL = 20_000
RULES = ROOT / "monitoring" / "catalogue" / "first_rules.json"


def measure(workshop: Workshop) -> list[Figure]:
    day = workshop.folder / "day.pcap"
    manage = ROOT / "manage.py"
    run(python(manage, "simulate_day", "--seed", str(SEED), "--out", day), workshop.folder)
    rounds = [_round(workshop, manage, day) for _ in range(ROUNDS)]
    rates = [each["messages"] / each["cpu_seconds"] for each in rounds]
    rate = statistics.median(rates)
    return [
        Figure(
            "replay of a day, messages per CPU-second",
            f"{rate:,.0f} ({min(rates):,.0f}-{max(rates):,.0f})",
            goal=f"≥ {GOAL:,}",
            is_met=rate >= GOAL,
            rounds=rounds,
        )
    ]


def _round(workshop: Workshop, manage: Path, day: Path) -> dict[str, float]:
    """The command's own count and CPU time: its work, without the imports before it."""
    arguments = ("--base", day.with_suffix(".labels.json"), "--rules", RULES)
    spent = run(python(manage, "replay", "--inline", day, *arguments), workshop.folder)
    summary = json.loads(spent.output.splitlines()[-1])
    return {
        "messages": summary["messages"],
        "alerts": len(spent.output.splitlines()) - 1,
        "cpu_seconds": summary["cpu_seconds"],
        "process_cpu_seconds": spent.cpu_seconds,
        "peak_bytes": spent.peak_bytes,
    }
