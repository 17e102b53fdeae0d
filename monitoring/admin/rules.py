"""Rules with their conditions and thresholds, single thresholds, and frozen versions."""

from typing import Any

import msgspec
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import display

from monitoring.actions.publish_rules import publish_rules
from monitoring.admin.forms import ConditionForm, ConditionFormSet, RuleForm, ThresholdForm
from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.models import Condition, Rule, RuleVersion, Threshold
from monitoring.queries import exported_rules

MODE_LABELS = {"live": "success", "draft": "info", "off": "warning"}


class ConditionInline(StackedInline):
    model = Condition
    form = ConditionForm
    formset = ConditionFormSet
    extra = 0
    fields = (
        ("group", "indicator", "over", "cmp", "unit"),
        ("warn", "restrict", "limit", "minus", "floor"),
    )


@admin.register(Rule)
class RuleAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Saving a live rule publishes a version; engines load versions only."""

    form = RuleForm
    inlines = (ConditionInline,)
    list_display = ("code", "name_zh", "name_en", "category", "mode_label", "version", "key_names")
    list_filter = ("mode", "category")
    search_fields = ("code", "name_zh", "name_en")
    actions = ("export_json",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        rules: QuerySet[Rule] = super().get_queryset(request)
        return rules.prefetch_related("versions")

    @display(description=_("mode"), label=MODE_LABELS)
    def mode_label(self, rule: Rule) -> tuple[str, str]:
        return rule.mode, rule.get_mode_display()

    @admin.display(description=_("version"))
    def version(self, rule: Rule) -> int | str:
        numbers = [version.number for version in rule.versions.all()]
        return max(numbers) if numbers else "–"

    @admin.display(description=_("judged by"))
    def key_names(self, rule: Rule) -> str:
        return ", ".join(rule.key)

    @admin.action(description=_("Export as JSON"))
    def export_json(self, request: HttpRequest, queryset: QuerySet[Rule]) -> HttpResponse:
        content = msgspec.json.format(msgspec.json.encode(exported_rules(queryset)))
        response = HttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="rules.json"'
        return response

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Rule],
        formsets: Any,
        change: bool,  # Django's signature
    ) -> None:
        super().save_related(request, form, formsets, change)
        _publish(request)


@admin.register(Threshold)
class ThresholdAdmin(SimpleHistoryAdmin, ModelAdmin):
    """All numbers in one list; they come and go with their rule's page."""

    form = ThresholdForm
    list_display = ("rule", "indicator", "comparison", "level", "number", "unit", "source_note")
    list_filter = ("level", "condition__rule")
    list_select_related = ("condition__rule", "condition__indicator", "condition__over")
    search_fields = ("condition__rule__code", "condition__indicator__code")
    readonly_fields = ("rule", "indicator", "comparison", "level", "unit")
    fields = ("rule", "indicator", "comparison", "level", "value", "unit", "source_note")
    ordering = ("condition__rule__code", "condition__group", "condition", "value")

    @admin.display(description=_("rule"), ordering="condition__rule__code")
    def rule(self, threshold: Threshold) -> str:
        return threshold.condition.rule.code

    @admin.display(description=_("indicator"))
    def indicator(self, threshold: Threshold) -> str:
        condition = threshold.condition
        return (
            f"{condition.indicator} / {condition.over}"
            if condition.over
            else str(condition.indicator)
        )

    @admin.display(description=_("comparison"))
    def comparison(self, threshold: Threshold) -> str:
        return threshold.condition.get_cmp_display()

    @admin.display(description=_("value"), ordering="value")
    def number(self, threshold: Threshold) -> str:
        return f"{threshold.value.normalize():,f}"

    @admin.display(description=_("unit"))
    def unit(self, threshold: Threshold) -> str:
        return threshold.condition.get_unit_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Threshold | None = None) -> bool:
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Threshold,
        form: BaseModelForm[Threshold],
        change: bool,  # Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        _publish(request)


@admin.register(RuleVersion)
class RuleVersionAdmin(ReadOnlyAdmin):
    list_display = ("rule", "number", "effective_from", "author", "note")
    list_filter = ("rule",)
    list_select_related = ("rule", "author")
    fields = ("rule", "number", "effective_from", "author", "note", "spec")


def _publish(request: HttpRequest) -> None:
    assert isinstance(request.user, User)
    for version in publish_rules(request.user):
        text = gettext("%(version)s is live.") % {"version": version}
        messages.success(request, text)
