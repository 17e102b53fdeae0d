"""Tell everybody's screens what thresholds of hosts were changed, and which are gone."""

from collections.abc import Sequence

from monitoring.host_queries import system_threshold_lines
from riskgw.bus.announce import announce_on_commit


def announce_system_thresholds(ids: Sequence[int]) -> None:
    """After the commit; a row that is not in use is as one that was deleted."""
    lines = system_threshold_lines(ids)
    found = {line["id"] for line in lines}
    gone = [each for each in ids if each not in found]
    announce_on_commit(
        "alerts", {"change": "system_thresholds", "thresholds": lines, "removed": gone}
    )
