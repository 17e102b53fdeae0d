"""Which logs are followed, and in which format."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from monitoring.models import LogFormat, LogSource
from riskgw.reference.admin.records import RecordAdmin


@admin.register(LogFormat)
class LogFormatAdmin(RecordAdmin):
    list_display = ("name", "pattern", "time_format", "utc_offset_hours")
    search_fields = ("name", "pattern")
    fieldsets = ((None, {"fields": ("name", "pattern", ("time_format", "utc_offset_hours"))}),)
    empty_reason = _("Formats of our own logs come with the first run.")


@admin.register(LogSource)
class LogSourceAdmin(RecordAdmin):
    list_display = ("name", "path", "format", "host", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("format",)
    search_fields = ("name", "path", "host")
    fieldsets = ((None, {"fields": (("name", "is_active"), "path", ("format", "host"))}),)
    empty_reason = _("Our own logs come with the first run.")
