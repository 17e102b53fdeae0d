"""Rules with their conditions and thresholds, and all thresholds in one list."""

from typing import Any

import msgspec
from django.contrib import admin
from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.db.models import DecimalField, QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display

from monitoring.admin.forms import ConditionForm, ConditionFormSet, RuleForm, ThresholdForm
from monitoring.admin.language import category_text, field_names, level_label
from monitoring.admin.publishing import publish
from monitoring.models import Condition, Rule, Threshold
from monitoring.models.choices import LevelChoice, in_language
from monitoring.queries import exported_rules
from riskgw.reference.admin.records import NOTHING, NumberWidget, RecordAdmin, number_text

MODE_LABELS = {"live": "success", "draft": "info", "off": "warning"}


class RuleFilter(RelatedFieldListFilter):
    """Titled and named in the reader's language, which the foreign keys are not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("rule")

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        return [(str(rule.pk), _titled(rule)) for rule in Rule.objects.all()]


def _titled(rule: Rule) -> str:
    """P01 High-frequency trading."""
    return f"{rule} {in_language(vars(rule), 'name')}"


class CategoryFilter(SimpleListFilter):
    """The categories that rules have, in the reader's language."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stored = Rule.objects.order_by("category").values_list("category", flat=True).distinct()
        return [(code, category_text(code)) for code in stored if code]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> QuerySet[Rule]:
        return queryset.filter(category=self.value()) if self.value() else queryset


class ConditionInline(TabularInline):
    """A condition with its thresholds is one row."""

    model = Condition
    form = ConditionForm
    formset = ConditionFormSet
    extra = 0
    hide_title = True
    formfield_overrides = {DecimalField: {"widget": NumberWidget}}
    fields = (
        "group", "indicator", "over", "floor", "minus", "cmp", "warn", "restrict", "limit", "unit",
    )  # fmt: skip

    # What who may only look sees in place of the form's fields.
    def get_fields(self, request: HttpRequest, obj: Rule | None = None) -> tuple[str, ...]:
        if self.has_change_permission(request, obj):
            return self.fields
        shown = {
            "indicator": "indicator_name", "over": "over_name", "floor": "floor_number",
            "minus": "minus_number",
        }  # fmt: skip
        return tuple(shown.get(name, name) for name in self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> tuple[str, ...]:
        if self.has_change_permission(request, obj):
            return ()
        return self.get_fields(request, obj)

    @admin.display(description=_("indicator"))
    def indicator_name(self, condition: Condition) -> str:
        return str(condition.indicator)

    @admin.display(description=_("divided by"))
    def over_name(self, condition: Condition) -> str:
        return str(condition.over) if condition.over else NOTHING

    @admin.display(description=_("divisor at least"))
    def floor_number(self, condition: Condition) -> str:
        return number_text(condition.floor)

    @admin.display(description=_("minus"))
    def minus_number(self, condition: Condition) -> str:
        return number_text(condition.minus)

    @admin.display(description=LevelChoice.WARN.label)
    def warn(self, condition: Condition) -> str:
        return _threshold(condition, LevelChoice.WARN)

    @admin.display(description=LevelChoice.RESTRICT.label)
    def restrict(self, condition: Condition) -> str:
        return _threshold(condition, LevelChoice.RESTRICT)

    @admin.display(description=LevelChoice.LIMIT.label)
    def limit(self, condition: Condition) -> str:
        return _threshold(condition, LevelChoice.LIMIT)


def _threshold(condition: Condition, level: LevelChoice) -> str:
    values = {each.level: each.value for each in condition.thresholds.all()}
    return number_text(values.get(level))


@admin.register(Rule)
class RuleAdmin(RecordAdmin):
    """Saving a live rule publishes a version; engines load versions only."""

    form = RuleForm
    inlines = (ConditionInline,)
    list_display = ("code", "name", "category_label", "mode_label", "version_number", "keys")
    list_filter = ("mode", CategoryFilter)
    search_fields = ("code", "name_zh", "name_en")
    actions = ("export_json",)
    actions_detail = ("versions",)
    fieldsets = (
        (None, {"fields": (("code", "mode", "category"), ("name_zh", "name_en"), "key")}),
        (None, {"fields": (("advice_zh", "advice_en"), ("source_note", "confidence"))}),
    )
    shown_instead = {"key": "keys", "category": "category_label"}
    history_texts = {"key": field_names, "category": category_text}
    empty_reason = _("Rules say which indicators are compared with which thresholds.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        rules: QuerySet[Rule] = super().get_queryset(request)
        return rules.prefetch_related("versions")

    @admin.display(description=_("name"))
    def name(self, rule: Rule) -> str:
        return in_language(vars(rule), "name") or NOTHING

    @admin.display(description=_("category"), ordering="category")
    def category_label(self, rule: Rule) -> str:
        return category_text(rule.category) or NOTHING

    @display(description=_("mode"), label=MODE_LABELS)
    def mode_label(self, rule: Rule) -> tuple[str, str]:
        return rule.mode, rule.get_mode_display()

    @admin.display(description=_("version"))
    def version_number(self, rule: Rule) -> int | str:
        return max((version.number for version in rule.versions.all()), default=NOTHING)

    @admin.display(description=_("judged by"))
    def keys(self, rule: Rule) -> str:
        return field_names(rule.key)

    @action(description=_("Versions"), icon="difference", permissions=["view"])
    def versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        path = reverse("admin:monitoring_ruleversion_changelist")
        return HttpResponseRedirect(f"{path}?rule__id__exact={object_id}")

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
        publish(request)


@admin.register(Threshold)
class ThresholdAdmin(RecordAdmin):
    """All numbers in one list; they come and go with their rule's page."""

    form = ThresholdForm
    list_display = (
        "rule", "indicator", "level_label", "comparison", "value_number", "unit",
    )  # fmt: skip
    list_display_links = ("rule", "value_number")
    list_filter = ("level", ("condition__rule", RuleFilter))
    list_select_related = ("condition__rule", "condition__indicator", "condition__over")
    search_fields = ("condition__rule__code", "condition__indicator__code")
    readonly_fields = ("rule", "indicator", "comparison", "level_label", "unit")
    fieldsets = (
        (None, {"fields": (("rule", "indicator"), ("level_label", "comparison"))}),
        (None, {"fields": (("value", "unit"), "source_note")}),
    )
    shown_instead = {"value": "value_number"}
    ordering = ("condition__rule__code", "condition__group", "condition", "value")
    empty_reason = _("Thresholds come with the conditions of a rule.")

    @admin.display(description=_("rule"), ordering="condition__rule__code")
    def rule(self, threshold: Threshold) -> str:
        return _titled(threshold.condition.rule)

    @admin.display(description=_("indicator"))
    def indicator(self, threshold: Threshold) -> str:
        condition = threshold.condition
        ratio = f" / {condition.over}" if condition.over else ""
        return f"{condition.indicator}{ratio}"

    @admin.display(description=_("comparison"))
    def comparison(self, threshold: Threshold) -> str:
        return threshold.condition.get_cmp_display()

    @admin.display(description=_("level"), ordering="level")
    def level_label(self, threshold: Threshold) -> str:
        return level_label(threshold.level)

    @admin.display(description=_("value"), ordering="value")
    def value_number(self, threshold: Threshold) -> str:
        return number_text(threshold.value)

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
        publish(request)
