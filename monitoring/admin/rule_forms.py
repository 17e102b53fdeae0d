"""Forms of rules: a rule that is judged is checked whole, and each fault stands by its field."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from monitoring.actions.set_thresholds import set_thresholds
from monitoring.admin.forms import NotedForm, is_kept
from monitoring.admin.language import fault_text
from monitoring.models import Condition, Exemption, LevelAction, Rule, ThenStep, Threshold
from monitoring.models.choices import (
    JUDGED_MODES,
    KEY_CHOICES,
    MODE_CHANGES,
    CategoryChoice,
    LevelChoice,
    MaskChoice,
    ModeChoice,
    in_language,
)
from monitoring.rule_rows import ConditionRow, RuleRows, spec_of, stored_rows
from riskgw.cep.checks import Fault, faults
from riskgw.cep.spec import RuleSpec
from riskgw.reference.admin.records import NumberWidget
from riskgw.reference.models.calendar import PhaseChoice

# The part of a specification that each table of the page is.
_TABLES = {
    "conditions": Condition,
    "exemptions": Exemption,
    "then": ThenStep,
    "actions": LevelAction,
}


_RULE_FIELDS = (
    "code", "name_zh", "name_en", "category", "mode", "needs_approval", "key", "check_point",
    "sessions", "repeat", "for_ms", "cooldown_ms", "clear_percent", "inhibits",
    "follows_market", "advice_zh", "advice_en", "source_note", "confidence",
)  # fmt: skip

# Whether this is right depends on which way the conditions compare.
_BY_DIRECTION = "clear_percent"


class RuleForm(NotedForm):
    """Keys, phases and categories come from closed lists; the mode only goes where it may."""

    category = forms.ChoiceField(
        label=capfirst(_("category")), required=False, widget=UnfoldAdminSelectWidget
    )
    key = forms.MultipleChoiceField(
        label=capfirst(_("judged by")),
        choices=KEY_CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    sessions = forms.MultipleChoiceField(
        label=capfirst(_("trading phases")),
        choices=PhaseChoice.choices,
        required=False,
        help_text=_("The phases in which it judges; none chosen: in all."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    inhibits = forms.MultipleChoiceField(
        label=capfirst(_("silences the rules")),
        required=False,
        help_text=_("While this one holds for a key, those raise no alerts."),
        widget=UnfoldAdminSelect2MultipleWidget,
    )
    takes_effect = forms.SplitDateTimeField(
        label=capfirst(_("takes effect (UTC+8)")),
        required=False,
        help_text=_("Empty: at once, or as soon as it is approved."),
        widget=UnfoldAdminSplitDateTimeWidget,
    )

    class Meta:
        model = Rule
        fields = _RULE_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who may only look has none of these fields.
        self._offer("category", [("", "---------"), *self._categories()])
        self._offer("mode", self._modes())
        self._offer("inhibits", self._others())

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _categories(self) -> list[tuple[str, Any]]:
        stored = self.instance.category
        is_unknown = stored and stored not in CategoryChoice.values
        return [*CategoryChoice.choices, *([(stored, stored)] if is_unknown else [])]

    def _modes(self) -> list[tuple[str, Any]]:
        mode = ModeChoice(self.instance.mode)
        allowed = (mode, *MODE_CHANGES[mode])
        return [(each.value, each.label) for each in ModeChoice if each in allowed]

    def _others(self) -> list[tuple[str, Any]]:
        """All rules, and codes that no rule has any more."""
        titles = {
            rule.code: f"{rule.code} {in_language(vars(rule), 'name')}"
            for rule in Rule.objects.exclude(pk=self.instance.pk)
        }
        stored = {code: code for code in self.instance.inhibits if code not in titles}
        return [*titles.items(), *stored.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned["mode"] in JUDGED_MODES:
            draft = Rule(**{name: cleaned[name] for name in _RULE_FIELDS})
            # With the conditions that are stored: what becomes of them is known further below.
            conditions = stored_rows(self.instance).conditions if self.instance.pk else ()
            for fault in faults(spec_of(draft, RuleRows(conditions))):
                name = fault.place.partition(".")[0]
                if name in self.fields and (conditions or name != _BY_DIRECTION):
                    self.add_error(name, fault_text(fault))
        return cleaned


def _threshold_field(level: LevelChoice) -> forms.DecimalField:
    return forms.DecimalField(
        label=capfirst(level.label),
        required=False,
        max_digits=24,
        decimal_places=8,
        widget=NumberWidget,
    )


class ConditionForm(forms.ModelForm[Condition]):
    """A condition and its numbers for all in one row; the numbers are rows of their own."""

    warn = _threshold_field(LevelChoice.WARN)
    restrict = _threshold_field(LevelChoice.RESTRICT)
    limit = _threshold_field(LevelChoice.LIMIT)

    class Meta:
        model = Condition
        fields = ("group", "indicator", "over", "cmp", "unit", "minus", "floor")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stored = list(self.instance.thresholds.all()) if self.instance.pk else []
        for threshold in self._stored:
            if threshold.is_default:
                self.initial[threshold.level] = threshold.value

    def given(self) -> dict[str, Any]:
        """The numbers for all, by level."""
        values = {level: self.cleaned_data.get(level) for level in LevelChoice.values}
        return {level: value for level, value in values.items() if value is not None}

    def row(self) -> ConditionRow:
        """The condition as it would be stored."""
        notes = {each.level: each.source_note for each in self._stored if each.is_default}
        typed = [
            Threshold(level=level, value=value, source_note=notes.get(level, ""))
            for level, value in self.given().items()
        ]
        scoped = [each for each in self._stored if not each.is_default]
        return ConditionRow(self.instance, [*typed, *scoped])

    def save(self, commit: bool = True) -> Condition:  # Django's signature
        condition: Condition = super().save(commit)
        assert commit
        set_thresholds(condition, self.given())
        return condition


class ActionForm(forms.ModelForm[LevelAction]):
    """What it stops comes from a closed list."""

    mask = forms.MultipleChoiceField(
        label=capfirst(_("stops")),
        choices=MaskChoice.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = LevelAction
        fields = ("level", "action", "mask", "release")


class ConditionFormSet(forms.BaseInlineFormSet[Condition, Rule, ConditionForm]):
    """The first table of the page: it checks a judged rule whole, with the tables below it."""

    # All tables of the page by their models; the page sets it.
    tables: Mapping[type, Any]

    def clean(self) -> None:
        super().clean()
        # Without a key nothing can be said of the rest, and the form of the rule asks for it.
        if self.instance.mode not in JUDGED_MODES or not self.instance.key:
            return
        others = [table for table in self.tables.values() if table is not self]
        if any(self.errors) or any(any(table.errors) for table in others):
            return
        kept = {
            part: [form for form in self.tables[model].forms if is_kept(self.tables[model], form)]
            for part, model in _TABLES.items()
        }
        spec = spec_of(self.instance, _rows(kept))
        general = [_place(fault, spec, kept) for fault in faults(spec)]
        if texts := [text for text in general if text]:
            raise forms.ValidationError(texts)


def _rows(kept: Mapping[str, list[Any]]) -> RuleRows:
    return RuleRows(
        [form.row() for form in kept["conditions"]],
        [form.instance for form in kept["exemptions"]],
        [form.instance for form in kept["actions"]],
        next((form.instance for form in kept["then"]), None),
    )


def _place(fault: Fault, spec: RuleSpec, kept: Mapping[str, list[Any]]) -> str:
    """Put a fault beside its field; the text of one that belongs to no table is returned."""
    part, _, rest = fault.place.partition(".")
    text = fault_text(fault)
    if part == _BY_DIRECTION:
        return f"{RuleForm.base_fields[part].label}: {text}"
    if part in RuleForm.base_fields:
        return ""  # the form of the rule says so
    if part == "then" and kept["then"]:
        _put(kept["then"][0], rest, text)
        return ""
    number, _, name = rest.partition(".")
    if part == "indicators" and number:
        _put_by_indicator(spec.indicators[int(number)].code, text, kept)
        return ""
    if not number.isdigit() or part not in kept:
        return text
    form = kept[part][int(number)]
    _put(form, _level(fault, spec) if name.startswith("thresholds") else name, text)
    return ""


def _put(form: Any, place: str, text: str) -> None:
    """Beside the field that the place names, else above the row."""
    name = next((each for each in place.split(".") if each in form.fields), None)
    form.add_error(name, text)


def _put_by_indicator(code: str, text: str, kept: Mapping[str, list[Any]]) -> None:
    for form in (*kept["conditions"], *kept["then"]):
        for column in ("indicator", "over"):
            chosen = form.cleaned_data.get(column)
            if chosen is not None and chosen.code == code:
                form.add_error(column, text)


def _level(fault: Fault, spec: RuleSpec) -> str:
    """The column of the threshold that a fault is about."""
    if level := fault.text.values.get("level"):
        return str(level)
    _, number, _, *place = fault.place.split(".")
    thresholds = spec.conditions[int(number)].thresholds
    return thresholds[int(place[0])].level if place else LevelChoice.WARN.value
