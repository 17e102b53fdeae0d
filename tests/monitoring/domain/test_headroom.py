"""Headroom rows: whether a cause persists, and when a figure begins anew."""

from typing import Any

import pytest

from monitoring.domain.headroom import still_at, with_reset
from riskgw.kernel.times import day_start_ns
from tests.days import FRIDAY, MONDAY
from tests.rules import OPEN_NS


def row(**changes: Any) -> dict[str, Any]:
    return {"rule": "P01", "value": 300, "restrict": 300, "limit": "400.5"} | changes


@pytest.mark.parametrize(
    ("changes", "level", "is_left"),
    [
        ({}, "restrict", True),
        ({"value": 299}, "restrict", False),
        ({"value": "400.5"}, "limit", True),
        ({"value": "400.49"}, "limit", False),
        ({"value": None}, "restrict", False),
        ({"restrict": None}, "restrict", False),
        ({"rule": "P02"}, "restrict", False),
        ({}, "warn", False),
    ],
)
def test_a_cause_persists_at_its_level_and_above(
    changes: dict[str, Any], level: str, is_left: bool
) -> None:
    assert bool(still_at([row(**changes)], "P01", level)) is is_left


def test_figures_begin_anew_with_the_night_session() -> None:
    assert with_reset(row(), OPEN_NS)["resets_at"] == "2026-11-23T13:00:00Z"
    friday_ns = OPEN_NS + day_start_ns(FRIDAY) - day_start_ns(MONDAY)
    assert with_reset(row(), friday_ns)["resets_at"] == "2026-11-27T13:00:00Z"
    assert with_reset(row(), 0)["resets_at"] is None
