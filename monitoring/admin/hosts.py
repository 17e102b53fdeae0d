"""Hosts and the thresholds of their figures."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from monitoring.actions.announce_system_thresholds import announce_system_thresholds
from monitoring.admin.announced import AnnouncedAdmin
from monitoring.admin.sent import moment
from monitoring.models import Host, SystemThreshold
from riskgw.reference.admin.records import NOTHING, RecordAdmin, number_text


@admin.register(Host)
class HostAdmin(ModelAdmin):
    """A host comes with its agent's first report; it is never deleted, its alerts name it."""

    list_display = ("name", "is_active", "heard", "key", "note")
    list_select_related = ("key",)
    list_filter = ("is_active",)
    search_fields = ("name", "note")
    readonly_fields = ("name", "heard")
    fieldsets = ((None, {"fields": (("name", "heard"), "is_active", "key", "note")}),)
    empty_value_display = NOTHING
    empty_reason = _("A host appears here with its agent's first report.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Host | None = None) -> bool:
        return False

    @admin.display(description=_("last heard of"), ordering="heard_at")
    def heard(self, host: Host) -> str:
        return moment(host.heard_at)


@admin.register(SystemThreshold)
class SystemThresholdAdmin(AnnouncedAdmin, RecordAdmin):
    """The most specific one wins: host and subject, host, subject, all."""

    list_display = (
        "metric", "host", "subject", "warn_number", "limit_number", "clear_number", "for_seconds",
        "is_active",
    )  # fmt: skip
    list_display_links = ("metric",)
    list_filter = ("metric", "is_active")
    list_select_related = ("host",)
    search_fields = ("metric", "host__name", "subject")
    shown_instead = {
        "warn": "warn_number", "limit": "limit_number", "clear": "clear_number",
    }  # fmt: skip
    fieldsets = (
        (None, {"fields": (("metric", "is_active"), ("host", "subject"))}),
        (_("Threshold"), {"fields": (("warn", "limit"), ("clear", "for_seconds"), "runbook")}),
    )
    empty_reason = _("Without a threshold, no figure of a host is an alert.")

    def announce(self, ids: Sequence[int]) -> None:
        announce_system_thresholds(ids)

    @admin.display(description=_("warn"), ordering="warn")
    def warn_number(self, row: SystemThreshold) -> str:
        return number_text(row.warn)

    @admin.display(description=_("limit"), ordering="limit")
    def limit_number(self, row: SystemThreshold) -> str:
        return number_text(row.limit)

    @admin.display(description=_("ends at"), ordering="clear")
    def clear_number(self, row: SystemThreshold) -> str:
        return number_text(row.clear)
