"""Dialogs in which people decide: about a proposal, a pack, or the mode of a rule."""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeVerticalWidget,
    UnfoldAdminTextInputWidget,
)

from monitoring.admin.forms import NOTE_MAX
from monitoring.admin.language import fault_text
from monitoring.models import Rule
from monitoring.models.choices import JUDGED_MODES, MODE_CHANGES, ModeChoice
from monitoring.rule_queries import rules_with_parts
from monitoring.rule_rows import stored_spec
from riskgw.cep.checks import faults


def _reason(label: Any, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=capfirst(label),
        required=required,
        max_length=NOTE_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
    )


class ApproveForm(BaseDialogForm):
    """A yes may be explained."""

    reason = _reason(_("reason (may stay empty)"), required=False)


class RejectForm(BaseDialogForm):
    """A no says why."""

    reason = _reason(_("reason"), required=True)


class ModeForm(BaseDialogForm):
    """Where the rule goes from its mode, why, and from when on."""

    mode = forms.ChoiceField(label=capfirst(_("mode")), widget=UnfoldAdminSelectWidget)
    note = _reason(_("why this change"), required=True)
    takes_effect = forms.SplitDateTimeField(
        label=capfirst(_("takes effect (UTC+8)")),
        required=False,
        help_text=_("Empty: at once, or as soon as it is approved."),
        widget=UnfoldAdminSplitDateTimeVerticalWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rule: Rule | None = rules_with_parts().filter(pk=self.object_id).first()
        field = self.fields["mode"]
        assert isinstance(field, forms.ChoiceField)
        if self._rule is not None:
            allowed = MODE_CHANGES[ModeChoice(self._rule.mode)]
            field.choices = [(each.value, each.label) for each in allowed]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self._rule is not None and cleaned.get("mode") in JUDGED_MODES:
            for fault in faults(stored_spec(self._rule)):
                self.add_error("mode", f"{self._rule.code}: {fault_text(fault)}")
        return cleaned


def gone_to(path: str) -> HttpResponse:
    """The answer to a dialog that has done its work."""
    return HttpResponse(headers={"HX-Redirect": path})


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def found(page: ModelAdmin[Any], request: HttpRequest, object_id: str) -> Any:
    """The record of a page that acts on one."""
    record = page.get_object(request, object_id)
    assert record is not None
    return record
