"""Forms of indicators and thresholds: what the engine would refuse is refused beside its field."""

from copy import copy
from typing import Any

import msgspec
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from monitoring.admin.language import fault_text
from monitoring.models import Condition, Indicator, IndicatorFilter, Threshold
from monitoring.models.choices import (
    JUDGED_MODES,
    KEY_CHOICES,
    VALUE_FIELD_CHOICES,
    EventChoice,
)
from monitoring.models.rule import SCOPE_FIELDS
from monitoring.rule_queries import rules_using
from monitoring.rule_rows import (
    ConditionRow,
    filter_spec,
    indicator_spec,
    spec_of,
    stored_rows,
    stored_spec,
    threshold_spec,
)
from riskgw.cep.checks import Fault, faults, filter_faults, indicator_faults
from riskgw.cep.spec import RuleSpec
from riskgw.reference.admin.records import NumberWidget

# Where a fault of a specification stands on the form of its model.
_FORM_FIELDS = {"events": "event_types"}
NOTE_MAX = 200


class NotedForm(forms.ModelForm[Any]):
    """Asks why: the answer is the note of the version that a change makes."""

    change_note = forms.CharField(
        label=capfirst(_("why this change")),
        required=False,
        max_length=NOTE_MAX,
        widget=UnfoldAdminTextInputWidget,
    )


class IndicatorForm(forms.ModelForm[Indicator]):
    """Events, key and field come from closed lists."""

    event_types = forms.MultipleChoiceField(
        label=capfirst(_("events")),
        choices=EventChoice.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    key = forms.MultipleChoiceField(
        label=capfirst(_("kept by")),
        choices=KEY_CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    value_field = forms.ChoiceField(
        label=capfirst(_("field")),
        choices=[("", "---------"), *VALUE_FIELD_CHOICES],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Indicator
        fields = (
            "code", "name_zh", "name_en", "op", "event_types", "value_field", "window",
            "length_ms", "days", "clock", "key",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            draft = Indicator(**{name: cleaned[name] for name in self.Meta.fields})
            for fault in indicator_faults(indicator_spec(draft, ())):
                self.add_error(_FORM_FIELDS.get(fault.place, fault.place), fault_text(fault))
        return cleaned


class FilterForm(forms.ModelForm[IndicatorFilter]):
    """One filter, checked against the type of its field."""

    any_of = forms.IntegerField(
        label=capfirst(_("any of")),
        required=False,
        initial=0,
        min_value=0,
        max_value=99,
        help_text=_("Of the filters with one number above 0 one is enough."),
        widget=UnfoldAdminIntegerFieldWidget,
    )

    class Meta:
        model = IndicatorFilter
        fields = ("field", "cmp", "value", "any_of")

    def clean_any_of(self) -> int:
        return self.cleaned_data["any_of"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("field"):
            names = ("field", "cmp", "value", "any_of")
            draft = IndicatorFilter(**{name: cleaned[name] for name in names})
            for fault in filter_faults(filter_spec(draft)):
                self.add_error(fault.place, fault_text(fault))
        return cleaned


class FilterFormSet(forms.BaseInlineFormSet[IndicatorFilter, Indicator, FilterForm]):
    """Checks the judged rules that use the indicator against what it would become."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or not self.instance.pk:
            return
        kept = [form.instance for form in self.forms if is_kept(self, form)]
        try:
            changed = indicator_spec(self.instance, kept)
        except ValueError:
            return  # the form of the indicator itself says what is wrong
        # Rules are stored with the code as it still is.
        code = Indicator.objects.values_list("code", flat=True).get(pk=self.instance.pk)
        changed = msgspec.structs.replace(changed, code=code)
        texts = []
        for rule in rules_using(self.instance):
            spec = stored_spec(rule)
            indicators = [changed if each.code == code else each for each in spec.indicators]
            candidate = msgspec.structs.replace(spec, indicators=tuple(indicators))
            texts += [f"{rule.code}: {fault_text(fault)}" for fault in faults(candidate)]
        if texts:
            raise forms.ValidationError(texts)


def is_kept(formset: Any, form: forms.ModelForm[Any]) -> bool:
    """Whether a row of a table will be stored."""
    is_empty = not form.instance.pk and not form.has_changed()
    return not is_empty and not formset._should_delete_form(form)  # noqa: SLF001  # no public way


_THRESHOLD_FIELDS = (
    "condition", "level", *SCOPE_FIELDS, "value", "effective_from", "source_note",
)  # fmt: skip


class ThresholdForm(NotedForm):
    """One number, checked within its rule. What it is for is said when it is added."""

    class Meta:
        model = Threshold
        fields = _THRESHOLD_FIELDS
        widgets = {
            "value": NumberWidget(attrs={"autofocus": True}),
            "effective_from": UnfoldAdminSingleDateWidget,
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._check(cleaned)
        return cleaned

    def _check(self, cleaned: dict[str, Any]) -> None:
        draft = copy(self.instance)
        for name in _THRESHOLD_FIELDS:
            if name in cleaned:
                setattr(draft, name, cleaned[name])
        rule = draft.condition.rule
        if rule.mode not in JUDGED_MODES:
            return
        spec = candidate(draft)
        wanted = threshold_spec(draft)
        for fault in faults(spec):
            self.add_error(self._column(fault, spec, wanted), fault_text(fault))

    def _column(self, fault: Fault, spec: RuleSpec, wanted: Any) -> str:
        """The field that a fault of the threshold is about; else the number."""
        part, number, *rest = [*fault.place.split("."), "", ""]
        if part == "conditions" and rest[:1] == ["thresholds"] and rest[1].isdigit():
            found = spec.conditions[int(number)].thresholds[int(rest[1])]
            name = next((each for each in reversed(rest) if each in self.fields), "value")
            if found == wanted:
                return name
        return "value"


def candidate(draft: Threshold) -> RuleSpec:
    """What the rule would be with a threshold as it stands on a form."""
    rule = draft.condition.rule
    rows = stored_rows(rule)
    conditions = [_with(row, draft) for row in rows.conditions]
    return spec_of(rule, rows._replace(conditions=conditions))


def _with(row: ConditionRow, draft: Threshold) -> ConditionRow:
    others = [each for each in row.thresholds if each.pk != draft.pk]
    is_own = row.condition == draft.condition
    return ConditionRow(row.condition, [*others, draft] if is_own else others)


class ConditionChoice(forms.ModelChoiceField[Condition]):
    """Conditions by rule and indicator, in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        ratio = f" / {obj.over}" if obj.over else ""
        return f"{obj.rule}: {obj.indicator}{ratio} {obj.get_cmp_display()}"


class NewThresholdForm(ThresholdForm):
    """A number for less than all, or from a day on; those for all stand on the rule's page."""

    condition = ConditionChoice(
        label=capfirst(_("condition")),
        queryset=Condition.objects.select_related("rule", "indicator", "over"),
        widget=UnfoldAdminSelectWidget,
    )

    def _check(self, cleaned: dict[str, Any]) -> None:
        if not any(cleaned.get(name) for name in (*SCOPE_FIELDS, "effective_from")):
            text = _("Say what it is for, or from which day: numbers for all are in the rule.")
            raise forms.ValidationError(text)
        super()._check(cleaned)
