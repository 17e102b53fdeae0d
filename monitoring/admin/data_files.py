"""Which data files go into which table; only for tables that who says so may change by hand."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from monitoring.data_targets import TARGETS, Target
from monitoring.data_words import said_of_cell
from monitoring.domain.data_mapping import COLUMNS_MAX, value
from monitoring.domain.data_values import CellFaulty, Kind
from monitoring.models import DataColumn, DataMapping, DataTarget
from monitoring.models.choices import in_language
from riskgw.reference.admin.records import RecordAdmin, list_text

_KINDS = {
    Kind.TEXT: _("text"),
    Kind.WHOLE: _("a whole number"),
    Kind.DECIMAL: _("a number"),
    Kind.FLAG: _("1 or 0"),
    Kind.DATE: _("a date"),
    Kind.MOMENT: _("date and time"),
    Kind.STEPS: _("steps such as 0:2; 100:4"),
}


class MappingForm(forms.ModelForm[DataMapping]):
    """Says at the table whether its reader may change it."""

    user: Any = None

    class Meta:
        model = DataMapping
        fields = (
            "name", "is_active", "target", "pattern", "format", "sheet", "header_row", "mode",
            "note",
        )  # fmt: skip

    def clean_target(self) -> str:
        name = str(self.cleaned_data["target"])
        if not self.user.has_perms(TARGETS[name].permissions):
            raise ValidationError(_("Your role may not change this table."))
        return name

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        target = TARGETS.get(values.get("target", ""))
        if target is not None and target.feed and values.get("mode") == DataMapping.Mode.UPSERT:
            text = _("What counters deliver is only added, never changed.")
            self.add_error("mode", ValidationError(text))
        return values


class ColumnForm(forms.ModelForm[DataColumn]):
    """One column; the table that it goes to is known once the mapping's own fields are."""

    class Meta:
        model = DataColumn
        fields = ("field", "column", "is_required", "default", "constant", "digits", "words")
        widgets = {"words": forms.Textarea(attrs={"rows": 2, "cols": 16})}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        owner = values.get("mapping")
        target = TARGETS.get(owner.target if owner else "")
        name = values.get("field")
        if target is None or not name:
            return values
        if name not in target.fields:
            text = _("The table has these fields: %(names)s.")
            names = list_text(target.fields)
            self.add_error("field", ValidationError(text, params={"names": names}))
            return values
        self._check_texts(target.fields[name].kind, values)
        return values

    def _check_texts(self, kind: Kind, values: dict[str, Any]) -> None:
        """A constant that the field does not take would refuse every row of every file."""
        for name in ("default", "constant"):
            try:
                value(DataColumn(field="", digits=values.get("digits") or 0).spec(kind),
                      values.get(name))  # fmt: skip
            except CellFaulty as fault:
                said = said_of_cell(fault.code)
                text = gettext("This value is not taken: %(why)s")
                why = in_language({"why_en": said.en, "why_zh": said.zh}, "why")
                self.add_error(name, ValidationError(text % {"why": why}))


class ColumnFormSet(forms.BaseInlineFormSet[DataColumn, DataMapping, ColumnForm]):
    """All that a table cannot do without is there."""

    def clean(self) -> None:
        super().clean()
        target = TARGETS.get(self.instance.target)
        kept = [
            each for each in self.forms
            if each.cleaned_data and not each.cleaned_data.get("DELETE")
        ] if not any(self.errors) else None  # fmt: skip
        if target is None or kept is None:
            return
        if len(kept) > COLUMNS_MAX:
            text = _("There are more than %(count)s columns.")
            raise ValidationError(text, params={"count": COLUMNS_MAX})
        names = {each.cleaned_data["field"] for each in kept}
        missing = [each.name for each in target.fields.values() if each.is_required]
        missing = [name for name in missing if name not in names]
        if missing:
            text = _("The table wants these fields, too: %(names)s.")
            raise ValidationError(text, params={"names": list_text(missing)})


class ColumnInline(TabularInline):
    model = DataColumn
    form = ColumnForm
    formset = ColumnFormSet
    extra = 0
    max_num = COLUMNS_MAX
    hide_title = True


@admin.register(DataMapping)
class DataMappingAdmin(RecordAdmin):
    form = MappingForm
    list_display = ("name", "pattern", "format", "target", "mode", "is_active", "note")
    list_filter = ("target", "format", "is_active")
    search_fields = ("name", "pattern", "note")
    readonly_fields = ("tables",)
    inlines = (ColumnInline,)
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("target", "mode"))}),
        (None, {"fields": (("pattern", "format"), ("sheet", "header_row"), "note")}),
        (_("Fields of the tables"), {"fields": ("tables",), "classes": ("collapse",)}),
    )
    empty_reason = _("Without a mapping every file in the drop folder is refused.")

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        form.user = request.user
        return form

    @admin.display(description=_("fields"))
    def tables(self, row: DataMapping) -> SafeString:
        lines = ((DataTarget(name).label, _fields(each)) for name, each in TARGETS.items())
        return format_html_join("", "<p><b>{}</b>: {}</p>", lines)


def _fields(target: Target) -> str:
    """Each with what it takes; those with a star have to be there."""
    return list_text(
        f"{each.name}{'*' if each.is_required else ''} ({_KINDS[each.kind]})"
        for each in target.fields.values()
    )
