"""Silences: made, changed and ended; never deleted, for the alerts they silenced name them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.actions.make_silence import SilenceOver, announce_made, end_silence
from monitoring.domain.silence import MATCHED, SilenceState, Step
from monitoring.models import Silence
from monitoring.models.choices import AlertStateChoice, FieldChoice
from riskgw.reference.admin.records import RecordAdmin, list_text, number_text, time_text

_STATES = {
    SilenceState.PLANNED: _("planned"),
    SilenceState.ACTIVE: _("active"),
    SilenceState.ENDED: _("ended"),
}
_NAMES: dict[str, Any] = {
    **dict(FieldChoice.choices),
    "rule": _("rule"),
    "category": _("category"),
    "level": _("level"),
}


class SilenceForm(forms.ModelForm[Silence]):
    """Times are those of the exchanges."""

    class Meta:
        model = Silence
        fields = (*MATCHED, "reason", "starts_at", "ends_at", "mutes_warnings")
        labels = {
            "starts_at": capfirst(_("begins (UTC+8)")),
            "ends_at": capfirst(_("ends (UTC+8)")),
        }


@admin.register(Silence)
class SilenceAdmin(RecordAdmin):
    """One that has ended is history."""

    form = SilenceForm
    list_display = (
        "matchers_text", "state_text", "begins", "ends", "owner", "reason", "silenced_number",
        "open_number",
    )  # fmt: skip
    list_filter = ("owner", "level")
    list_select_related = ("owner",)
    search_fields = ("rule", "account", "group", "contract", "reason")
    actions = ("end_now",)
    fieldsets = (
        (
            _("What is silenced"),
            {
                "fields": (
                    ("rule", "category", "level"),
                    ("account", "group", "customer"),
                    ("counter", "contract", "exchange"),
                )
            },
        ),
        (
            _("Why, and until when"),
            {"fields": ("reason", ("starts_at", "ends_at"), "mutes_warnings")},
        ),
    )
    shown_instead = {"starts_at": "begins", "ends_at": "ends"}
    empty_reason = _("Nothing is silenced, and nothing was.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Silence]:
        silences: QuerySet[Silence] = super().get_queryset(request)
        is_open = Q(alerts__state=AlertStateChoice.OPEN)
        return silences.annotate(
            silenced=Count("alerts"), still_open=Count("alerts", filter=is_open)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_over = obj is not None and obj.state() is SilenceState.ENDED
        return not is_over and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Silence, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        if change:
            # Its new end is announced again.
            obj.told = Step.BEGUN if obj.told else ""
        else:
            obj.owner = request.user
        super().save_model(request, obj, form, change)
        announce_made(obj)

    @admin.action(description=_("End now"), permissions=["change"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[Silence]) -> None:
        count = 0
        for silence in queryset:
            try:
                end_silence(silence.pk)
            except SilenceOver:
                continue
            count += 1
        text = gettext("%(count)s silences have ended.") % {"count": count}
        messages.success(request, text)

    @admin.display(description=_("silenced"))
    def matchers_text(self, silence: Silence) -> str:
        return list_text(f"{_NAMES[name]} {value}" for name, value in silence.matchers.items())

    @admin.display(description=_("state"))
    def state_text(self, silence: Silence) -> str:
        return str(_STATES[silence.state()])

    @admin.display(description=_("begins (UTC+8)"), ordering="starts_at")
    def begins(self, silence: Silence) -> str:
        return time_text(silence.starts_at)

    @admin.display(description=_("ends (UTC+8)"), ordering="ends_at")
    def ends(self, silence: Silence) -> str:
        return time_text(silence.ends_at)

    @admin.display(description=_("alerts"), ordering="silenced")
    def silenced_number(self, silence: Any) -> str:
        return number_text(silence.silenced)

    @admin.display(description=_("still open"), ordering="still_open")
    def open_number(self, silence: Any) -> str:
        return number_text(silence.still_open)
