"""The tables on a rule's page: conditions, exemptions, the step that follows, actions."""

from django.contrib import admin
from django.db.models import DecimalField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from monitoring.admin.language import mask_names
from monitoring.admin.rule_forms import ActionForm, ConditionForm, ConditionFormSet
from monitoring.models import Condition, Exemption, LevelAction, Rule, ThenStep
from monitoring.models.choices import LevelChoice
from riskgw.reference.admin.records import NOTHING, NumberWidget, number_text


class ConditionInline(TabularInline):
    """A condition with its thresholds is one row."""

    model = Condition
    form = ConditionForm
    formset = ConditionFormSet
    extra = 0
    hide_title = True
    formfield_overrides = {DecimalField: {"widget": NumberWidget}}
    readonly_fields = ("scoped",)
    fields = (
        "group", "indicator", "over", "floor", "minus", "cmp", "warn", "restrict", "limit",
        "scoped", "unit",
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
            return self.readonly_fields
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

    @admin.display(description=_("for less"))
    def scoped(self, condition: Condition) -> str:
        """How many numbers there are for less than all, which the list of thresholds shows."""
        thresholds = condition.thresholds.all() if condition.pk else ()
        count = sum(not each.is_default for each in thresholds)
        if not count:
            return NOTHING
        path = reverse("admin:monitoring_threshold_changelist")
        return format_html(
            '<a href="{}?condition__rule__id__exact={}">+{}</a>', path, condition.rule_id, count
        )

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
    """The number for all."""
    numbers = (each for each in condition.thresholds.all() if each.level == level)
    return number_text(next((each.value for each in numbers if each.is_default), None))


class ExemptionInline(TabularInline):
    """Each row: events that are not counted."""

    model = Exemption
    hide_title = True
    extra = 0
    fields = ("field", "values")


class ThenInline(TabularInline):
    """At most one step."""

    model = ThenStep
    hide_title = True
    extra = 0
    max_num = 1
    formfield_overrides = {DecimalField: {"widget": NumberWidget}}
    fields = ("indicator", "side", "cmp", "value", "within_ms", "until")


class ActionInline(TabularInline):
    """What each level does."""

    model = LevelAction
    hide_title = True
    form = ActionForm
    extra = 0
    fields = ("level", "action", "mask", "release")

    def get_fields(self, request: HttpRequest, obj: Rule | None = None) -> tuple[str, ...]:
        if self.has_change_permission(request, obj):
            return self.fields
        return ("level", "action", "mask_text", "release")

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request, obj) else ("mask_text",)

    @admin.display(description=_("stops"))
    def mask_text(self, row: LevelAction) -> str:
        return mask_names(row.mask) or NOTHING
