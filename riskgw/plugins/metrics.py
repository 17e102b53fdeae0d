"""Metrics of modules: thresholds are rows, readings stand in the queue server, bounded."""

import time
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from riskgw.bus.connection import Client
from riskgw.plugins.manifest import Manifest, MetricCmp
from riskgw.reference.models import FunctionModule, ModuleMetric

# Of what a module's metrics are told, all together: hosts, accounts, contracts.
READINGS_MAX = 5_000
KEY_SIZE_MAX = 80


class MetricUnknown(LookupError):
    """The manifest has no such metric."""


class TooManyReadings(Exception):
    """A module tells its metrics of more keys than are kept."""


class MetricLevel(StrEnum):
    """Where a reading stands between its thresholds."""

    OK = "ok"
    MONITORING = "monitoring"
    RISK = "risk"


def register_metrics(module: FunctionModule, manifest: Manifest) -> None:
    """Rows for metrics that have none; what people have set stays, what was said is renewed."""
    slowest = max((job.every_seconds for job in manifest.jobs), default=1)
    for metric in manifest.metrics:
        said = {
            "title": metric.title, "unit": metric.unit, "kind": metric.kind, "cmp": metric.cmp,
            "every_seconds": slowest,
        }  # fmt: skip
        set_at_first = {
            name: getattr(metric, name) for name in ("monitoring", "risk", "clear", "for_seconds")
        }
        row, is_new = ModuleMetric.objects.get_or_create(
            module=module,
            name=metric.name,
            defaults=said | set_at_first,
        )
        if not is_new and any(getattr(row, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(row, name, value)
            row.save()


def measure(client: Client, manifest: Manifest, metric: str, value: Decimal, key: str) -> None:
    """Keep a reading as the newest of its metric and key."""
    if metric not in {each.name for each in manifest.metrics}:
        raise MetricUnknown(metric)
    name, place = _key(manifest.name), f"{metric}|{key[:KEY_SIZE_MAX]}"
    if client.hlen(name) >= READINGS_MAX and not client.hexists(name, place):
        raise TooManyReadings(f"{READINGS_MAX} are kept")
    reading = {"value": f"{value:f}", "at_ns": time.time_ns()}
    client.hset(name, place, msgspec.json.encode(reading))


def readings(client: Client, module: str) -> list[dict[str, Any]]:
    """The newest of each metric and key, with the thresholds of now and where it stands."""
    rows = {row.name: row for row in ModuleMetric.objects.filter(module__name=module)}
    stored: Mapping[bytes, bytes] = client.hgetall(_key(module))
    found = []
    for place, text in sorted(stored.items()):
        metric, _, key = place.decode().partition("|")
        if row := rows.get(metric):
            reading = msgspec.json.decode(text)
            level = level_of(Decimal(reading["value"]), row.cmp, (row.monitoring, row.risk))
            found.append({"metric": metric, "key": key, "level": level, **reading})
    return found


def level_of(
    value: Decimal, cmp: str, thresholds: tuple[Decimal | None, Decimal | None]
) -> MetricLevel:
    """The highest level whose threshold is reached; on the threshold is reached."""
    monitoring, risk = thresholds
    if risk is not None and _is_reached(value, cmp, risk):
        return MetricLevel.RISK
    if monitoring is not None and _is_reached(value, cmp, monitoring):
        return MetricLevel.MONITORING
    return MetricLevel.OK


def _is_reached(value: Decimal, cmp: str, threshold: Decimal) -> bool:
    return value >= threshold if cmp == MetricCmp.AT_LEAST else value <= threshold


def _key(module: str) -> str:
    return f"modules.readings.{module}"
