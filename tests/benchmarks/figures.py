"""A measured figure beside its goal: as a table row, and as JSON."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

NOT_INSTALLED = "not installed"
HEADINGS = ("what", "ours", "peer", "ratio", "goal", "verdict")


@dataclass(frozen=True)
class Figure:
    """`rounds` are the single measurements behind the medians; no goal, no verdict."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""
    is_met: bool | None = None
    rounds: Sequence[dict[str, float]] = field(default=())

    def row(self) -> tuple[str, ...]:
        verdict = {True: "met", False: "NOT MET", None: ""}[self.is_met]
        return self.what, self.ours, self.peer, self.ratio, self.goal, verdict

    def json(self) -> dict[str, Any]:
        return {**dict(zip(HEADINGS, self.row(), strict=True)), "rounds": list(self.rounds)}


def compared(
    what: str, peer: str, rounds: Sequence[dict[str, float]], goal: float | None
) -> Figure:
    """Rounds of microseconds, "ours" beside `peer`; a goal of so many times less than it."""
    pairs = [each for each in rounds if peer in each]
    goal_text = f"≥ {goal:g}×" if goal else ""
    if not pairs:
        ours = median_us(each["ours"] for each in rounds)
        return Figure(what, ours, f"{peer}: {NOT_INSTALLED}", "", goal_text, None, rounds)
    ratios = [each[peer] / each["ours"] for each in pairs]
    ratio = statistics.median(ratios)
    return Figure(
        what,
        median_us(each["ours"] for each in pairs),
        f"{peer} {median_us(each[peer] for each in pairs)}",
        f"{ratio:.1f}× ({min(ratios):.1f}-{max(ratios):.1f})",
        goal_text,
        ratio >= goal if goal else None,
        [{name: each[name] for name in ("ours", peer)} for each in pairs],
    )


def median_us(values: Iterable[float]) -> str:
    """Median and range of microseconds."""
    known = sorted(values)
    return f"{statistics.median(known):.2f} µs ({known[0]:.2f}-{known[-1]:.2f})"


def table(figures: Iterable[Figure]) -> str:
    """Rows under headings, columns aligned."""
    rows = [HEADINGS, *(figure.row() for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
