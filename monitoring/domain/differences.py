"""What one set of rules raises otherwise than another on the same events."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert


class Change(StrEnum):
    """What has become of an alert; NONE only where those that stayed are listed, too."""

    ADDED = "added"
    REMOVED = "removed"
    LEVEL = "level"
    NONE = "none"


class Difference(NamedTuple):
    """The alert as the new rules raise it, and at which level the old ones did if at another;
    a removed one as the old rules raised it."""

    change: Change
    alert: Alert
    level_before: Level | None = None


# A rule alerts a key at an instant; at which level is what may differ.
_Instant = tuple[str, str, int]


def differences(found: Sequence[Alert], before: Sequence[Alert]) -> list[Difference]:
    """Of the alerts that were not raised alike, in the order of their times."""
    (_, added), (_, removed) = _parted(found, before), _parted(before, found)
    before_by_instant = {_instant(alert): alert.level for alert in removed}
    moved = before_by_instant.keys() & {_instant(alert) for alert in added}
    return sorted(
        [
            *(_added(each, before_by_instant.get(_instant(each))) for each in added),
            *(Difference(Change.REMOVED, each) for each in removed if _instant(each) not in moved),
        ],
        key=lambda difference: difference.alert.sort_key,
    )


def compared(found: Sequence[Alert], before: Sequence[Alert]) -> list[Difference]:
    """All alerts of both in the order of their times; those that were raised alike once."""
    alike, _ = _parted(found, before)
    same = [Difference(Change.NONE, alert) for alert in alike]
    return sorted([*differences(found, before), *same], key=lambda each: each.alert.sort_key)


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


def _parted(these: Sequence[Alert], those: Sequence[Alert]) -> tuple[list[Alert], list[Alert]]:
    """Of `these`, those that have a like in `those`, each like taken once, and the others."""
    likes = Counter((_instant(alert), alert.level) for alert in those)
    alike: list[Alert] = []
    missing: list[Alert] = []
    for alert in these:
        like = _instant(alert), alert.level
        likes[like] -= 1
        (alike if likes[like] >= 0 else missing).append(alert)
    return alike, missing


def _added(alert: Alert, level_before: Level | None) -> Difference:
    return Difference(Change.LEVEL if level_before else Change.ADDED, alert, level_before)


def _instant(alert: Alert) -> _Instant:
    return alert.rule, alert.key_text, alert.time_ns
