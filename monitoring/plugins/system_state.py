"""System state: agents report samples of hosts; they are stored, judged, shown."""

import time
from typing import Any

from rest_framework import serializers

from monitoring.actions.begin_thresholds import begin_thresholds
from monitoring.actions.thin_samples import Kept, thin_samples
from monitoring.api.hosts import (
    ExportSystemMetrics,
    ListHosts,
    ListSystemThresholds,
    ShowHost,
    ShowHostEvidence,
    ShowSystemMetrics,
    TakeSamples,
)
from monitoring.host_intake import take_in
from monitoring.own_processes import report_own_processes
from riskgw.bus.connection import kept_client
from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import Job, Manifest, Topic, Work
from riskgw.web.handlers import Endpoint

_SEE = "monitoring.view_host"


class Settings(serializers.Serializer[Any]):
    """How long samples are kept, by how fine they are."""

    raw_hours = serializers.IntegerField(default=24, min_value=3, max_value=24 * 31)
    minute_days = serializers.IntegerField(default=31, min_value=2, max_value=400)
    hour_days = serializers.IntegerField(default=400, min_value=2, max_value=4_000)


def watch(work: Work) -> None:
    """What was reported since the last run, and who is silent."""
    begin_thresholds()
    client = kept_client()
    report_own_processes(client)
    told = take_in(client)
    if told is not None:
        work.publish("hosts", told)


def thin(work: Work) -> None:
    thin_samples(time.time_ns(), Kept(**work.settings))


MANIFEST = Manifest(
    name="system_state",
    version="1.0",
    title="System state",
    settings=Settings,
    endpoints=(
        Endpoint("POST", "hosts/<str:id>/samples", TakeSamples, "monitoring.report_samples"),
        Endpoint("GET", "hosts", ListHosts, _SEE),
        Endpoint("GET", "hosts/<str:name>", ShowHost, _SEE),
        Endpoint("GET", "metrics/system", ShowSystemMetrics, _SEE),
        Endpoint("GET", "metrics/system/export", ExportSystemMetrics, _SEE),
        Endpoint("GET", "metrics/system/thresholds", ListSystemThresholds, _SEE),
        Endpoint("GET", "alerts/<str:id>/host", ShowHostEvidence, _SEE),
    ),
    topics=(Topic("hosts", TopicKind.STATE, _SEE),),
    jobs=(Job("watch_hosts", 2, watch, 30), Job("thin_samples", 60, thin, 60)),
)
