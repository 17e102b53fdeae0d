"""The seven business metrics: figures, series, thresholds; from the rows that were computed."""

from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from monitoring.actions.set_metric_threshold import (
    MetricThresholdUnknown,
    ThresholdsCrossed,
    set_metric_threshold,
)
from monitoring.api.exports import clock_text
from monitoring.api.results import TextsResult
from monitoring.business_queries import (
    decimal,
    figure_lines,
    figures_of,
    newest_day,
    series_of,
    sources,
    standings_of,
    threshold_book,
    threshold_lines,
    worst_first,
)
from monitoring.domain.business_metrics import BusinessMetric, Standing
from monitoring.models import MetricFigure
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import Page
from riskgw.web.problems import FieldError, Problem, not_found

FIGURES_MAX = 2_000
POINTS_MAX = 1_500
_METRICS = [str(each) for each in BusinessMetric]
_STANDINGS = [str(each) for each in Standing]


class WhoseArguments(serializers.Serializer[Any]):
    """Which figures: metrics separated by commas, an exchange, an account, a contract."""

    metric = serializers.CharField(required=False, max_length=200)
    exchange = serializers.CharField(required=False, max_length=12)
    account = serializers.CharField(required=False, max_length=40)
    symbol = serializers.CharField(required=False, max_length=40)


class BusinessFigureResult(serializers.Serializer[Any]):
    """A figure beside its thresholds; numbers are decimal text, null is unknown."""

    metric = serializers.ChoiceField(_METRICS)
    exchange = serializers.CharField()
    account = serializers.CharField()
    symbol = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    cmp = serializers.CharField()
    unit = serializers.CharField()
    monitoring = serializers.CharField(allow_null=True)
    risk = serializers.CharField(allow_null=True)
    threshold = serializers.IntegerField(allow_null=True)
    standing = serializers.ChoiceField(_STANDINGS)
    as_of_ns = serializers.IntegerField()
    details = serializers.DictField()


class BusinessResult(serializers.Serializer[Any]):
    """Of each metric whether it has a source today; without one there is no figure, never 0."""

    trading_day = serializers.DateField(allow_null=True)
    sources = serializers.DictField(child=serializers.BooleanField())
    count = serializers.IntegerField()
    results = BusinessFigureResult(many=True)


class MetricThresholdResult(serializers.Serializer[Any]):
    """Both thresholds of a metric, and whom they are for."""

    id = serializers.IntegerField()
    metric = serializers.ChoiceField(_METRICS)
    exchange = serializers.CharField()
    account = serializers.CharField()
    symbol = serializers.CharField()
    monitoring = serializers.CharField(allow_null=True)
    risk = serializers.CharField(allow_null=True)
    cmp = serializers.CharField()
    unit = serializers.CharField()
    source_note = serializers.CharField()
    rule = serializers.CharField()
    name = TextsResult()
    advice = TextsResult()


class MetricThresholdPage(serializers.Serializer[Any]):
    """All of them."""

    next = serializers.CharField(allow_null=True)
    results = MetricThresholdResult(many=True)


class ShowBusinessMetrics(Handler):
    """Figures of the newest trading day, those that stand highest first."""

    arguments = WhoseArguments
    result = BusinessResult

    def answer(self) -> Answer:
        return self.rendered(business_told(FIGURES_MAX, **self.values))


def business_told(count_max: int, metric: str = "", **whose: str) -> dict[str, Any]:
    """As REST and the topic say it."""
    day = newest_day()
    if day is None:
        return {"trading_day": None, "sources": sources(None), "count": 0, "results": []}
    rows = figures_of(day, metric.split(","), **whose)
    shown = worst_first(rows, day, count_max)
    return {
        "trading_day": day,
        "sources": sources(day),
        "count": rows.count(),
        "results": figure_lines(shown, threshold_book(), standings_of(day)),
    }


class SeriesOfArguments(serializers.Serializer[Any]):
    """One figure of one account, perhaps in one contract."""

    metric = serializers.ChoiceField(_METRICS)
    exchange = serializers.CharField(max_length=12)
    account = serializers.CharField(max_length=40)
    symbol = serializers.CharField(required=False, default="", max_length=40, allow_blank=True)


class PointResult(serializers.Serializer[Any]):
    """A figure at the end of a minute."""

    at_ns = serializers.IntegerField()
    value = serializers.CharField()


class BusinessSeriesResult(serializers.Serializer[Any]):
    """Both thresholds beside it, to be drawn in."""

    monitoring = serializers.CharField(allow_null=True)
    risk = serializers.CharField(allow_null=True)
    points = PointResult(many=True)


class ShowBusinessSeries(Handler):
    """A figure over the newest trading day."""

    arguments = SeriesOfArguments
    result = BusinessSeriesResult

    def answer(self) -> Answer:
        values = self.values
        key = values["exchange"], values["account"], values["symbol"]
        limits = threshold_book().of(values["metric"], key)
        day = newest_day()
        points = series_of(day, values["metric"], key, POINTS_MAX) if day else []
        return self.rendered({
            "monitoring": decimal(limits.monitoring) if limits else None,
            "risk": decimal(limits.risk) if limits else None,
            "points": [{"at_ns": at_ns, "value": value} for at_ns, value in points],
        })  # fmt: skip


class ExportBusinessArguments(ExportArguments, WhoseArguments):
    """Which figures, and the kind of file."""


class ExportBusinessMetrics(Export):
    """Figures of the newest trading day as a file, with all that stands behind each."""

    arguments = ExportBusinessArguments
    name = "business-metrics"
    columns = (
        Column("trading_day", lambda row: str(row.trading_day)),
        Column("metric", lambda row: row.metric),
        Column("exchange", lambda row: row.exchange),
        Column("account", lambda row: row.account),
        Column("symbol", lambda row: row.symbol),
        Column("value", lambda row: decimal(row.value) or ""),
        Column("as of (UTC+8)", lambda row: clock_text(row.as_of_ns)),
        Column("details", lambda row: " ".join(f"{n}={v}" for n, v in row.details.items())),
    )

    def rows(self) -> Any:
        day, metric = newest_day(), self.values.pop("metric", "")
        if day is None:
            return MetricFigure.objects.none()
        return figures_of(day, metric.split(","), **self.values)


class ListMetricThresholds(Handler):
    """The thresholds of all business metrics."""

    result = MetricThresholdPage

    def answer(self) -> Answer:
        return self.rendered(Page(None, threshold_lines()))


class SetMetricThresholdArguments(serializers.Serializer[Any]):
    """Which row, and both numbers; null is none."""

    id = serializers.IntegerField()
    monitoring = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    risk = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)


class SetMetricThreshold(Handler):
    """Other numbers; the next run of the computing module judges by them."""

    arguments = SetMetricThresholdArguments
    result = MetricThresholdResult

    def answer(self) -> Answer:
        values = self.values
        try:
            row = set_metric_threshold(values["id"], values["monitoring"], values["risk"])
        except MetricThresholdUnknown:
            raise not_found("There is no such threshold.") from None
        except ThresholdsCrossed as crossed:
            errors = [FieldError("risk", "crossed", str(crossed))]
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise Problem(status, "thresholds_crossed", str(crossed), errors) from None
        return self.rendered(row)
