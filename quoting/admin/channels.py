"""Channels, data sources, traders, limits and holidays."""

from django.contrib import admin
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
from quoting.resources import (
    CurrencyHolidayResource,
    DataSourceResource,
    QuoteChannelResource,
    QuoteLimitResource,
    QuotingTraderResource,
)
from riskgw.reference.admin.records import number_text


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
    list_display = ("currency", "day", "name")
    list_filter = ("currency",)
    date_hierarchy = "day"
    search_fields = ("name",)
    fieldsets = ((None, {"fields": (("currency", "day"), "name")}),)
    empty_reason = _("Without holidays every weekday settles.")
