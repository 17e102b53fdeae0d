"""Tell everybody's screens what the thresholds of business metrics are now."""

from typing import Any

from monitoring.business_queries import threshold_lines
from riskgw.bus.announce import announce_on_commit


def announce_metric_thresholds() -> list[dict[str, Any]]:
    """All of them, after the commit; the rows that were announced."""
    lines = threshold_lines()
    announce_on_commit("alerts", {"change": "metric_thresholds", "thresholds": lines})
    return lines
