"""Reads: lines of logs, and their counts."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from monitoring.models import LogCount, LogLine

TOLD_NS = 10 * 60 * 10**9
MINUTE_NS = 60 * 10**9
LINES_MAX = 200
SOURCES_MAX = 200


def lines_found(values: Mapping[str, Any]) -> QuerySet[LogLine]:
    """Those that fit all filters."""
    names = {"host": "host", "source": "source", "level": "level", "text": "text__icontains"}
    names |= {"since": "at_ns__gte", "until": "at_ns__lte"}
    return LogLine.objects.filter(
        **{names[name]: value for name, value in values.items() if name in names}
    )


def lines_of_minute(host: str, at_ns: int) -> list[LogLine]:
    """Of a host, or of the machine that our own processes run on: those before it, then after."""
    names = {host, host.rpartition("@")[2]}
    found = LogLine.objects.filter(host__in=names, at_ns__gte=at_ns - MINUTE_NS)
    found = found.filter(at_ns__lte=at_ns + MINUTE_NS // 2)
    return list(found.order_by("at_ns", "pk")[:LINES_MAX])


def logs_told(now_ns: int) -> dict[str, Any]:
    """Of each log of the last ten minutes its lines by level and its latencies."""
    rows: dict[str, dict[str, Any]] = {}
    for row in LogCount.objects.filter(minute_ns__gt=now_ns - TOLD_NS).order_by("source"):
        fresh = {"source": row.source, "levels": {}, "latencies": 0, "sum": 0.0, "max_ms": None}
        told = rows.setdefault(row.source, fresh)
        told["levels"][row.level] = told["levels"].get(row.level, 0) + row.lines
        told["latencies"] += row.latencies
        told["sum"] += row.latency_sum_ms
        known = [each for each in (told["max_ms"], row.latency_max_ms) if each is not None]
        told["max_ms"] = max(known, default=None)
    for told in rows.values():
        total, number = told.pop("sum"), told["latencies"]
        told["mean_ms"] = round(total / number, 2) if number else None
    return {"as_of_ns": now_ns, "logs": list(rows.values())[:SOURCES_MAX]}
