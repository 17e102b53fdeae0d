"""Lines of logs: searched, exported, counted."""

import time
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from monitoring.api.exports import clock_text
from monitoring.domain.log_format import LEVELS
from monitoring.log_queries import lines_found, logs_told
from monitoring.models import LogLine
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, PageResult, page


class LogFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    host = serializers.CharField(required=False, max_length=80)
    source = serializers.CharField(required=False, max_length=120)  # type: ignore[assignment]  # a field like any other
    level = serializers.ChoiceField(LEVELS, required=False)
    text = serializers.CharField(required=False, max_length=100, help_text="part of the line")
    since = InstantField(required=False)
    until = InstantField(required=False)


class LogListArguments(LogFilters, ListArguments):
    """Filters, and from where in the list."""


class LogExportArguments(ExportArguments, LogFilters):
    """Filters, and the kind of file."""


class LogLineResult(serializers.Serializer[Any]):
    """One line; level `text` is what fits no pattern."""

    id = serializers.IntegerField()
    at_ns = serializers.IntegerField()
    host = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field like any other
    level = serializers.ChoiceField(LEVELS)
    text = serializers.CharField()
    latency_ms = serializers.FloatField(allow_null=True)


class LogLinePage(PageResult):
    """Lines, newest first."""

    results = LogLineResult(many=True)


class LogTotalResult(serializers.Serializer[Any]):
    """A log in the last ten minutes."""

    source = serializers.CharField()  # type: ignore[assignment]  # a field like any other
    levels = serializers.DictField(child=serializers.IntegerField())
    latencies = serializers.IntegerField()
    mean_ms = serializers.FloatField(allow_null=True)
    max_ms = serializers.FloatField(allow_null=True)


class LogTotalsResult(serializers.Serializer[Any]):
    """All logs, as on the topic `logs`."""

    as_of_ns = serializers.IntegerField()
    logs = LogTotalResult(many=True)


class ListLogLines(Handler):
    """Lines of logs, newest first."""

    arguments = LogListArguments
    result = LogLinePage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        return self.rendered(page(lines_found(self.values), ("-at_ns", "-pk"), cursor))


class ShowLogTotals(Handler):
    """Lines by level and latencies of the last ten minutes."""

    result = LogTotalsResult

    def answer(self) -> Answer:
        return self.rendered(logs_told(time.time_ns()))


class ExportLogLines(Export):
    """Lines as a file, newest first."""

    arguments = LogExportArguments
    name = "logs"
    columns = (
        Column("time (UTC+8)", lambda line: clock_text(line.at_ns)),
        *(Column(each, attrgetter(each)) for each in ("at_ns", "host", "source", "level", "text")),
    )

    def rows(self) -> QuerySet[LogLine]:
        return lines_found(self.values).order_by("-at_ns", "-pk")
