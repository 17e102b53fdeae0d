"""What the Order flow page shows beside the orders: TCP sessions and problems."""

from collections.abc import Mapping
from heapq import nlargest
from typing import Any

from monitoring.api.results import FeedProblemResult
from monitoring.queries import newest_problems

SESSIONS_SHOWN_MAX = 200
PROBLEMS_SHOWN_MAX = 50


def sessions_told(now_ns: int, decoded: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Those of all decode partitions that were last heard; names are decode.<feed>.<p>."""
    total = 0
    rows: list[dict[str, Any]] = []
    for name, figures in decoded.items():
        sessions = figures.get("sessions")
        if sessions is not None:
            total += sessions["total"]
            feed = name.split(".")[1]
            rows += [_session(feed, row) for row in sessions["rows"]]
    shown = nlargest(SESSIONS_SHOWN_MAX, rows, key=lambda row: row["last_ns"] or 0)
    return {"as_of_ns": now_ns, "total": total, "sessions": shown}


def _session(feed: str, row: dict[str, Any]) -> dict[str, Any]:
    client, _, server = row["conn"].partition(">")
    known = {name: row[name] or None for name in ("protocol", "user", "origin")}
    return {"feed": feed, "client": client, "server": server, **row, **known}


def problems_told(now_ns: int) -> dict[str, Any]:
    """The newest that are stored; REST has all of them."""
    rows = FeedProblemResult(newest_problems(PROBLEMS_SHOWN_MAX), many=True)
    return {"as_of_ns": now_ns, "newest": rows.data}
