"""Channels, data sources, traders, limits and holidays."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from quoting.admin.telling import EngineAdmin
from quoting.models import (
    CurrencyHoliday,
    DataSource,
    QuoteChannel,
    QuoteLimit,
    QuotingTrader,
    SourceSymbol,
)
from quoting.queries import ending_holidays, years_of_holidays
from quoting.resources import (
    CurrencyHolidayResource,
    DataSourceResource,
    QuoteChannelResource,
    QuoteLimitResource,
    QuotingTraderResource,
)
from riskgw.reference.admin.calendars import left_text
from riskgw.reference.admin.records import list_text, number_text


@admin.register(QuoteChannel)
class QuoteChannelAdmin(EngineAdmin):
    resource_classes = (QuoteChannelResource,)
    list_display = (
        "name", "comp_id", "confirm", "confirm_ms", "on_unknown", "per_second", "is_enabled",
    )  # fmt: skip
    list_filter = ("is_enabled", "confirm")
    search_fields = ("name", "comp_id")
    fieldsets = (
        (None, {"fields": (("name", "comp_id", "is_enabled"),)}),
        (_("Answers"), {"fields": (("confirm", "confirm_ms", "on_unknown"),)}),
        (_("Rate"), {"fields": (("per_second", "burst"),)}),
    )
    empty_reason = _("Without a channel nothing is quoted.")


class SymbolInline(TabularInline):
    model = SourceSymbol
    extra = 0
    fields = ("pair", "symbol")
    hide_title = True


@admin.register(DataSource)
class DataSourceAdmin(EngineAdmin):
    resource_classes = (DataSourceResource,)
    list_display = ("name", "kind", "host", "port", "path", "is_enabled")
    list_filter = ("kind", "is_enabled")
    search_fields = ("name", "host", "target")
    inlines = (SymbolInline,)
    fieldsets = (
        (None, {"fields": (("name", "kind", "is_enabled"), ("host", "port", "path"))}),
        (
            _("Session"),
            {
                "fields": (
                    ("sender", "target", "keeps_numbers"),
                    ("username", "secret"),
                    ("heartbeat_seconds", "silent_seconds", "depth"),
                    ("pause_ms", "pause_ms_max", "speed"),
                )
            },
        ),
        (_("TLS"), {"fields": (("is_tls", "tls_servers", "tls_certificate"),)}),
    )
    empty_reason = _("Without a data source only manual prices can be quoted.")


@admin.register(QuotingTrader)
class QuotingTraderAdmin(EngineAdmin):
    resource_classes = (QuotingTraderResource,)
    list_display = ("name", "dead_man_seconds")
    search_fields = ("name",)
    fieldsets = ((None, {"fields": (("name", "dead_man_seconds"),)}),)
    empty_reason = _("Traders are added here under the names they sign in with.")


@admin.register(QuoteLimit)
class QuoteLimitAdmin(EngineAdmin):
    resource_classes = (QuoteLimitResource,)
    list_display = ("scope", "pair", "trader", "channel", "single", "net", "gross")
    list_filter = ("scope",)
    list_select_related = ("pair", "trader", "channel")
    fieldsets = (
        (None, {"fields": ("scope", ("pair", "trader", "channel"))}),
        (
            _("Units of the base currency"),
            {
                "fields": (("single_max", "net_max", "gross_max"),),
                "description": _("0 is without limit."),
            },
        ),
    )
    shown_instead = {"single_max": "single", "net_max": "net", "gross_max": "gross"}
    empty_reason = _("Without limits only strategies bound what is quoted.")

    @admin.display(description=_("single quote"), ordering="single_max")
    def single(self, row: QuoteLimit) -> str:
        return number_text(row.single_max or None)

    @admin.display(description=_("net position"), ordering="net_max")
    def net(self, row: QuoteLimit) -> str:
        return number_text(row.net_max or None)

    @admin.display(description=_("all that is quoted"), ordering="gross_max")
    def gross(self, row: QuoteLimit) -> str:
        return number_text(row.gross_max or None)


@admin.register(CurrencyHoliday)
class CurrencyHolidayAdmin(EngineAdmin):
    resource_classes = (CurrencyHolidayResource,)
    list_display = ("currency", "day", "name", "source_note")
    list_filter = ("currency",)
    date_hierarchy = "day"
    search_fields = ("name", "source_note")
    fieldsets = ((None, {"fields": (("currency", "day"), "name", "source_note")}),)
    empty_reason = _("Without holidays every weekday settles.")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and self.has_view_permission(request):
            if years := years_text():
                messages.info(request, years)
            for notice in holiday_notices():
                messages.warning(request, notice)
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response


def years_text() -> str:
    """Which years are entered; what is beyond settles on every weekday."""
    known = {name: years for name, years in years_of_holidays().items() if years is not None}
    spans = list_text(f"{name} {first}–{last}" for name, (first, last) in known.items())
    return gettext("Holidays are entered of: %(years)s.") % {"years": spans} if known else ""


def holiday_notices() -> list[str]:
    """What there is to say of currencies whose holidays end soon, one line a moment."""
    by_text: dict[str, list[str]] = {}
    for currency, days in ending_holidays(timezone.localdate()).items():
        when = gettext("is missing") if days is None else left_text(days)
        by_text.setdefault(when, []).append(currency)
    text = gettext("The list of holidays %(when)s: %(currencies)s.")
    return [
        text % {"when": when, "currencies": list_text(currencies)}
        for when, currencies in by_text.items()
    ]
