"""What one set of rules raises otherwise than another on the same events."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from riskgw.messages.alert import Alert


class Change(StrEnum):
    """What has become of an alert."""

    ADDED = "added"
    REMOVED = "removed"
    LEVEL = "level"


class Difference(NamedTuple):
    """The alert as the new rules raise it; a removed one as the old rules did."""

    change: Change
    alert: Alert


# A rule alerts a key at an instant; at which level is what may differ.
_Instant = tuple[str, str, int]


def differences(found: Sequence[Alert], before: Sequence[Alert]) -> list[Difference]:
    """Of the alerts that were not raised alike, in the order of their times."""
    added, removed = _missing(found, before), _missing(before, found)
    moved = {_instant(alert) for alert in added} & {_instant(alert) for alert in removed}
    return sorted(
        [
            *(Difference(_change(each, moved, Change.ADDED), each) for each in added),
            *(Difference(Change.REMOVED, each) for each in removed if _instant(each) not in moved),
        ],
        key=lambda difference: difference.alert.sort_key,
    )


def difference_line(difference: Difference) -> dict[str, Any]:
    """The JSON shape of `backtest --against`."""
    alert = msgspec.to_builtins(difference.alert)
    return {"kind": "difference", "change": str(difference.change), "alert": alert}


def counts_by_rule(alerts: Iterable[Alert]) -> dict[str, dict[str, int]]:
    """How many alerts each rule raised, by level."""
    counts: dict[str, Counter[str]] = {}
    for alert in alerts:
        counts.setdefault(alert.rule, Counter())[alert.level] += 1
    return {rule: dict(levels) for rule, levels in sorted(counts.items())}


def _missing(these: Sequence[Alert], those: Sequence[Alert]) -> list[Alert]:
    """Those of `these` that have no like in `those`, each like taken once."""
    likes = Counter((_instant(alert), alert.level) for alert in those)
    missing = []
    for alert in these:
        like = _instant(alert), alert.level
        likes[like] -= 1
        if likes[like] < 0:
            missing.append(alert)
    return missing


def _change(alert: Alert, moved: set[_Instant], otherwise: Change) -> Change:
    return Change.LEVEL if _instant(alert) in moved else otherwise


def _instant(alert: Alert) -> _Instant:
    return alert.rule, alert.key_text, alert.time_ns
