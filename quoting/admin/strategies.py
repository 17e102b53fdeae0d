"""Strategies: seen here, changed on the desk, where their prices can be compared first."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from quoting.models import Strategy, StrategyVersion
from riskgw.reference.admin.records import ReadOnlyAdmin, time_text


@admin.register(Strategy)
class StrategyAdmin(ReadOnlyAdmin):
    list_display = ("name", "pair", "newest")
    list_select_related = ("pair",)
    search_fields = ("name",)
    fieldsets = ((None, {"fields": (("name", "pair", "newest"),)}),)
    empty_reason = _("Strategies are saved on the page Quotes.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Strategy]:
        rows: QuerySet[Strategy] = super().get_queryset(request)
        return rows.annotate(newest_number=Max("versions__number"))

    @admin.display(description=_("newest version"))
    def newest(self, row: Any) -> int:
        number: int = row.newest_number
        return number


@admin.register(StrategyVersion)
class StrategyVersionAdmin(ReadOnlyAdmin):
    """What was saved at once; versions never change."""

    list_display = ("strategy", "number", "saved", "by", "comment")
    list_filter = ("strategy",)
    list_select_related = ("strategy",)
    search_fields = ("strategy__name", "by", "comment")
    fieldsets = (
        (None, {"fields": (("strategy", "number"), ("saved", "by"), "comment", "content_text")}),
    )
    empty_reason = _("Strategies are saved on the page Quotes.")

    @admin.display(description=_("saved"), ordering="at")
    def saved(self, row: StrategyVersion) -> str:
        return time_text(row.at)

    @admin.display(description=_("settings"))
    def content_text(self, row: StrategyVersion) -> SafeString:
        text = json.dumps(row.settings, ensure_ascii=False, indent=1)
        return format_html("<pre>{}</pre>", text)
