"""Tell everybody's screens what the thresholds of a rule are now."""

from monitoring.models import Rule
from monitoring.rule_queries import ThresholdRow, threshold_rows
from riskgw.bus.announce import announce_on_commit


def announce_thresholds(rule: Rule) -> list[ThresholdRow]:
    """A message for each, after the commit; the rows that were announced."""
    rows = threshold_rows(rule=rule)
    for row in rows:
        announce_on_commit("alerts", {"change": "threshold", "threshold": row})
    return rows
