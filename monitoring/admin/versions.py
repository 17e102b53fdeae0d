"""Rule versions: what each rule was at any time, and what each version changed."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from monitoring.actions.approve_version import AlreadyDecided, approve_version
from monitoring.actions.reject_version import reject_version
from monitoring.admin.decisions import ApproveForm, RejectForm, found, gone_to, user_of
from monitoring.admin.language import indicator_names, note_text
from monitoring.admin.publishing import tell
from monitoring.admin.rules import MODE_LABELS, RuleFilter
from monitoring.admin.version_text import (
    condition_rows,
    indicator_rows,
    part_rows,
    version_change_rows,
)
from monitoring.models import RuleVersion
from monitoring.models.choices import LevelChoice, in_language
from monitoring.rule_queries import approved_before, proposed_versions
from riskgw.cep.spec import rule_from_builtins
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, time_text

CHANGES_SHOWN_MAX = 6
STATE_LABELS = {
    "proposed": "warning", "approved": "success", "rejected": "danger", "withdrawn": "info",
}  # fmt: skip


@admin.register(RuleVersion)
class RuleVersionAdmin(ReadOnlyAdmin):
    """The specification engines load, in words and as it is stored; and who agreed to it."""

    list_filter = ("state", ("rule", RuleFilter), "mode")
    list_select_related = ("rule", "author", "decided_by")
    actions_detail = ("approve", "reject")
    search_fields = ("rule__code", "rule__name_zh", "rule__name_en")
    ordering = ("-effective_from", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("rule_name", "version_number"),
                    ("state", "mode"),
                    ("since", "needs_approval"),
                    ("author", "note_label"),
                    ("decider", "reason_text"),
                )
            },
        ),
        (None, {"fields": ("changes", "specification")}),
    )
    empty_reason = _("Saving a live rule makes its first version.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RuleVersion]:
        versions: QuerySet[RuleVersion] = super().get_queryset(request)
        return versions.prefetch_related("rule__versions")

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Indicators are asked for their names once a page, not once a row."""
        names = indicator_names()

        @admin.display(description=_("changes"))
        def changes(version: RuleVersion) -> str:
            return _changes(version, names, CHANGES_SHOWN_MAX)

        return (
            "rule_name", "version_number", "state_label", "mode_label", "since", "author",
            "decider", changes, "note_label",
        )  # fmt: skip

    @display(description=_("state"), label=STATE_LABELS, ordering="state")
    def state_label(self, version: RuleVersion) -> tuple[str, str]:
        return version.state, version.get_state_display()

    @display(description=_("mode"), label=MODE_LABELS, ordering="mode")
    def mode_label(self, version: RuleVersion) -> tuple[str, str]:
        return version.mode, version.get_mode_display()

    @admin.display(description=_("decided by"))
    def decider(self, version: RuleVersion) -> str:
        if version.decided_at is None:
            return NOTHING
        name = version.decided_by.get_username() if version.decided_by else ""
        return f"{name} {time_text(version.decided_at)}".strip()

    @admin.display(description=_("reason"))
    def reason_text(self, version: RuleVersion) -> str:
        return version.reason or NOTHING

    @admin.display(description=_("rule"), ordering="rule__code")
    def rule_name(self, version: RuleVersion) -> str:
        return f"{version.rule} {in_language(version.spec, 'name')}"

    @admin.display(description=_("version"), ordering="number")
    def version_number(self, version: RuleVersion) -> int:
        return version.number

    @admin.display(description=_("effective from (UTC+8)"), ordering="effective_from")
    def since(self, version: RuleVersion) -> str:
        return time_text(version.effective_from)

    @admin.display(description=_("note"))
    def note_label(self, version: RuleVersion) -> str:
        return note_text(version.note) or NOTHING

    @admin.display(description=_("changes"))
    def changes(self, version: RuleVersion) -> str:
        return _changes(version, indicator_names())

    @admin.display(description=_("specification"))
    def specification(self, version: RuleVersion) -> str:
        names, spec = indicator_names(), rule_from_builtins(version.spec)
        context = {
            "levels": [level.label for level in LevelChoice],
            "conditions": condition_rows(spec, names),
            "indicators": indicator_rows(spec, names),
            "parts": part_rows(spec, names),
            "json": msgspec.json.format(msgspec.json.encode(version.spec)).decode(),
        }
        return render_to_string("riskgw/rule_version.html", context)

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Of a proposal by somebody else."""
        user = user_of(request)
        waiting = proposed_versions().filter(pk=object_id).exclude(author=user)
        return user.has_perm("monitoring.approve_ruleversion") and waiting.exists()

    def has_reject_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """What one proposed oneself is withdrawn."""
        user = user_of(request)
        own = proposed_versions().filter(pk=object_id, author=user)
        may_withdraw = user.has_perm("monitoring.change_rule") and own.exists()
        return may_withdraw or self.has_approve_permission(request, object_id)

    @action(
        description=_("Approve"),
        icon="check",
        permissions=["approve"],
        dialog={
            "title": _("Approve"),
            "description": _("The version comes into force at its time, or at once."),
            "form_class": ApproveForm,
            "form_submit_text": _("Approve"),
        },
    )
    def approve(self, request: HttpRequest, form: ApproveForm, object_id: str) -> HttpResponse:
        version = found(self, request, object_id)
        try:
            approve_version(version, user_of(request), form.cleaned_data["reason"])
        except AlreadyDecided:
            messages.error(request, gettext("Somebody else has decided meanwhile."))
        else:
            version.refresh_from_db()
            tell(request, version)
        return gone_to(_page(object_id))

    @action(
        description=_("Turn down"),
        icon="close",
        permissions=["reject"],
        dialog={
            "title": _("Turn down"),
            "description": _("The rule says again what is in force."),
            "form_class": RejectForm,
            "form_submit_text": _("Turn down"),
        },
    )
    def reject(self, request: HttpRequest, form: RejectForm, object_id: str) -> HttpResponse:
        version = found(self, request, object_id)
        try:
            reject_version(version, user_of(request), form.cleaned_data["reason"])
        except AlreadyDecided:
            messages.error(request, gettext("Somebody else has decided meanwhile."))
        else:
            text = gettext("%(version)s was turned down.")
            messages.success(request, text % {"version": version})
        return gone_to(_page(object_id))


def _page(object_id: str) -> str:
    return reverse("admin:monitoring_ruleversion_change", args=[object_id])


def _changes(version: RuleVersion, names: Mapping[str, str], most: int | None = None) -> str:
    """What this version changes of the approved one before; a first version changes nothing."""
    before = approved_before(version, version.rule.versions.all())
    if before is None:
        return NOTHING
    rows = version_change_rows(before, version, names)
    context = {"rows": rows[:most], "more": len(rows[most:]) if most else 0}
    return render_to_string("riskgw/changes.html", context)
