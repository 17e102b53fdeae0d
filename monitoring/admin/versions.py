"""Rule versions: what each rule was at any time, and what each version changed."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from monitoring.admin.language import indicator_names, note_text
from monitoring.admin.rules import RuleFilter
from monitoring.admin.version_text import change_rows, condition_rows, indicator_rows
from monitoring.models import RuleVersion
from monitoring.models.choices import LevelChoice, in_language
from riskgw.cep.spec import rule_from_builtins
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, time_text

CHANGES_SHOWN_MAX = 6


@admin.register(RuleVersion)
class RuleVersionAdmin(ReadOnlyAdmin):
    """The specification engines load, in words and as it is stored."""

    list_filter = (("rule", RuleFilter),)
    list_select_related = ("rule", "author")
    search_fields = ("rule__code", "rule__name_zh", "rule__name_en")
    ordering = ("-effective_from", "-pk")
    fieldsets = (
        (None, {"fields": (("rule_name", "version_number"), ("since", "author"), "note_label")}),
        (None, {"fields": ("changes", "specification")}),
    )
    empty_reason = _("Saving a live rule makes its first version.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleVersion]:
        versions: QuerySet[RuleVersion] = super().get_queryset(request)
        return versions.prefetch_related("rule__versions")

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Indicators are asked for their names once a page, not once a row."""
        names = indicator_names()

        @admin.display(description=_("changes"))
        def changes(version: RuleVersion) -> str:
            return _changes(version, names, CHANGES_SHOWN_MAX)

        return ("rule_name", "version_number", "since", "author", changes, "note_label")

    @admin.display(description=_("rule"), ordering="rule__code")
    def rule_name(self, version: RuleVersion) -> str:
        return f"{version.rule} {in_language(version.spec, 'name')}"

    @admin.display(description=_("version"), ordering="number")
    def version_number(self, version: RuleVersion) -> int:
        return version.number

    @admin.display(description=_("effective from (UTC+8)"), ordering="effective_from")
    def since(self, version: RuleVersion) -> str:
        return time_text(version.effective_from)

    @admin.display(description=_("note"))
    def note_label(self, version: RuleVersion) -> str:
        return note_text(version.note) or NOTHING

    @admin.display(description=_("changes"))
    def changes(self, version: RuleVersion) -> str:
        return _changes(version, indicator_names())

    @admin.display(description=_("specification"))
    def specification(self, version: RuleVersion) -> str:
        names, spec = indicator_names(), rule_from_builtins(version.spec)
        context = {
            "levels": [level.label for level in LevelChoice],
            "conditions": condition_rows(spec, names),
            "indicators": indicator_rows(spec, names),
            "json": msgspec.json.format(msgspec.json.encode(version.spec)).decode(),
        }
        return render_to_string("riskgw/rule_version.html", context)


def _changes(version: RuleVersion, names: Mapping[str, str], most: int | None = None) -> str:
    """What this version changed of the one before; a first version changed nothing."""
    earlier = (each for each in version.rule.versions.all() if each.number < version.number)
    before = max(earlier, key=lambda each: each.number, default=None)
    if before is None:
        return NOTHING
    rows = change_rows(rule_from_builtins(before.spec), rule_from_builtins(version.spec), names)
    context = {"rows": rows[:most], "more": len(rows[most:]) if most else 0}
    return render_to_string("riskgw/changes.html", context)
