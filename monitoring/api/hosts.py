"""Hosts: what agents report, how each stands, and its figures over time."""

import re
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from rest_framework import serializers

from monitoring.actions.claim_host import NotItsHost, claim_host
from monitoring.actions.take_samples import take_samples
from monitoring.api.alerts import AlertArguments
from monitoring.api.exports import clock_text
from monitoring.api.host_results import (
    HostEvidenceResult,
    HostListResult,
    HostResult,
    SeriesListResult,
    SystemThresholdPage,
    TakenResult,
)
from monitoring.domain.host_sample import Faulty, Place, Report, checked, place_of
from monitoring.host_queries import (
    PROCESS_METRICS,
    Point,
    host_told,
    hosts_told,
    limit_book,
    places_of,
    series,
    standings,
    system_threshold_lines,
)
from monitoring.log_queries import lines_of_minute
from monitoring.models import Host, SystemEvidence, SystemThreshold
from riskgw.bus.connection import Unreachable, connect
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.reference.api_keys import key_of
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import Page
from riskgw.web.problems import FieldError, Problem, not_found

HOUR_NS = 3600 * NS_PER_SECOND
# Before and after an alert.
EVIDENCE_NS = 15 * 60 * NS_PER_SECOND
SPAN_NS_MAX = 400 * 24 * HOUR_NS
METRICS_MAX = 40
_NAME = r"^[A-Za-z0-9._:-]{1,80}$"
# What every agent asks with every report is read again after so long.
_KNOWN_SECONDS = 5.0
_KNOWN_MAX = 5_000
_client: list[Any] = []
# By host and key.
_reporters: dict[tuple[str, int | None], "_Reporter"] = {}


