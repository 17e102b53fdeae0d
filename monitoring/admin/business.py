"""Obligations of market makers, reliefs from them, and thresholds of business metrics."""

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from monitoring.actions.announce_metric_thresholds import announce_metric_thresholds
from monitoring.models import MetricThreshold, Obligation, ObligationRelief


@admin.register(MetricThreshold)
class MetricThresholdAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("metric", "exchange", "account", "symbol", "monitoring", "risk", "source_note")
    list_filter = ("metric", "exchange")

    def save_model(
        self,
        request: HttpRequest,
        obj: MetricThreshold,
        form: BaseModelForm[MetricThreshold],
        change: bool,  # Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        announce_metric_thresholds()

    def delete_model(self, request: HttpRequest, obj: MetricThreshold) -> None:
        super().delete_model(request, obj)
        announce_metric_thresholds()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MetricThreshold]) -> None:
        super().delete_queryset(request, queryset)
        announce_metric_thresholds()


@admin.register(Obligation)
class ObligationAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = (
        "exchange", "kind", "product", "account", "size_min", "presence_percent",
        "response_percent", "effective_from", "source_note",
    )  # fmt: skip
    list_filter = ("exchange", "kind")


@admin.register(ObligationRelief)
class ObligationReliefAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("exchange", "product", "symbol", "starts_at", "ends_at", "reason")
    list_filter = ("exchange", "reason")
