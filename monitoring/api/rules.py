"""Rules: listed, shown with the version in force in words, and with what each version changed."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from monitoring.admin.language import category_text, field_names, indicator_names, note_text
from monitoring.admin.version_text import (
    condition_rows,
    indicator_rows,
    part_rows,
    version_change_rows,
)
from monitoring.api.rules_results import (
    RulePage,
    VersionPage,
    WholeRuleResult,
)
from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import (
    MODE_CHANGES,
    CheckPointChoice,
    LevelChoice,
    ModeChoice,
)
from monitoring.rule_queries import (
    approved_before,
    rule_lines,
    rules_listed,
    rules_with_parts,
    threshold_rows,
    version_in_force,
)
from monitoring.rule_rows import stored_spec
from riskgw.cep.spec import RuleSpec, rule_from_builtins
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, Page, page
from riskgw.web.problems import not_found

CODE_SIZE_MAX = 30
_FILTERS = {
    "mode": "mode",
    "category": "category",
    "check_point": "check_point",
    "level": "conditions__thresholds__level",
}


class RuleFilters(ListArguments):
    """Filters; all that are given must hold. `level`: the rule has thresholds of it."""

    mode = serializers.ChoiceField(ModeChoice.choices, required=False)
    category = serializers.CharField(required=False, max_length=30)
    check_point = serializers.ChoiceField(CheckPointChoice.choices, required=False)
    level = serializers.ChoiceField(LevelChoice.choices, required=False)
    waiting = serializers.BooleanField(required=False, help_text="Has a proposal that waits.")
    search = serializers.CharField(
        required=False, max_length=80, help_text="Part of the code or of a name."
    )


class RuleArguments(serializers.Serializer[Any]):
    """Which rule."""

    code = serializers.CharField(max_length=CODE_SIZE_MAX)


class VersionListArguments(RuleArguments, ListArguments):
    """Which rule, and from where in the list."""


class ListRules(Handler):
    """Rules by their codes."""

    arguments = RuleFilters
    result = RulePage

    def answer(self) -> Answer:
        cursor = self.values.pop("cursor", None)
        found = page(rules_found(self.values), ("code",), cursor)
        return self.rendered(Page(found.next, rule_lines(found.results)))


class ShowRule(Handler):
    """A rule as it is judged by, in the reader's words and in figures; a draft as it stands."""

    arguments = RuleArguments
    result = WholeRuleResult

    def answer(self) -> Answer:
        return self.rendered(whole_rule(rule_named(self.values["code"])))


class ListVersions(Handler):
    """Versions of a rule, the newest first, each with what it changed."""

    arguments = VersionListArguments
    result = VersionPage

    def answer(self) -> Answer:
        rule = rule_named(self.values["code"])
        versions = rule.versions.select_related("author", "decided_by")
        found = page(versions, ("-number",), self.values.get("cursor"))
        return self.rendered(Page(found.next, _version_lines(rule, found.results)))


def rules_found(values: Mapping[str, Any]) -> QuerySet[Rule]:
    """Those that fit all filters."""
    filters = {_FILTERS[name]: value for name, value in values.items() if name in _FILTERS}
    rules = rules_listed().filter(**filters)
    if "search" in values:
        text = values["search"]
        named = Q(name_zh__icontains=text) | Q(name_en__icontains=text)
        rules = rules.filter(Q(code__icontains=text) | named)
    if "waiting" in values:
        has_proposal = Q(versions__state="proposed")
        rules = rules.filter(has_proposal if values["waiting"] else ~has_proposal)
    return rules.distinct()


def rule_named(code: str) -> Rule:
    """The rule with its parts, or a refusal."""
    rule = rules_with_parts().filter(code=code).first()
    if rule is None:
        raise not_found("There is no such rule.")
    return rule


def version_line(version: RuleVersion) -> dict[str, Any]:
    """One version with what it changed."""
    return _version_lines(version.rule, [version])[0]


def whole_rule(rule: Rule) -> dict[str, Any]:
    """Everything about a rule but its history."""
    in_force = version_in_force(rule)
    spec = rule_from_builtins(in_force.spec) if in_force else stored_spec(rule)
    return {
        **rule_lines([rule])[0],
        **_said(spec),
        "advice": {"en": rule.advice_en, "zh": rule.advice_zh},
        "source_note": rule.source_note,
        "confidence": rule.confidence,
        "category_name": category_text(rule.category),
        "thresholds": threshold_rows(rule),
        "may_become": [mode.value for mode in MODE_CHANGES[ModeChoice(rule.mode)]],
    }


def _said(spec: RuleSpec) -> dict[str, Any]:
    """A specification in the reader's words."""
    names = indicator_names()
    return {
        "key": field_names(spec.key),
        "conditions": condition_rows(spec, names),
        "indicators": indicator_rows(spec, names),
        "parts": part_rows(spec, names),
    }


def _version_lines(rule: Rule, versions: list[RuleVersion]) -> list[dict[str, Any]]:
    in_force, names = version_in_force(rule), indicator_names()
    others = list(rule.versions.all())
    return [_version_line(each, others, in_force, names) for each in versions]


def _version_line(
    version: RuleVersion,
    others: list[RuleVersion],
    in_force: RuleVersion | None,
    names: Mapping[str, str],
) -> dict[str, Any]:
    before = approved_before(version, others)
    return {
        "number": version.number,
        "state": version.state,
        "mode": version.mode,
        "needs_approval": version.needs_approval,
        "is_in_force": in_force is not None and in_force.pk == version.pk,
        "author": version.author.get_username() if version.author else None,
        "effective_from": version.effective_from,
        "note": note_text(version.note),
        "decided_by": version.decided_by.get_username() if version.decided_by else None,
        "decided_at": version.decided_at,
        "reason": version.reason,
        "before": before.number if before else None,
        "changes": version_change_rows(before, version, names) if before else [],
    }
