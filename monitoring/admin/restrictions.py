"""Restrictions and everything that happened to them; they are made and released elsewhere."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitoring.admin.language import key_lines, reason_text
from monitoring.models import Restriction
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, list_text, time_text

_BITS = {"stops_open": _("opening"), "stops_close": _("closing"), "stops_cancel": _("cancels")}


@admin.register(Restriction)
class RestrictionAdmin(ReadOnlyAdmin):
    """Who is stopped from what, and who did what about it, when and why."""

    list_display = ("number", "scope_label", "stops", "state", "rule", "since_label", "released_by")
    list_filter = ("state", "release", "rule", "trading_day")
    list_select_related = ("released_by",)
    search_fields = ("number", "scope_text", "rule", "reason")
    fieldsets = (
        (None, {"fields": (("number", "state"), ("scope_label", "stops"), ("rule", "alert"))}),
        (None, {"fields": (("since_label", "created_by"), "reason_label", "release")}),
        (None, {"fields": (("released_by", "released_at"), "release_label", "steps_label")}),
    )
    empty_reason = _("Nobody has been restricted.")

    @admin.display(description=_("scope"), ordering="scope_text")
    def scope_label(self, row: Restriction) -> str:
        return key_lines(row.scope) if row.scope else str(_("everybody"))

    @admin.display(description=_("stops"))
    def stops(self, row: Restriction) -> str:
        return list_text(name for bit, name in _BITS.items() if getattr(row, bit))

    @admin.display(description=_("since (UTC+8)"), ordering="since_ns")
    def since_label(self, row: Restriction) -> str:
        return time_text(row.since)

    @admin.display(description=_("reason"))
    def reason_label(self, row: Restriction) -> str:
        return row.reason if row.created_by else reason_text(row.reason)

    @admin.display(description=_("reason of the release"))
    def release_label(self, row: Restriction) -> str:
        return (
            row.release_reason if row.released_by else reason_text(row.release_reason)
        ) or NOTHING

    @admin.display(description=_("history"))
    def steps_label(self, row: Restriction) -> SafeString | str:
        rows = (
            (
                time_text(step.at),
                step.get_verb_display(),
                step.by or NOTHING,
                step.reason if step.by else reason_text(step.reason),
            )
            for step in row.steps.select_related("by")
        )
        return format_html_join("", "<div>{} {} {} {}</div>", rows) or NOTHING
