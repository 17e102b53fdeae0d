"""Keep what counters tell their accounts hold before a trading day begins, for a cold start."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from monitoring.restriction_queries import latest_day
from riskgw.messages.base_data import PositionData
from riskgw.messages.counter_feed import fed_position
from riskgw.reference.actions.keep_overnight import keep_overnight, position_data


def keep_positions(told: Iterable[tuple[date, str, dict[str, Any]]]) -> None:
    """Items of the feed by trading day and source; later ones are no state of the day's beginning.

    An order of the last second may not be stored yet: accepted, positions are told before them.
    """
    parts: dict[tuple[date, str], list[PositionData]] = {}
    for day, source, item in told:
        parts.setdefault((day, source), []).append(position_data(fed_position(item)))
    newest = latest_day() if parts else None
    for (day, source), positions in parts.items():
        if newest is None or day > newest:
            keep_overnight(positions, day, source)
