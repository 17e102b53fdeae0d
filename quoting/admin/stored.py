"""What has happened: published quotes, withdrawals, requests, deals, gestures, faulty prices."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from quoting.domain.digits import exact
from quoting.models import (
    CleansedPrice,
    Deal,
    DeskAction,
    Pair,
    PriceRequest,
    PublishedQuote,
    Withdrawal,
)
from riskgw.kernel.times import NS_PER_MS, utc_datetime
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, number_text, time_text
from riskgw.web.spreadsheets import Cell, as_csv

EXPORT_ROWS_MAX = 50_000
PAIRS_OFFERED_MAX = 200


class PairFilter(admin.SimpleListFilter):
    """By pairs that are set up: a look through all rows for their names would take seconds."""

    title = _("pair")
    parameter_name = "pair"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = Pair.objects.order_by("name").values_list("name", flat=True)[:PAIRS_OFFERED_MAX]
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pair=self.value()) if self.value() else queryset


class StoredAdmin(ReadOnlyAdmin):
    """Newest first. Prices are told in the decimals of their pair."""

    actions = ("export_csv",)
    # Counting millions of rows twice is once too often.
    show_full_result_count = False
    list_display_links = ("time_shown",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        pairs = Pair.objects.filter(name=OuterRef("pair"))
        annotated: QuerySet[Any] = rows.annotate(
            pair_decimals=Subquery(pairs.values("decimals")[:1])
        )
        return annotated

    @admin.display(description=_("time (UTC+8)"), ordering="id")
    def time_shown(self, row: Any) -> str:
        return instant_text(row.at_ns)

    @admin.display(description=_("size"))
    def size_shown(self, row: Any) -> str:
        return number_text(row.size)

    @admin.display(description=_("price"))
    def price_shown(self, row: Any) -> str:
        return price_text(row, "price")

    @admin.display(description=_("bid"))
    def bid_shown(self, row: Any) -> str:
        return price_text(row, "bid")

    @admin.display(description=_("offer"))
    def ask_shown(self, row: Any) -> str:
        return price_text(row, "ask")

    @admin.display(description=_("answered after (ms)"))
    def took(self, row: Any) -> str:
        if row.answered_ns is None:
            return NOTHING
        return number_text((row.answered_ns - row.at_ns) // NS_PER_MS)

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        columns = [field.name for field in self.opts.fields if field.name not in ("id", "log")]
        rows = queryset.order_by("-pk")[:EXPORT_ROWS_MAX].iterator(2_000)
        response = HttpResponse(as_csv(columns, _cells(columns, rows)), "text/csv; charset=utf-8")
        name = f"{self.opts.model_name}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


@admin.register(PublishedQuote)
class PublishedQuoteAdmin(StoredAdmin):
    """Every price that was sent of a cell, and when the channel had it."""

    list_display = (
        "time_shown", "pair", "side", "level", "price_shown", "size_shown", "is_auto", "channel",
        "quote", "answer", "took",
    )  # fmt: skip
    list_filter = (PairFilter, "side", "answer")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("time_shown", "pair"), ("side", "level"), ("price_shown", "market_shown"),
                    ("size_shown", "is_auto"), ("channel", "quote"), ("answer", "took"),
                    ("log", "line", "place"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("A quote appears here when the engine publishes one.")

    @admin.display(description=_("automatic"), boolean=True)
    def is_auto(self, row: PublishedQuote) -> bool:
        return not row.is_manual

    @admin.display(description=_("market price"))
    def market_shown(self, row: PublishedQuote) -> str:
        return price_text(row, "market")


@admin.register(Withdrawal)
class WithdrawalAdmin(StoredAdmin):
    """What was taken back, why, and when the channel had heard of it."""

    list_display = (
        "time_shown", "pair", "side", "level", "reason", "channel", "quote", "answer", "took",
    )  # fmt: skip
    list_filter = (PairFilter, "reason", "answer")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("time_shown", "pair"), ("side", "level", "reason"), ("channel", "quote"),
                    ("answer", "took"), ("log", "line", "place"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("A withdrawal appears here when the engine takes a quote back.")


@admin.register(PriceRequest)
class PriceRequestAdmin(StoredAdmin):
    """Requests for prices, and what they were answered."""

    list_display = (
        "time_shown", "pair", "request", "party", "size_shown", "bid_shown", "ask_shown", "reason",
        "by", "took",
    )  # fmt: skip
    list_filter = (PairFilter, "reason")
    search_fields = ("request", "party")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("time_shown", "pair"), ("request", "party", "size_shown"),
                    ("bid_shown", "ask_shown"), ("reason", "by", "took"), ("log", "line", "place"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("A request appears here when a counterparty asks for a price.")


@admin.register(Deal)
class DealAdmin(StoredAdmin):
    """The last look at each request to deal: the same test for and against us."""

    list_display = (
        "time_shown", "pair", "deal", "party", "side", "size_shown", "price_shown", "is_accepted",
        "reason", "then_shown", "now_shown", "by",
    )  # fmt: skip
    list_filter = (PairFilter, "is_accepted", "side", "reason")
    search_fields = ("deal", "party")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("requested_shown", "time_shown"), ("pair", "deal", "party"),
                    ("side", "size_shown", "price_shown"), ("is_accepted", "reason", "by"),
                    ("then_shown", "now_shown", "tolerance"), ("log", "line", "place"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("A deal appears here when a counterparty asks for one.")

    @admin.display(description=_("requested"))
    def requested_shown(self, row: Deal) -> str:
        return instant_text(row.requested_ns)

    @admin.display(description=_("our price then"))
    def then_shown(self, row: Deal) -> str:
        return price_text(row, "price_at_request")

    @admin.display(description=_("our price now"))
    def now_shown(self, row: Deal) -> str:
        return price_text(row, "price_at_decision")


@admin.register(DeskAction)
class DeskActionAdmin(StoredAdmin):
    """Who did what at the desk, and what came of it."""

    list_display = (
        "time_shown", "by", "act", "pair", "side", "level", "value", "bound", "text", "is_refused",
        "reason",
    )  # fmt: skip
    list_filter = (PairFilter, "act", "is_refused")
    search_fields = ("by", "text")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("time_shown", "by"), ("act", "pair"), ("side", "level"), ("value", "bound"),
                    "text", ("is_refused", "reason"), ("log", "line", "place"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("What is done at the desk appears here.")


@admin.register(CleansedPrice)
class CleansedPriceAdmin(StoredAdmin):
    """Prices that failed a test, with what was found and what it was held against."""

    list_display = (
        "time_shown", "pair", "source", "provider", "rule", "value", "bound", "bid_shown",
        "ask_shown",
    )  # fmt: skip
    list_filter = (PairFilter, "rule")
    search_fields = ("source", "provider")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("time_shown", "pair"), ("source", "provider"), ("rule", "value", "bound"),
                    ("bid_shown", "ask_shown"), ("log", "line", "place"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("A price appears here when it is not believed.")


def price_text(row: Any, column: str) -> str:
    """In the decimals of the pair; in ticks where there is none of the name any more."""
    ticks = getattr(row, column)
    if ticks is None:
        return NOTHING
    return str(ticks) if row.pair_decimals is None else exact(ticks, row.pair_decimals)


def instant_text(at_ns: int) -> str:
    return time_text(utc_datetime(at_ns))


def _cells(columns: list[str], rows: Iterable[Any]) -> Iterable[list[Cell]]:
    for row in rows:
        yield [_cell(getattr(row, column)) for column in columns]


def _cell(value: Any) -> Cell:
    return int(value) if isinstance(value, bool) else value
