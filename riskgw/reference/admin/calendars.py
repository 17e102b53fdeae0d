"""Trading calendars and session tables, and when the calendars run out."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from riskgw.reference.admin.base_data import ImportedAdmin
from riskgw.reference.admin.records import list_text
from riskgw.reference.models import CalendarDay, ExchangeCalendar, SessionTable
from riskgw.reference.models.calendar import NOTICE_DAYS, PhaseChoice
from riskgw.reference.queries import ending_calendars
from riskgw.reference.resources import (
    CalendarDayResource,
    ExchangeCalendarResource,
    SessionTableResource,
)

_LABELS = {"near": "warning", "over": "danger"}


def left_text(days: int) -> str:
    """How long a list of trading days lasts from today on."""
    if days < 0:
        return gettext("has run out")
    if days == 0:
        return gettext("runs out today")
    return ngettext("runs out in %(days)s day", "runs out in %(days)s days", days) % {"days": days}


def calendar_notices() -> list[str]:
    """What there is to say of calendars that end soon, one line a moment."""
    by_text: dict[str, list[str]] = {}
    for exchange, days in ending_calendars(timezone.localdate()).items():
        by_text.setdefault(left_text(days), []).append(exchange)
    text = gettext("The trading calendar %(when)s: %(exchanges)s.")
    return [
        text % {"when": when, "exchanges": list_text(exchanges)}
        for when, exchanges in by_text.items()
    ]


class CalendarDayInline(TabularInline):
    model = CalendarDay
    extra = 0
    fields = ("day", "is_open", "has_night", "note")
    hide_title = True


@admin.register(ExchangeCalendar)
class ExchangeCalendarAdmin(ImportedAdmin):
    resource_classes = (ExchangeCalendarResource,)
    list_display = ("exchange", "known_until", "left", "source_note")
    list_select_related = ("exchange",)
    search_fields = ("exchange__code", "source_note")
    inlines = (CalendarDayInline,)
    fieldsets = ((None, {"fields": (("exchange", "known_until"), "source_note")}),)
    empty_reason = _("Without a calendar an exchange is open on weekdays.")

    @display(description=_("list of days"), label=_LABELS, ordering="known_until")
    def left(self, calendar: ExchangeCalendar) -> tuple[str, str]:
        days = (calendar.known_until - timezone.localdate()).days
        return "over" if days < 0 else "near" if days < NOTICE_DAYS else "", left_text(days)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and self.has_view_permission(request):
            for notice in calendar_notices():
                messages.warning(request, notice)
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response


@admin.register(CalendarDay)
class CalendarDayAdmin(ImportedAdmin):
    resource_classes = (CalendarDayResource,)
    list_display = ("day", "calendar", "is_open", "has_night", "note")
    list_filter = ("calendar", "is_open")
    list_select_related = ("calendar",)
    date_hierarchy = "day"
    fieldsets = ((None, {"fields": (("calendar", "day"), ("is_open", "has_night"), "note")}),)
    empty_reason = _("Holidays are added here, or come from an imported file.")


def _phases_help() -> str:
    column = SessionTable._meta.get_field("phases")  # noqa: SLF001  # public
    names = list_text(f"{each.value} = {each.label}" for each in PhaseChoice)
    return f"{column.help_text} {names}"


class SessionTableForm(forms.ModelForm[SessionTable]):
    """Says which phases there are."""

    class Meta:
        model = SessionTable
        fields = ("exchange", "products", "effective_from", "phases", "source_note")
        widgets = {"phases": UnfoldAdminTextareaWidget}
        help_texts = {"phases": lazy(_phases_help, str)()}


@admin.register(SessionTable)
class SessionTableAdmin(ImportedAdmin):
    resource_classes = (SessionTableResource,)
    form = SessionTableForm
    list_display = ("exchange", "products_shown", "effective_from", "phases_shown", "source_note")
    list_filter = ("exchange",)
    list_select_related = ("exchange",)
    search_fields = ("products", "source_note")
    fieldsets = (
        (None, {"fields": (("exchange", "effective_from"), "products", "phases", "source_note")}),
    )
    shown_instead = {"phases": "phases_shown"}
    empty_reason = _("Without a table the phases are those of the stock exchanges.")

    @display(description=_("products"), ordering="products")
    def products_shown(self, table: SessionTable) -> str:
        return table.products or gettext("all others")

    @display(description=_("trading phases"))
    def phases_shown(self, table: SessionTable) -> str:
        words = (line.split(maxsplit=1) for line in table.phases.splitlines())
        return list_text(f"{clock} {PhaseChoice(phase).label}" for clock, phase in words)
