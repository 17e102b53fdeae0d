"""Rules with all their parts."""

from typing import Any

import msgspec
from django.contrib import admin
from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
from django.db.models import Prefetch, QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from monitoring.actions.switch_mode import switch_mode
from monitoring.admin.decisions import ModeForm, found, gone_to, user_of
from monitoring.admin.language import category_text, field_names, phase_names
from monitoring.admin.publishing import publish, tell
from monitoring.admin.rule_forms import ConditionFormSet, RuleForm
from monitoring.admin.rule_tables import (
    ActionInline,
    ConditionInline,
    ExemptionInline,
    ThenInline,
)
from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import VersionStateChoice, in_language
from monitoring.rule_queries import FIGURE_CATEGORIES, exported_rules
from riskgw.reference.admin.records import NOTHING, RecordAdmin, list_text, number_text

MODE_LABELS = {"live": "success", "shadow": "primary", "draft": "info", "off": "warning"}


class RuleFilter(RelatedFieldListFilter):
    """Titled and named in the reader's language, which the foreign keys are not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("rule")

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        return [(str(rule.pk), titled(rule)) for rule in Rule.objects.all()]


def titled(rule: Rule) -> str:
    """P01 High-frequency trading."""
    return f"{rule} {in_language(vars(rule), 'name')}"


class CategoryFilter(SimpleListFilter):
    """The categories that rules have, in the reader's language."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        stored = Rule.objects.order_by("category").values_list("category", flat=True).distinct()
        return [(code, category_text(code)) for code in stored if code]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> QuerySet[Rule]:
        return queryset.filter(category=self.value()) if self.value() else queryset


@admin.register(Rule)
class RuleAdmin(RecordAdmin):
    """Saving a live rule publishes a version; engines load versions only."""

    form = RuleForm
    inlines = (ConditionInline, ExemptionInline, ThenInline, ActionInline)
    list_display = (
        "code", "name", "category_label", "mode_label", "version_number", "waiting", "keys",
    )  # fmt: skip
    list_filter = ("mode", "needs_approval", "check_point", CategoryFilter)
    search_fields = ("code", "name_zh", "name_en")
    actions = ("export_json",)
    actions_detail = ("versions", "thresholds", "switch_mode")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("code", "mode", "category"),
                    ("name_zh", "name_en"),
                    "key",
                    ("check_point", "needs_approval"),
                )
            },
        ),
        (
            _("When it judges"),
            {
                "fields": (
                    "sessions",
                    ("repeat", "for_ms"),
                    ("cooldown_ms", "clear_percent"),
                    "inhibits",
                    "follows_market",
                )
            },
        ),
        (None, {"fields": (("advice_zh", "advice_en"), ("source_note", "confidence"))}),
    )
    _change = (_("This change"), {"fields": ("change_note", "takes_effect")})
    shown_instead = {
        "key": "keys",
        "category": "category_label",
        "sessions": "phases",
        "inhibits": "inhibited",
        "clear_percent": "clear_number",
    }
    history_texts = {
        "key": field_names,
        "category": category_text,
        "sessions": phase_names,
        "inhibits": list_text,
    }
    empty_reason = _("Rules say which indicators are compared with which thresholds.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        rules: QuerySet[Rule] = super().get_queryset(request)
        rules = rules.exclude(category__in=FIGURE_CATEGORIES)
        # Without their specifications, which only the versions' own page shows.
        versions = RuleVersion.objects.defer("spec")
        return rules.prefetch_related(Prefetch("versions", versions))

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        is_new = obj is None and self.has_add_permission(request)
        may_write = is_new or (obj is not None and self.has_change_permission(request, obj))
        return [*fieldsets, self._change] if may_write else fieldsets

    def _create_formsets(self, request: HttpRequest, obj: Rule, change: bool) -> Any:
        """The table of conditions checks the rule whole, so it knows the others."""
        formsets, inlines = super()._create_formsets(request, obj, change)
        for formset in formsets:
            if isinstance(formset, ConditionFormSet):
                formset.tables = {each.model: each for each in formsets}
        return formsets, inlines

    @admin.display(description=_("name"))
    def name(self, rule: Rule) -> str:
        return in_language(vars(rule), "name") or NOTHING

    @admin.display(description=_("category"), ordering="category")
    def category_label(self, rule: Rule) -> str:
        return category_text(rule.category) or NOTHING

    @display(description=_("mode"), label=MODE_LABELS)
    def mode_label(self, rule: Rule) -> tuple[str, str]:
        return rule.mode, rule.get_mode_display()

    @admin.display(description=_("version"))
    def version_number(self, rule: Rule) -> int | str:
        return max((version.number for version in rule.versions.all()), default=NOTHING)

    @display(description=_("waiting"), label="warning")
    def waiting(self, rule: Rule) -> str | None:
        states = {version.state for version in rule.versions.all()}
        return gettext("for approval") if VersionStateChoice.PROPOSED in states else None

    @admin.display(description=_("trading phases"))
    def phases(self, rule: Rule) -> str:
        return phase_names(rule.sessions) or gettext("all")

    @admin.display(description=_("silences the rules"))
    def inhibited(self, rule: Rule) -> str:
        return list_text(rule.inhibits) or NOTHING

    @admin.display(description=_("ends below (% of the threshold)"))
    def clear_number(self, rule: Rule) -> str:
        return number_text(rule.clear_percent)

    @admin.display(description=_("judged by"))
    def keys(self, rule: Rule) -> str:
        return field_names(rule.key)

    @action(description=_("Versions"), icon="difference", permissions=["view"])
    def versions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        path = reverse("admin:monitoring_ruleversion_changelist")
        return HttpResponseRedirect(f"{path}?rule__id__exact={object_id}")

    @action(description=_("Thresholds"), icon="speed", permissions=["view"])
    def thresholds(self, request: HttpRequest, object_id: str) -> HttpResponse:
        path = reverse("admin:monitoring_threshold_changelist")
        return HttpResponseRedirect(f"{path}?condition__rule__id__exact={object_id}")

    @action(
        description=_("Switch mode"),
        icon="swap_horiz",
        permissions=["change"],
        dialog={
            "title": _("Switch mode"),
            "description": _("What judges is what is live or in shadow. The note stays with it."),
            "form_class": ModeForm,
            "form_submit_text": _("Switch mode"),
        },
    )
    def switch_mode(self, request: HttpRequest, form: ModeForm, object_id: str) -> HttpResponse:
        rule = found(self, request, object_id)
        given = form.cleaned_data
        user = user_of(request)
        version = switch_mode(rule, given["mode"], user, given["note"], given["takes_effect"])
        if version is not None:
            tell(request, version)
        return gone_to(reverse("admin:monitoring_rule_change", args=[object_id]))

    @admin.action(description=_("Export as JSON"))
    def export_json(self, request: HttpRequest, queryset: QuerySet[Rule]) -> HttpResponse:
        content = msgspec.json.format(msgspec.json.encode(exported_rules(queryset)))
        response = HttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = 'attachment; filename="rules.json"'
        return response

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Rule],
        formsets: Any,
        change: bool,  # Django's signature
    ) -> None:
        super().save_related(request, form, formsets, change)
        given = form.cleaned_data
        publish(request, given.get("change_note", ""), given.get("takes_effect"))
