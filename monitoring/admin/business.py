"""Obligations of market makers, reliefs from them, and thresholds of business metrics."""

from collections.abc import Sequence

from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from monitoring.actions.announce_metric_thresholds import announce_metric_thresholds
from monitoring.admin.announced import AnnouncedAdmin
from monitoring.models import MetricThreshold, Obligation, ObligationRelief


@admin.register(MetricThreshold)
class MetricThresholdAdmin(AnnouncedAdmin, SimpleHistoryAdmin, ModelAdmin):
    list_display = ("metric", "exchange", "account", "symbol", "monitoring", "risk", "source_note")
    list_filter = ("metric", "exchange")

    def announce(self, ids: Sequence[int]) -> None:
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
