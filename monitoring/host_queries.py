"""Reads: hosts, their thresholds, their series."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from django.db.models import QuerySet

from monitoring.domain.host_metrics import ADVICE_EN, ADVICE_ZH, METRICS, Metric
from monitoring.domain.host_sample import Place, place_of
from monitoring.domain.host_series import step_for
from monitoring.domain.host_watch import LimitBook, state_of, worst
from monitoring.domain.ladder import Standing
from monitoring.models import Host, HostSample, HostStanding, SampleLayout, SystemThreshold
from riskgw.kernel.times import NS_PER_SECOND, instant_ns

# What tiles show of a host, beside its fullest disk.
TOLD = (Metric.CPU, Metric.MEMORY, Metric.LOAD, Metric.CLOCK)
HOSTS_TOLD_MAX = 1_000
THRESHOLDS_MAX = 5_000
POINTS_MAX = 20_000
# The figures by which an agent is told which processes to watch.
PROCESS_METRICS = (
    Metric.PROCESS, Metric.PROCESS_CPU, Metric.PROCESS_MEMORY, Metric.PROCESS_RESTARTS,
)  # fmt: skip


class Figure(NamedTuple):
    """Which place of which host."""

    host: str
    place: Place


class Point(NamedTuple):
    """A value and, of a minute or an hour, the highest in it."""

    at_ns: int
    value: float | None
    high: float | None


def limit_book() -> LimitBook:
    rows = SystemThreshold.objects.filter(is_active=True).select_related("host")
    return LimitBook.of(row.limits for row in rows)


def system_threshold_lines(ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Rows in use, all or those of some ids, as browsers judge by them."""
    rows = SystemThreshold.objects.filter(is_active=True).select_related("host")
    rows = rows if ids is None else rows.filter(pk__in=ids)
    return [_threshold_line(row) for row in rows.order_by("pk")[:THRESHOLDS_MAX]]


def _threshold_line(row: SystemThreshold) -> dict[str, Any]:
    facts = METRICS[Metric(row.metric)]
    return {
        "id": row.pk,
        "metric": row.metric,
        "host": row.host.name if row.host else "",
        "subject": row.subject,
        "warn": _text(row.warn),
        "limit": _text(row.limit),
        "clear": _text(row.clear),
        "for_seconds": row.for_seconds,
        "runbook": row.runbook,
        "cmp": str(facts.cmp),
        "unit": str(facts.unit),
        "subject_kind": str(facts.subject) or "subject",
        "is_magnitude": facts.is_magnitude,
        "rule": facts.code,
        "name": {"en": facts.name_en, "zh": facts.name_zh},
        "advice": {"en": ADVICE_EN, "zh": ADVICE_ZH},
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def standings() -> dict[Figure, Standing]:
    """Of all figures that ever reached a threshold."""
    rows = HostStanding.objects.values_list(
        "host__name", "metric", "subject", "height", "since_ns", "at_ns", "episode"
    )
    return {
        Figure(host, Place(metric, subject)): Standing(height, tuple(since), at_ns, episode)
        for host, metric, subject, height, since, at_ns, episode in rows
    }


def layout_of(names: Sequence[str]) -> SampleLayout:
    digest = hashlib.sha256(msgspec.json.encode(names)).hexdigest()
    layout, _ = SampleLayout.objects.get_or_create(digest=digest, defaults={"names": list(names)})
    return layout


def samples_between(host: Host, since_ns: int, until_ns: int) -> QuerySet[HostSample]:
    """As fine as a plot of so long a time shows it."""
    step = step_for((until_ns - since_ns) / NS_PER_SECOND)
    found = HostSample.objects.filter(host=host, step=step, at_ns__gte=since_ns)
    return found.filter(at_ns__lte=until_ns).select_related("layout").order_by("at_ns")


def series(
    host: Host, metrics: Sequence[str], since_ns: int, until_ns: int
) -> dict[str, list[Point]]:
    """By name, every series whose metric or name is among `metrics`."""
    found: dict[str, list[Point]] = {}
    for row in samples_between(host, since_ns, until_ns)[:POINTS_MAX]:
        for name, value, high in _numbers(row):
            if name in metrics or place_of(name).metric in metrics:
                found.setdefault(name, []).append(Point(row.at_ns, value, high))
    return found


def _numbers(row: HostSample) -> Iterator[tuple[str, Any, Any]]:
    highs = row.highs if row.highs is not None else row.means
    return zip(row.layout.names, row.means, highs, strict=True)


def hosts_told(found: Mapping[Figure, Standing], now_ns: int) -> dict[str, Any]:
    """The live state of all hosts: of each its state and its leading figures."""
    places: dict[str, dict[str, Standing]] = {}
    for figure, standing in found.items():
        places.setdefault(figure.host, {})[figure.place.name] = standing
    hosts, book = Host.objects.order_by("name")[:HOSTS_TOLD_MAX], limit_book()
    return {
        "as_of_ns": now_ns,
        "hosts": [host_told(host, places.get(host.name, {}), book) for host in hosts],
    }


def host_told(host: Host, places: Mapping[str, Standing], book: LimitBook) -> dict[str, Any]:
    raised = [
        {"name": name, "level": state_of([standing.height])}
        for name, standing in sorted(places.items())
        if standing.height
    ]
    levels = {each["level"] for each in raised}
    state = "limit" if "limit" in levels else "warn" if "warn" in levels else "ok"
    values = host.newest
    return {
        "name": host.name,
        "state": state if host.is_active else "unwatched",
        "at_ns": host.at_ns or None,
        "heard_ns": instant_ns(host.heard_at) if host.heard_at else None,
        "raised": raised,
        "held": _held(places),
        "figures": {
            **{name: values.get(name) for name in TOLD},
            str(Metric.DISK): worst(values, Metric.DISK),
        },
        "watched": _watched(host, book),
    }


def _held(places: Mapping[str, Standing]) -> list[dict[str, Any]]:
    """Since when figures have reached a rung, so that browsers know how long it has held."""
    return [
        {"name": name, "warn_ns": standing.since_ns[0], "limit_ns": standing.since_ns[1]}
        for name, standing in sorted(places.items())
        if any(standing.since_ns)
    ]


def _watched(host: Host, book: LimitBook) -> dict[str, float]:
    """The figures that a threshold is for, so that browsers judge them, too."""
    if not host.is_active:
        return {}
    return {
        name: value
        for name, value in host.newest.items()
        if value is not None and book.limits(host.name, place_of(name)) is not None
    }


def places_of(host: str, found: Mapping[Figure, Standing]) -> dict[str, Standing]:
    return {figure.place.name: each for figure, each in found.items() if figure.host == host}
