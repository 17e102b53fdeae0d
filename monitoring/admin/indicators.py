"""Indicators and their filters."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.forms import BaseModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline

from monitoring.actions.publish_rules import publish_rules
from monitoring.admin.forms import FilterForm, FilterFormSet, IndicatorForm
from monitoring.models import Indicator, IndicatorFilter


class FilterInline(TabularInline):
    model = IndicatorFilter
    form = FilterForm
    formset = FilterFormSet
    extra = 1


@admin.register(Indicator)
class IndicatorAdmin(SimpleHistoryAdmin, ModelAdmin):
    """A change reaches the live rules that use the indicator as new versions."""

    form = IndicatorForm
    inlines = (FilterInline,)
    list_display = ("code", "name_zh", "name_en", "op", "events", "window", "length_ms", "kept_by")
    list_filter = ("op", "window")
    search_fields = ("code", "name_zh", "name_en")

    @admin.display(description=_("events"))
    def events(self, indicator: Indicator) -> str:
        return ", ".join(indicator.event_types)

    @admin.display(description=_("kept by"))
    def kept_by(self, indicator: Indicator) -> str:
        return ", ".join(indicator.key)

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Indicator],
        formsets: Any,
        change: bool,  # Django's signature
    ) -> None:
        super().save_related(request, form, formsets, change)
        assert isinstance(request.user, User)
        publish_rules(request.user, f"indicator {form.instance.code}")
