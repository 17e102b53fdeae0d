"""Forms of indicators and rules: what the engine would refuse is refused beside its field."""

from typing import Any

import msgspec
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from monitoring.actions.set_thresholds import set_thresholds
from monitoring.admin.language import fault_text
from monitoring.models import Condition, Indicator, IndicatorFilter, Rule, Threshold
from monitoring.models.choices import (
    KEY_CHOICES,
    VALUE_FIELD_CHOICES,
    CategoryChoice,
    EventChoice,
    LevelChoice,
    ModeChoice,
)
from monitoring.queries import (
    ConditionRow,
    filter_spec,
    indicator_spec,
    rules_using,
    spec_of,
    stored_spec,
)
from riskgw.cep.checks import Fault, faults, filter_faults, indicator_faults
from riskgw.cep.spec import RuleSpec
from riskgw.reference.admin.records import NumberWidget

# Where a fault of a specification stands on the form of its model.
_FORM_FIELDS = {"events": "event_types"}


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
            "length_ms", "key",
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

    class Meta:
        model = IndicatorFilter
        fields = ("field", "cmp", "value")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("field"):
            draft = IndicatorFilter(**{name: cleaned[name] for name in self.Meta.fields})
            for fault in filter_faults(filter_spec(draft)):
                self.add_error(fault.place, fault_text(fault))
        return cleaned


class RuleForm(forms.ModelForm[Rule]):
    """Key and category come from closed lists."""

    category = forms.ChoiceField(
        label=capfirst(_("category")), required=False, widget=UnfoldAdminSelectWidget
    )

    key = forms.MultipleChoiceField(
        label=capfirst(_("judged by")),
        choices=KEY_CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Rule
        fields = (
            "code", "name_zh", "name_en", "category", "mode", "key", "advice_zh", "advice_en",
            "source_note", "confidence",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields.get("category")
        if isinstance(category, forms.ChoiceField):  # who may only look has no such field
            category.choices = [("", "---------"), *self._categories()]

    def _categories(self) -> list[tuple[str, Any]]:
        stored = self.instance.category
        is_unknown = stored and stored not in CategoryChoice.values
        return [*CategoryChoice.choices, *([(stored, stored)] if is_unknown else [])]


def _threshold_field(level: LevelChoice) -> forms.DecimalField:
    return forms.DecimalField(
        label=capfirst(level.label),
        required=False,
        max_digits=24,
        decimal_places=8,
        widget=NumberWidget,
    )


class ConditionForm(forms.ModelForm[Condition]):
    """A condition and its thresholds in one row; the thresholds are rows of their own."""

    warn = _threshold_field(LevelChoice.WARN)
    restrict = _threshold_field(LevelChoice.RESTRICT)
    limit = _threshold_field(LevelChoice.LIMIT)

    class Meta:
        model = Condition
        fields = ("group", "indicator", "over", "cmp", "unit", "minus", "floor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for threshold in self.instance.thresholds.all():
                self.initial[threshold.level] = threshold.value

    def row(self) -> ConditionRow:
        """The condition as it would be stored."""
        given = {level: self.cleaned_data.get(level) for level in LevelChoice.values}
        return ConditionRow(
            self.instance, {level: value for level, value in given.items() if value is not None}
        )

    def save(self, commit: bool = True) -> Condition:  # Django's signature
        condition: Condition = super().save(commit)
        assert commit
        set_thresholds(condition, self.row().thresholds)
        return condition


class ThresholdForm(forms.ModelForm[Threshold]):
    """One number, checked within its rule."""

    class Meta:
        model = Threshold
        fields = ("value", "source_note")
        widgets = {"value": NumberWidget(attrs={"autofocus": True})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for text in self._faults(cleaned["value"]):
                self.add_error("value", text)
        return cleaned

    def _faults(self, value: Any) -> list[str]:
        condition = self.instance.condition
        if condition.rule.mode != ModeChoice.LIVE:
            return []
        rows = []
        for each in condition.rule.conditions.all():
            thresholds = {row.level: row.value for row in each.thresholds.all()}
            if each == condition:
                thresholds[self.instance.level] = value
            rows.append(ConditionRow(each, thresholds))
        return [fault_text(fault) for fault in faults(spec_of(condition.rule, rows))]


class ConditionFormSet(forms.BaseInlineFormSet[Condition, Rule, ConditionForm]):
    """Checks a live rule whole, and puts each fault beside the field it is about."""

    def clean(self) -> None:
        super().clean()
        # Without a key nothing can be said of the rest, and the form of the rule asks for it.
        if any(self.errors) or self.instance.mode != ModeChoice.LIVE or not self.instance.key:
            return
        kept = [form for form in self.forms if _is_kept(self, form)]
        spec = spec_of(self.instance, [form.row() for form in kept])
        general = [_place(fault, spec, kept) for fault in faults(spec)]
        if texts := [text for text in general if text]:
            raise forms.ValidationError(texts)


class FilterFormSet(forms.BaseInlineFormSet[IndicatorFilter, Indicator, FilterForm]):
    """Checks the live rules that use the indicator against what it would become."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or not self.instance.pk:
            return
        kept = [form.instance for form in self.forms if _is_kept(self, form)]
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


def _is_kept(formset: Any, form: forms.ModelForm[Any]) -> bool:
    is_empty = not form.instance.pk and not form.has_changed()
    return not is_empty and not formset._should_delete_form(form)  # noqa: SLF001  # no public way


def _place(fault: Fault, spec: RuleSpec, kept: list[ConditionForm]) -> str:
    """Put a fault beside its field; the text of one that belongs to no field is returned."""
    part, _, rest = fault.place.partition(".")
    number, _, name = rest.partition(".")
    text = fault_text(fault)
    if part == "conditions" and number:
        column = name if name in ConditionForm.Meta.fields else _level(fault, spec)
        kept[int(number)].add_error(column, text)
        return ""
    if part == "indicators" and number:
        code = spec.indicators[int(number)].code
        for form in kept:
            for column in ("indicator", "over"):
                chosen = form.cleaned_data.get(column)
                if chosen is not None and chosen.code == code:
                    form.add_error(column, text)
        return ""
    return text


def _level(fault: Fault, spec: RuleSpec) -> str:
    """The column of the threshold that a fault is about."""
    if level := fault.text.values.get("level"):
        return str(level)
    _, number, _, *place = fault.place.split(".")
    thresholds = spec.conditions[int(number)].thresholds
    return thresholds[int(place[0])].level if place else LevelChoice.WARN.value
