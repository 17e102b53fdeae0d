"""Parameter packs: a file becomes a draft beside what stands, and another person applies it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSingleDateWidget,
)

from monitoring.actions.apply_pack import RulesWaiting, apply_pack, reject_pack
from monitoring.actions.approve_version import AlreadyDecided
from monitoring.actions.import_pack import PackFaulty, PackTitle, checked_lines, store_pack
from monitoring.actions.read_pack import PackUnreadable, read_pack
from monitoring.admin.decisions import ApproveForm, RejectForm, found, gone_to, user_of
from monitoring.admin.language import fault_text, indicator_names, level_label, scope_text
from monitoring.admin.publishing import tell
from monitoring.admin.version_text import titled
from monitoring.domain.parameter_pack import COLUMNS, Difference, Kind, LineFault
from monitoring.domain.spec_order import scope_names
from monitoring.models import ParameterPack
from monitoring.models.choices import PackStateChoice
from monitoring.rule_queries import pack_differences
from riskgw.cep.checks import Fault
from riskgw.reference.admin.records import NOTHING, number_text, time_text

FAULTS_SHOWN_MAX = 100
STATE_LABELS = {"draft": "warning", "applied": "success", "rejected": "danger"}
_KINDS = {Kind.ADDED: _("new"), Kind.CHANGED: _("changed"), Kind.SAME: _("as before")}


class PackForm(forms.ModelForm[ParameterPack]):
    """A file whose lines all fit, or nothing."""

    file = forms.FileField(
        label=capfirst(_("file")),
        help_text=_("CSV or XLSX with the columns %(columns)s, or JSON.")
        % {"columns": ", ".join(COLUMNS)},
        widget=UnfoldAdminFileFieldWidget,
    )

    class Meta:
        model = ParameterPack
        fields = ("name", "effective_from", "note")
        widgets = {"effective_from": UnfoldAdminSingleDateWidget}

    line_faults: list[dict[str, Any]] = []

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        file = cleaned["file"]
        try:
            rows = read_pack(file.name, file.read())
            self.lines = checked_lines(rows, cleaned["effective_from"])
        except PackUnreadable as error:
            self.add_error("file", str(error))
        except PackFaulty as error:
            self.line_faults = [_fault_row(each) for each in error.faults[:FAULTS_SHOWN_MAX]]
            self.add_error("file", _refused(len(error.faults)))
        return cleaned


def _refused(count: int) -> str:
    text = ngettext(
        "%(count)s fault, shown below: nothing was stored.",
        "%(count)s faults, shown below: nothing was stored.",
        count,
    )
    return text % {"count": count}


def _fault_row(fault: LineFault) -> dict[str, Any]:
    text = fault_text(Fault(fault.column, fault.text))
    return {"number": fault.number, "column": fault.column, "text": text}


@admin.register(ParameterPack)
class ParameterPackAdmin(ModelAdmin):
    """A pack is added as a draft and decided about; it is not changed."""

    form = PackForm
    change_form_after_template = "riskgw/pack_faults.html"
    list_display = ("name", "effective_from", "state_label", "author", "created", "decider")
    list_filter = ("state",)
    list_select_related = ("author", "decided_by")
    search_fields = ("name", "note", "lines__rule")
    actions_detail = ("apply", "turn_down")
    readonly_fields = ("state", "day", "author", "created", "decider", "reason_text", "compared")
    empty_reason = _("A file with many thresholds is added here as a draft.")

    def get_fieldsets(self, request: HttpRequest, obj: ParameterPack | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": (("name", "effective_from"), "note", "file")}),)
        return (
            (
                None,
                {
                    "fields": (
                        ("name", "state"),
                        ("day", "note"),
                        ("author", "created"),
                        ("decider", "reason_text"),
                    )
                },
            ),
            (_("Beside what stands"), {"fields": ("compared",)}),
        )

    def save_model(
        self,
        request: HttpRequest,
        obj: ParameterPack,
        form: BaseModelForm[ParameterPack],
        change: bool,  # Django's signature
    ) -> None:
        assert isinstance(form, PackForm)
        assert not change
        title = PackTitle(obj.name, obj.effective_from, obj.note)
        obj.pk = store_pack(title, form.lines, user_of(request)).pk
        obj.refresh_from_db()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("state"), label=STATE_LABELS, ordering="state")
    def state_label(self, pack: ParameterPack) -> tuple[str, str]:
        return pack.state, pack.get_state_display()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = (extra_context or {}) | {"show_history": False}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @admin.display(description=_("from trading day"))
    def day(self, pack: ParameterPack) -> str:
        return pack.effective_from.isoformat()

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, pack: ParameterPack) -> str:
        return time_text(pack.created_at)

    @admin.display(description=_("decided by"))
    def decider(self, pack: ParameterPack) -> str:
        if pack.decided_at is None or pack.decided_by is None:
            return NOTHING
        return f"{pack.decided_by.get_username()} {time_text(pack.decided_at)}"

    @admin.display(description=_("reason"))
    def reason_text(self, pack: ParameterPack) -> str:
        return pack.reason or NOTHING

    @admin.display(description=_("lines"))
    def compared(self, pack: ParameterPack) -> str:
        """A draft beside the rules of now, what was applied beside those of then."""
        names = indicator_names()
        rows = [_row(each, names) for each in pack_differences(pack)]
        return render_to_string("riskgw/pack_lines.html", {"rows": rows})

    def has_apply_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Of somebody else's draft."""
        user = user_of(request)
        drafts = ParameterPack.objects.filter(pk=object_id, state=PackStateChoice.DRAFT)
        may = user.has_perm("monitoring.approve_parameterpack")
        return may and drafts.exclude(author=user).exists()

    def has_turn_down_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """One's own is put aside."""
        user = user_of(request)
        own = ParameterPack.objects.filter(pk=object_id, state=PackStateChoice.DRAFT, author=user)
        may_put_aside = user.has_perm("monitoring.add_parameterpack") and own.exists()
        return may_put_aside or self.has_apply_permission(request, object_id)

    @action(
        description=_("Apply"),
        icon="check",
        permissions=["apply"],
        dialog={
            "title": _("Apply"),
            "description": _("Every line becomes a threshold, each from its day on."),
            "form_class": ApproveForm,
            "form_submit_text": _("Apply"),
        },
    )
    def apply(self, request: HttpRequest, form: ApproveForm, object_id: str) -> HttpResponse:
        pack = found(self, request, object_id)
        try:
            versions = apply_pack(pack, user_of(request), form.cleaned_data["reason"])
        except AlreadyDecided:
            messages.error(request, gettext("Somebody else has decided meanwhile."))
        except RulesWaiting as error:
            text = gettext("Decide first about what is proposed for %(rules)s.")
            messages.error(request, text % {"rules": ", ".join(error.codes)})
        except PackFaulty as error:
            messages.error(request, gettext("The rules have changed: nothing was applied."))
            for fault in error.faults[:FAULTS_SHOWN_MAX]:
                row = _fault_row(fault)
                messages.error(request, f"{row['number']}: {row['column']}: {row['text']}")
        else:
            for version in versions:
                tell(request, version)
        return gone_to(_page(object_id))

    @action(
        description=_("Turn down"),
        icon="close",
        permissions=["turn_down"],
        dialog={
            "title": _("Turn down"),
            "description": _("The pack changes nothing and stays here to be read."),
            "form_class": RejectForm,
            "form_submit_text": _("Turn down"),
        },
    )
    def turn_down(self, request: HttpRequest, form: RejectForm, object_id: str) -> HttpResponse:
        pack = found(self, request, object_id)
        try:
            reject_pack(pack, user_of(request), form.cleaned_data["reason"])
        except AlreadyDecided:
            messages.error(request, gettext("Somebody else has decided meanwhile."))
        return gone_to(_page(object_id))


def _page(object_id: str) -> str:
    return reverse("admin:monitoring_parameterpack_change", args=[object_id])


def _row(difference: Difference, names: dict[str, str]) -> dict[str, Any]:
    line = difference.line
    threshold = line.threshold
    return {
        "number": line.number,
        "rule": line.rule,
        "condition": titled(line.condition, names),
        "level": level_label(threshold.level),
        "scope": scope_text(scope_names(threshold.scope)),
        "day": threshold.effective_from,
        "old": None if difference.old is None else number_text(difference.old),
        "new": number_text(threshold.value),
        "kind": _KINDS[difference.kind],
        "source": threshold.source_note,
    }
