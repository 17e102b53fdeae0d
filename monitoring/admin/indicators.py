"""Indicators and their filters."""

from typing import Any

from django.contrib import admin
from django.forms import BaseModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from monitoring.admin.forms import FilterForm, FilterFormSet, IndicatorForm
from monitoring.admin.language import event_names, field_names
from monitoring.admin.publishing import publish
from monitoring.models import Indicator, IndicatorFilter
from monitoring.models.choices import in_language
from riskgw.reference.admin.records import NOTHING, RecordAdmin, number_text


class FilterInline(TabularInline):
    model = IndicatorFilter
    form = FilterForm
    formset = FilterFormSet
    extra = 0
    hide_title = True


@admin.register(Indicator)
class IndicatorAdmin(RecordAdmin):
    """A change reaches the live rules that use the indicator as new versions."""

    form = IndicatorForm
    inlines = (FilterInline,)
    list_display = ("code", "name", "op", "events", "field_name", "window", "length_number", "keys")
    list_filter = ("op", "window")
    search_fields = ("code", "name_zh", "name_en")
    fieldsets = (
        (None, {"fields": (("code", "name_zh", "name_en"),)}),
        (None, {"fields": (("op", "value_field"), "event_types")}),
        (None, {"fields": (("window", "length_ms"), ("days", "clock"), "key")}),
    )
    shown_instead = {
        "event_types": "events",
        "key": "keys",
        "value_field": "field_name",
        "length_ms": "length_number",
    }
    history_texts = {
        "key": field_names,
        "event_types": event_names,
        "value_field": lambda name: field_names([name]),
    }
    empty_reason = _("Indicators are what rules compare with thresholds. They are added here.")

    @admin.display(description=_("name"))
    def name(self, indicator: Indicator) -> str:
        return in_language(vars(indicator), "name") or NOTHING

    @admin.display(description=_("events"))
    def events(self, indicator: Indicator) -> str:
        return event_names(indicator.event_types)

    @admin.display(description=_("field"))
    def field_name(self, indicator: Indicator) -> str:
        return field_names([indicator.value_field]) or NOTHING

    @admin.display(description=_("length (ms)"), ordering="length_ms")
    def length_number(self, indicator: Indicator) -> str:
        return number_text(indicator.length_ms)

    @admin.display(description=_("kept by"))
    def keys(self, indicator: Indicator) -> str:
        return field_names(indicator.key)

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Indicator],
        formsets: Any,
        change: bool,  # Django's signature
    ) -> None:
        super().save_related(request, form, formsets, change)
        publish(request, f"indicator {form.instance.code}")
