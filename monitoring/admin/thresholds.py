"""All thresholds in one list."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from monitoring.actions.publish_rules import RuleFaulty
from monitoring.admin.forms import NewThresholdForm, ThresholdForm
from monitoring.admin.language import fault_text, level_label, scope_text
from monitoring.admin.publishing import publish
from monitoring.admin.rules import RuleFilter, titled
from monitoring.models import Threshold
from monitoring.models.rule import SCOPE_FIELDS
from riskgw.reference.admin.records import RecordAdmin, number_text


@admin.register(Threshold)
class ThresholdAdmin(RecordAdmin):
    """All numbers in one list; those for all come and go with their rule's page."""

    form = ThresholdForm
    list_display = (
        "rule", "indicator", "level_label", "comparison", "value_number", "unit", "scope_text",
        "effective_from",
    )  # fmt: skip
    list_display_links = ("rule", "value_number")
    list_filter = ("level", ("condition__rule", RuleFilter), "segment", "effective_from")
    list_select_related = ("condition__rule", "condition__indicator", "condition__over")
    search_fields = ("condition__rule__code", "condition__indicator__code", *SCOPE_FIELDS)
    readonly_fields = ("rule", "indicator", "comparison", "level_label", "unit", "scope_text")
    shown_instead = {"value": "value_number"}
    ordering = ("condition__rule__code", "condition__group", "condition", "value")
    empty_reason = _("Thresholds come with the conditions of a rule.")

    @admin.display(description=_("rule"), ordering="condition__rule__code")
    def rule(self, threshold: Threshold) -> str:
        return titled(threshold.condition.rule)

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

    @admin.display(description=_("for"))
    def scope_text(self, threshold: Threshold) -> str:
        return scope_text(threshold.scope)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewThresholdForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Threshold | None = None) -> Any:
        """A new number says what it is for; that of a stored one stays as it is."""
        note: tuple[Any, ...] = ("change_note",) if self._may_write(request, obj) else ()
        if obj is None:
            return (
                (None, {"fields": ("condition", ("level", "value"))}),
                (_("For"), {"fields": (SCOPE_FIELDS[:3], SCOPE_FIELDS[3:], "effective_from")}),
                (None, {"fields": ("source_note", *note)}),
            )
        value = "value" if note else "value_number"
        return (
            (None, {"fields": (("rule", "indicator"), ("level_label", "comparison"))}),
            (None, {"fields": (("scope_text", "effective_from"),)}),
            (None, {"fields": ((value, "unit"), "source_note", *note)}),
        )

    def _may_write(self, request: HttpRequest, obj: Threshold | None) -> bool:
        if obj is None:
            return bool(self.has_add_permission(request))
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Threshold | None = None) -> bool:
        """Numbers for all go with their column on the rule's page."""
        may: bool = super().has_delete_permission(request, obj)
        return may and (obj is None or not obj.is_default)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one, so that each is checked within its rule."""
        actions: dict[str, Any] = super().get_actions(request)
        return {name: each for name, each in actions.items() if name != "delete_selected"}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except RuleFaulty as fault:
            messages.error(request, f"{fault.rule}: {fault_text(fault.faults[0])}")
            return HttpResponseRedirect(request.path.replace("delete", "change"))

    def delete_model(self, request: HttpRequest, obj: Threshold) -> None:
        super().delete_model(request, obj)
        publish(request)

    def save_model(
        self,
        request: HttpRequest,
        obj: Threshold,
        form: BaseModelForm[Threshold],
        change: bool,  # Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        publish(request, form.cleaned_data.get("change_note", ""))
