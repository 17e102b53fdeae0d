"""An alert: which rule, how far over which thresholds, and the orders that recount to it."""

from typing import Any

import msgspec

from riskgw.kernel.words import Level


class Reading(msgspec.Struct, frozen=True):
    """One condition's value beside its threshold; counts are integers, the rest decimal text."""

    indicator: str
    value: int | str | None
    cmp: str
    threshold: int | str
    unit: str


class Alert(msgspec.Struct, frozen=True):
    """`order_refs` are the first, the last and at most 1,000 of the `order_count` orders.

    `action`, `mask` and `release` are what the rule's level asks for; `episode` is the key's
    number of episodes of the rule that day. A shadow rule's alert neither notifies nor restricts.
    """

    rule: str
    version: int
    level: Level
    key: dict[str, str]
    time_ns: int
    values: tuple[Reading, ...]
    order_count: int
    order_refs: tuple[str, ...]
    late: bool = False
    evidence: str | None = None
    shadow: bool = False
    action: str = ""
    mask: tuple[str, ...] = ()
    release: str = ""
    episode: int = 1

    @property
    def key_text(self) -> str:
        """The key as one line: account=A1 contract=SSE:600519."""
        return " ".join(f"{name}={value}" for name, value in self.key.items())

    @property
    def sort_key(self) -> tuple[int, str, str, str]:
        return self.time_ns, self.rule, self.level, self.key_text


# Shown only where a rule says something about them.
_EXTENSIONS = {"shadow": False, "action": "", "mask": (), "release": "", "episode": 1}


def alert_line(alert: Alert) -> dict[str, Any]:
    """The JSON shape of `replay`."""
    line = msgspec.to_builtins(alert)
    for name, default in _EXTENSIONS.items():
        if line[name] == default:
            del line[name]
    return {"kind": "alert", **line}
