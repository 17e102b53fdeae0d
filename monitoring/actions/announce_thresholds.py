"""Tell everybody's screens what the thresholds of a rule are now."""

from monitoring.models import Rule
from monitoring.rule_queries import ThresholdRow, threshold_rows
from riskgw.bus.announce import announce_all_on_commit

# Of one message, about 60 KB; a rule with more takes several.
MESSAGE_ROWS_MAX = 200


def announce_thresholds(rule: Rule) -> list[ThresholdRow]:
    """All of them in one message, after the commit; the rows that were announced."""
    rows = threshold_rows(rule=rule)
    starts = range(0, len(rows), MESSAGE_ROWS_MAX)
    pieces = [rows[start : start + MESSAGE_ROWS_MAX] for start in starts]
    announce_all_on_commit(
        "alerts", [{"change": "thresholds", "thresholds": piece} for piece in pieces]
    )
    return rows