class _RawField(serializers.Field[Any, Any, Any, Any]):
    """As it was sent; msgspec converts it at once with the rest."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class SamplesArguments(serializers.Serializer[Any]):
    """Samples, oldest first: at_ns, values by name, the heaviest processes."""

    id = serializers.RegexField(_NAME, help_text="The host's name.")
    samples = _RawField(help_text="[{at_ns, values: {name: number}, heaviest: [...]}]")
    facts = serializers.DictField(required=False, default=dict)


class TakeSamples(Handler):
    """An agent's report; answers with our clock and the processes it is to watch."""

    arguments = SamplesArguments
    result = TakenResult
    is_express = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is in order needs no serializer; that names all that is wrong with any other."""
        name = given.get("id")
        is_named = isinstance(name, str) and re.fullmatch(_NAME, name) is not None
        if is_named and given.keys() == {"id", "samples", "facts"}:
            return dict(given)
        return super().read(given)

    def answer(self) -> Answer:
        values = self.values
        processes = _watched(values["id"], key_of(self.user))
        told = {"host": values["id"], "samples": values["samples"], "facts": values["facts"]}
        try:
            report = checked(msgspec.convert(told, Report))
        except (msgspec.ValidationError, Faulty) as error:
            raise _faulty("samples", str(error)) from None
        server_ns = time.time_ns()
        try:
            take_samples(_connected(), report)
        except Unreachable as error:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, "not_taken", f"Send it again: {error}") from None
        return Answer(
            {"accepted": len(report.samples), "server_ns": server_ns, "processes": processes}
        )


class ListHosts(Handler):
    """All hosts with their states, as on the topic `hosts`."""

    result = HostListResult

    def answer(self) -> Answer:
        return self.rendered(hosts_told(standings(), time.time_ns()))


class HostArguments(serializers.Serializer[Any]):
    """Which host."""

    name = serializers.CharField(max_length=80)


class ShowHost(Handler):
    """One host: its newest sample, its heaviest processes, what stands beyond a threshold."""

    arguments = HostArguments
    result = HostResult

    def answer(self) -> Answer:
        host = host_found(self.values["name"])
        told = host_told(host, places_of(host.name, standings()), limit_book())
        return self.rendered({
            **told, "facts": host.facts, "values": host.newest, "heaviest": host.heaviest,
            "note": host.note, "thresholds": list(_thresholds(host)),
        })  # fmt: skip


def _thresholds(host: Host) -> Iterator[dict[str, Any]]:
    """By figure, as plots draw them in."""
    book = limit_book()
    runbooks = dict(SystemThreshold.objects.exclude(runbook="").values_list("pk", "runbook"))
    for name in host.newest:
        limits = book.limits(host.name, place_of(name))
        if limits is not None:
            yield {
                "name": name, "warn": limits.warn, "limit": limits.limit, "clear": limits.clear,
                "for_seconds": limits.for_ns // NS_PER_SECOND,
                "runbook": runbooks.get(limits.id, ""),
            }  # fmt: skip


class ListSystemThresholds(Handler):
    """By what figures of hosts are judged."""

    result = SystemThresholdPage

    def answer(self) -> Answer:
        return self.rendered(Page(None, system_threshold_lines()))


class SeriesArguments(serializers.Serializer[Any]):
    """Which figures of which host, from when to when; without an end until now."""

    host = serializers.CharField(max_length=80)
    metrics = serializers.CharField(
        max_length=1_000, help_text="Names or metrics, separated by commas."
    )
    since = InstantField(required=False, help_text="without it, an hour")
    until = InstantField(required=False)


class ShowSystemMetrics(Handler):
    """Figures of a host over time; of longer times the means and highs of minutes or hours."""

    arguments = SeriesArguments
    result = SeriesListResult

    def answer(self) -> Answer:
        found = series_found(self.values)
        return self.rendered({
            "host": found.host.name, "since_ns": found.since_ns, "until_ns": found.until_ns,
            "series": [{"name": name, "points": points} for name, points in found.series.items()],
        })  # fmt: skip


class SeriesFound(NamedTuple):
    """What was asked for."""

    host: Host
    since_ns: int
    until_ns: int
    series: dict[str, list[Point]]


class SeriesExportArguments(ExportArguments, SeriesArguments):
    """What of whom, and the kind of file."""


class ExportSystemMetrics(Export):
    """Figures of a host as a file: a line a value, oldest first."""

    arguments = SeriesExportArguments
    name = "metrics"
    columns = (
        Column("host", lambda row: row[0]),
        Column("name", lambda row: row[1]),
        Column("at_ns", lambda row: row[2]),
        Column("time (UTC+8)", lambda row: clock_text(row[2])),
        Column("value", lambda row: _decimal(row[3])),
        Column("high", lambda row: _decimal(row[4])),
    )

    def rows(self) -> list[tuple[Any, ...]]:
        found = series_found(self.values)
        return [
            (found.host.name, name, *point) for name, each in found.series.items() for point in each
        ]


class ShowHostEvidence(Handler):
    """Of an alert about a host: its plot, the heaviest processes, what is to be done."""

    arguments = AlertArguments
    result = HostEvidenceResult

    def answer(self) -> Answer:
        found = SystemEvidence.objects.select_related("alert", "host").filter(
            alert__number=self.values["id"]
        )
        evidence = found.first()
        if evidence is None:
            raise not_found("There is no such alert about a host.")
        since_ns = evidence.alert.time_ns - EVIDENCE_NS
        until_ns = evidence.alert.time_ns + EVIDENCE_NS
        name = Place(evidence.metric, evidence.subject).name
        return self.rendered({
            "host": evidence.host.name, "name": name, "warn": evidence.warn,
            "limit": evidence.limit, "clear": evidence.clear, "runbook": evidence.runbook,
            "since_ns": since_ns, "until_ns": until_ns, "ended_ns": evidence.ended_ns,
            "points": series(evidence.host, [name], since_ns, until_ns).get(name, []),
            "lines": lines_of_minute(evidence.host.name, evidence.alert.time_ns),
            "heaviest": evidence.heaviest, "raised_ns": evidence.alert.time_ns,
        })  # fmt: skip


def series_found(values: dict[str, Any]) -> SeriesFound:
    host = host_found(values["host"])
    metrics = [each for each in values["metrics"].split(",") if each]
    if not 0 < len(metrics) <= METRICS_MAX:
        raise _faulty("metrics", f"1 to {METRICS_MAX} names")
    until_ns = values.get("until") or time.time_ns()
    since_ns = values.get("since") or until_ns - HOUR_NS
    if not 0 < until_ns - since_ns <= SPAN_NS_MAX:
        raise _faulty("since", "before the end, by at most 400 days")
    return SeriesFound(host, since_ns, until_ns, series(host, metrics, since_ns, until_ns))


def host_found(name: str) -> Host:
    host = Host.objects.filter(name=name).first()
    if host is None:
        raise not_found("There is no such host; it appears with its agent's first report.")
    return host


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _faulty(field: str, detail: str) -> Problem:
    errors = [FieldError(field, "invalid", detail)]
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", "Some arguments are not valid.", errors)


class _Reporter(NamedTuple):
    """A host by a key that may report for it, until when that is known, and what it watches."""

    until: float
    processes: list[str]


def _watched(host: str, key: int | None) -> list[str]:
    """Which processes to watch, for a key that may report for the host."""
    known = _reporters.get((host, key))
    if known is not None and time.monotonic() < known.until:
        return known.processes
    try:
        claim_host(host, key)
    except NotItsHost as refusal:
        raise Problem(HTTPStatus.FORBIDDEN, "not_its_host", str(refusal)) from None
    _look_again(host, key)
    return _reporters[host, key].processes


def _look_again(host: str, key: int | None) -> None:
    """At all that are known: hundreds of agents ask, and the admin may have given hosts away."""
    held = dict(Host.objects.values_list("name", "key")) | {host: key}
    book, until = limit_book(), time.monotonic() + _KNOWN_SECONDS
    known = [each for each in list(_reporters) if held.get(each[0], 0) == each[1]]
    if len(known) >= _KNOWN_MAX:
        known.clear()
    found = {
        (name, owner): _Reporter(until, book.subjects(name, PROCESS_METRICS))
        for name, owner in (*known, (host, key))
    }
    _reporters.clear()
    _reporters.update(found)


def _connected() -> Any:
    """One client a process; it keeps a connection for each thread."""
    if not _client:
        _client.append(connect())
    return _client[0]
