"""Rules with their conditions and thresholds, single thresholds, and frozen versions."""

from typing import Any

import msgspec
from django.contrib import admin
from django.contrib.admin import RelatedFieldListFilter
from django.db.models import DecimalField, QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from monitoring.admin.forms import ConditionForm, ConditionFormSet, RuleForm, ThresholdForm
from monitoring.admin.language import field_names, in_language, level_label
from monitoring.admin.publishing import publish
from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.models import Condition, Rule, RuleVersion, Threshold
from monitoring.models.choices import LevelChoice
from monitoring.queries import exported_rules
from riskgw.reference.admin import NOTHING, NumberWidget, RecordAdmin, number_text

MODE_LABELS = {"live": "success", "draft": "info", "off": "warning"}


class RuleFilter(RelatedFieldListFilter):
    """Titled in the reader's language, which the foreign keys are not."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.title = _("rule")


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
    list_display = ("code", "name", "category", "mode_label", "version_number", "keys")
    list_filter = ("mode", "category")
    search_fields = ("code", "name_zh", "name_en")
    actions = ("export_json",)
    fieldsets = (
        (None, {"fields": (("code", "mode", "category"), ("name_zh", "name_en"), "key")}),
        (None, {"fields": (("advice_zh", "advice_en"), ("source_note", "confidence"))}),
    )
    shown_instead = {"key": "keys"}
    empty_reason = _("Rules say which indicators are compared with which thresholds.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        rules: QuerySet[Rule] = super().get_queryset(request)
        return rules.prefetch_related("versions")

    @admin.display(description=_("name"))
    def name(self, rule: Rule) -> str:
        return in_language(vars(rule), "name") or NOTHING

    @display(description=_("mode"), label=MODE_LABELS)
    def mode_label(self, rule: Rule) -> tuple[str, str]:
        return rule.mode, rule.get_mode_display()

    @admin.display(description=_("version"))
    def version_number(self, rule: Rule) -> int | str:
        return max((version.number for version in rule.versions.all()), default=NOTHING)

    @admin.display(description=_("judged by"))
    def keys(self, rule: Rule) -> str:
        return field_names(rule.key)

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
        "rule", "indicator", "comparison", "level_label", "value_number", "unit", "source_note",
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
        rule = threshold.condition.rule
        return f"{rule} {in_language(vars(rule), 'name')}"

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


@admin.register(RuleVersion)
class RuleVersionAdmin(ReadOnlyAdmin):
    """What each rule was at any time."""

    list_display = ("rule_name", "version_number", "since", "author", "note")
    list_filter = (("rule", RuleFilter),)
    list_select_related = ("rule", "author")
    fieldsets = (
        (None, {"fields": (("rule_name", "version_number"), ("since", "author"))}),
        (None, {"fields": ("note", "specification")}),
    )
    empty_reason = _("Saving a live rule makes its first version.")

    @admin.display(description=_("rule"), ordering="rule__code")
    def rule_name(self, version: RuleVersion) -> str:
        return f"{version.rule} {in_language(version.spec, 'name')}"

    @admin.display(description=_("version"), ordering="number")
    def version_number(self, version: RuleVersion) -> int:
        return version.number

    @admin.display(description=_("effective from"), ordering="effective_from")
    def since(self, version: RuleVersion) -> str:
        return f"{timezone.localtime(version.effective_from):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=_("specification"))
    def specification(self, version: RuleVersion) -> SafeString:
        text = msgspec.json.format(msgspec.json.encode(version.spec)).decode()
        return format_html('<pre class="specification">{}</pre>', text)
