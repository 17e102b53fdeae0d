"""How hosts and their figures look to programs: docs/protocols/live.md."""

from typing import Any

from rest_framework import serializers

from monitoring.api.logs import LogLineResult
from monitoring.api.results import TextsResult

HOST_STATES = ("ok", "warn", "limit", "unwatched")


class TakenResult(serializers.Serializer[Any]):
    """How many samples were taken; our clock, for the agent's offset; whom to watch."""

    accepted = serializers.IntegerField()
    server_ns = serializers.IntegerField()
    processes = serializers.ListField(child=serializers.CharField())


class RaisedResult(serializers.Serializer[Any]):
    """A figure beyond a threshold."""

    name = serializers.CharField()
    level = serializers.CharField()


class HeldResult(serializers.Serializer[Any]):
    """Since when a figure has reached its thresholds, by the times of its samples."""

    name = serializers.CharField()
    warn_ns = serializers.IntegerField(allow_null=True)
    limit_ns = serializers.IntegerField(allow_null=True)


class HostRowResult(serializers.Serializer[Any]):
    """A host in the list; `heard_ns` by our clock, `at_ns` by its own."""

    name = serializers.CharField()
    state = serializers.ChoiceField(HOST_STATES)
    at_ns = serializers.IntegerField(allow_null=True)
    heard_ns = serializers.IntegerField(allow_null=True)
    raised = RaisedResult(many=True)
    held = HeldResult(many=True)
    figures = serializers.DictField(child=serializers.FloatField(allow_null=True))
    # Those that a threshold is for.
    watched = serializers.DictField(child=serializers.FloatField())


class HostListResult(serializers.Serializer[Any]):
    """All hosts."""

    as_of_ns = serializers.IntegerField()
    hosts = HostRowResult(many=True)


class HeavyResult(serializers.Serializer[Any]):
    """A process; 100 % is one core."""

    pid = serializers.IntegerField()
    name = serializers.CharField()
    user = serializers.CharField()
    cpu_percent = serializers.FloatField()
    memory_bytes = serializers.IntegerField()


class LimitResult(serializers.Serializer[Any]):
    """The threshold that a figure is judged by."""

    name = serializers.CharField()
    warn = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    clear = serializers.FloatField(allow_null=True)
    for_seconds = serializers.IntegerField()
    runbook = serializers.CharField()


class SystemThresholdResult(serializers.Serializer[Any]):
    """A threshold of hosts, one host, a disk or a process; empty is all. Numbers are text."""

    id = serializers.IntegerField()
    metric = serializers.CharField()
    host = serializers.CharField()
    subject = serializers.CharField()
    warn = serializers.CharField(allow_null=True)
    limit = serializers.CharField(allow_null=True)
    clear = serializers.CharField(allow_null=True)
    for_seconds = serializers.IntegerField()
    runbook = serializers.CharField()
    cmp = serializers.CharField()
    unit = serializers.CharField()
    subject_kind = serializers.CharField()
    is_magnitude = serializers.BooleanField()
    rule = serializers.CharField()
    name = TextsResult()
    advice = TextsResult()


class SystemThresholdPage(serializers.Serializer[Any]):
    """All that are in use."""

    next = serializers.CharField(allow_null=True)
    results = SystemThresholdResult(many=True)


class HostResult(HostRowResult):
    """A host with all its figures."""

    facts = serializers.DictField()
    values = serializers.DictField(child=serializers.FloatField(allow_null=True))
    heaviest = HeavyResult(many=True)
    thresholds = LimitResult(many=True)
    note = serializers.CharField()


class PointField(serializers.Field[Any, Any, Any, Any]):
    """[at_ns, value, high]."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return list(value)


class SeriesResult(serializers.Serializer[Any]):
    """One figure over time."""

    name = serializers.CharField()
    points = serializers.ListField(child=PointField())


class SeriesListResult(serializers.Serializer[Any]):
    """Figures of a host."""

    host = serializers.CharField()
    since_ns = serializers.IntegerField()
    until_ns = serializers.IntegerField()
    series = SeriesResult(many=True)


class HostEvidenceResult(serializers.Serializer[Any]):
    """What was known when a figure became an alert; the plot is of 15 minutes before and after."""

    host = serializers.CharField()
    name = serializers.CharField()
    warn = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    clear = serializers.FloatField(allow_null=True)
    runbook = serializers.CharField()
    since_ns = serializers.IntegerField()
    until_ns = serializers.IntegerField()
    points = serializers.ListField(child=PointField())
    heaviest = HeavyResult(many=True)
    lines = LogLineResult(many=True)
    ended_ns = serializers.IntegerField(allow_null=True)
    raised_ns = serializers.IntegerField()
