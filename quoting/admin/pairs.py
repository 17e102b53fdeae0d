"""Currency pairs with their levels and choices of sources."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from quoting.admin.telling import EngineAdmin
from quoting.domain.digits import DigitsError, checked, drawn
from quoting.models import Pair, PairLevel, SourceChoice
from quoting.resources import PairResource
from riskgw.reference.admin.records import NOTHING, list_text, number_text

# Shown in the digits of the pair; its last ones tell them apart.
_EXAMPLE = 1234567890123


class LevelInline(TabularInline):
    model = PairLevel
    extra = 0
    fields = ("number", "size")
    hide_title = True


class ChoiceInline(TabularInline):
    model = SourceChoice
    extra = 0
    fields = ("place", "name", "sources")
    hide_title = True


@admin.register(Pair)
class PairAdmin(EngineAdmin):
    """In force at once: what is new is stopped, what is gone or disabled is withdrawn."""

    resource_classes = (PairResource,)
    list_display = (
        "name", "decimals", "digits_text", "levels_text", "choices_text", "channel", "trader",
        "strategy", "deal_mode", "is_enabled",
    )  # fmt: skip
    list_filter = ("channel", "trader", "is_enabled", "deal_mode")
    list_select_related = ("channel", "trader", "strategy__strategy")
    search_fields = ("name", "group")
    inlines = (LevelInline, ChoiceInline)
    readonly_fields = ("digits_text", "strategy")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "base", "terms"), ("trade_type", "value_days", "roll_cut"),
                    ("channel", "trader", "group"), ("strategy", "deal_mode", "is_enabled"),
                )
            },
        ),
        (
            _("Digits"),
            {
                "fields": (
                    ("decimals", "key_start", "key_len"), ("fraction_len", "big_figure_len"),
                    ("step", "digits_text"),
                )
            },
        ),
        (
            _("Bounds"),
            {
                "fields": (
                    ("price_low", "price_high", "unit_worth"), ("edit_scope", "profile"),
                )
            },
        ),
    )  # fmt: skip
    empty_reason = _("Without pairs there is nothing to quote.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pair]:
        pairs: QuerySet[Pair] = super().get_queryset(request)
        return pairs.prefetch_related("levels", "choices__sources")

    @admin.display(description=_("as drawn"))
    def digits_text(self, pair: Pair) -> SafeString | str:
        try:
            digits = checked(pair.digits)
        except (DigitsError, TypeError):
            return NOTHING
        ticks = _EXAMPLE % 10 ** (digits.decimals + 2)
        shown = drawn(ticks, digits)
        return format_html(
            "<small>{}{}</small><strong>{}</strong><small>{}</small>",
            shown.lead, shown.big_figure, shown.key, shown.fraction,
        )  # fmt: skip

    @admin.display(description=_("levels"))
    def levels_text(self, pair: Pair) -> str:
        return list_text(number_text(level.size) for level in pair.levels.all()) or NOTHING

    @admin.display(description=_("choices of sources"))
    def choices_text(self, pair: Pair) -> str:
        return list_text(choice.name for choice in pair.choices.all()) or NOTHING

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is stored of a pair carries its name, in ticks of its decimals."""
        names = super().get_readonly_fields(request, obj)
        return (*names, "name", "decimals") if obj else names

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is taken out of use instead."""
        return False
