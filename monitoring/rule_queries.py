"""Reads: rules as they stand, and the versions of them that engines load."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TypedDict

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from monitoring.domain.catalogue import Catalogue, catalogue_from_json
from monitoring.domain.exchange_fee import FeeTable, fee_tables
from monitoring.domain.parameter_pack import Difference, Kind, Line, differences
from monitoring.models import (
    Indicator,
    PackLine,
    ParameterPack,
    Rule,
    RuleVersion,
    Threshold,
)
from monitoring.models.choices import (
    JUDGED_MODES,
    ModeChoice,
    PackStateChoice,
    VersionModeChoice,
    VersionStateChoice,
)
from monitoring.rule_rows import plain, stored_spec
from riskgw.cep.spec import (
    RulesFile,
    RuleSpec,
    ScopeSpec,
    ThresholdSpec,
    rule_from_builtins,
)
from riskgw.kernel.words import Level

CATALOGUE = Path(__file__).parent / "catalogue"
FIRST_RULES = CATALOGUE / "first_rules.json"
HOUSE_RULES = CATALOGUE / "house_rules.json"
EXCHANGE_FEES = CATALOGUE / "exchange_fees.json"
# All of today; the first rules are among them, as they are now.
CATALOGUE_FILES = tuple(
    CATALOGUE / f"{name}.json"
    for name in ("programme", "futures", "pre_trade", "stocks", "market", "house_rules")
)
# Rules that name alerts of hosts and of business figures: no engine loads them, and they have no
# conditions; the thresholds of these figures are kept elsewhere.
SYSTEM_CATEGORY = "system"
BUSINESS_CATEGORY = "business"
FIGURE_CATEGORIES = (SYSTEM_CATEGORY, BUSINESS_CATEGORY)
# The note of a version that came with a file or a release.
IMPORTED = "imported"
_VALID = (VersionStateChoice.APPROVED, VersionStateChoice.PROPOSED)


def shipped_rules() -> tuple[RuleSpec, ...]:
    """The rules that a new database judges by, live ones and those in shadow."""
    return tuple(rule for file in catalogue() for rule in file.judged)


def catalogue() -> tuple[Catalogue, ...]:
    """The files of this release."""
    return tuple(catalogue_from_json(file.read_bytes()) for file in CATALOGUE_FILES)


@cache
def exchange_fees() -> tuple[FeeTable, ...]:
    """What exchanges ask for information volume."""
    return fee_tables(EXCHANGE_FEES.read_bytes())


def versions_in_force(at: datetime | None = None) -> QuerySet[RuleVersion]:
    """Of each rule the newest approved version whose time has come, those that end it too."""
    due = RuleVersion.objects.filter(
        state=VersionStateChoice.APPROVED, effective_from__lte=at or timezone.now()
    )
    newer = due.filter(rule=OuterRef("rule"), number__gt=OuterRef("number"))
    return due.filter(~Exists(newer)).order_by("rule__code")


def live_rules(at: datetime | None = None) -> list[RuleSpec]:
    """What is judged at a time, by default now: live rules and shadow rules."""
    versions = versions_in_force(at).exclude(mode=VersionModeChoice.OFF)
    return [rule_from_builtins(spec) for spec in versions.values_list("spec", flat=True)]


def rules_mark(at: datetime | None = None) -> str:
    """Another text after every change that `live_rules` would show."""
    return ".".join(str(version) for version in versions_in_force(at).values_list("pk", flat=True))


def exported_rules(rules: Iterable[Rule]) -> RulesFile:
    """The newest versions of rules as a file that `replay --rules` takes; drafts as they stand."""
    specs = []
    for rule in rules:
        latest = latest_version(rule)
        specs.append(rule_from_builtins(latest.spec) if latest else stored_spec(rule))
    return RulesFile(tuple(specs))


def latest_version(rule: Rule) -> RuleVersion | None:
    """The newest one that is in force or may come to be."""
    return rule.versions.filter(state__in=_VALID).order_by("-number").first()


def approved_versions() -> QuerySet[RuleVersion]:
    """Of each rule the newest approved version, also one whose time is yet to come."""
    approved = RuleVersion.objects.filter(state=VersionStateChoice.APPROVED)
    newer = approved.filter(rule=OuterRef("rule"), number__gt=OuterRef("number"))
    return approved.filter(~Exists(newer))


def proposed_versions() -> QuerySet[RuleVersion]:
    """What waits for a second person, at most one a rule."""
    return RuleVersion.objects.filter(state=VersionStateChoice.PROPOSED)


def rules_with_parts() -> QuerySet[Rule]:
    """Rules with everything `spec_of` reads."""
    return Rule.objects.select_related("then_step__indicator").prefetch_related(
        "conditions__indicator__filters",
        "conditions__over__filters",
        "conditions__thresholds",
        "then_step__indicator__filters",
        "exemptions",
        "level_actions",
    )


class RuleLine(TypedDict):
    """A rule as lists show it: `version` is in force, `proposed` waits for a second person."""

    code: str
    name: dict[str, str]
    category: str
    mode: str
    check_point: str
    needs_approval: bool
    levels: list[str]
    version: int | None
    since: datetime | None
    proposed: int | None


def rules_listed() -> QuerySet[Rule]:
    """Rules with what `rule_lines` reads; figures have thresholds of their own."""
    rules = Rule.objects.exclude(category__in=FIGURE_CATEGORIES)
    return rules.prefetch_related("conditions__thresholds")


def rule_lines(rules: Iterable[Rule]) -> list[RuleLine]:
    """Rules as lists show them."""
    in_force = {row.rule_id: row for row in versions_in_force().defer("spec")}
    proposed = dict(proposed_versions().values_list("rule", "number"))
    return [_rule_line(rule, in_force.get(rule.pk), proposed.get(rule.pk)) for rule in rules]


def _rule_line(rule: Rule, version: RuleVersion | None, proposed: int | None) -> RuleLine:
    found = {each.level for row in rule.conditions.all() for each in row.thresholds.all()}
    return {
        "code": rule.code,
        "name": {"en": rule.name_en, "zh": rule.name_zh},
        "category": rule.category,
        "mode": rule.mode,
        "check_point": rule.check_point,
        "needs_approval": rule.needs_approval,
        "levels": [level.value for level in Level if level in found],
        "version": version.number if version else None,
        "since": version.effective_from if version else None,
        "proposed": proposed,
    }


def version_in_force(rule: Rule) -> RuleVersion | None:
    """The one that is judged by, or that ended the rule."""
    return versions_in_force().select_related("author", "decided_by").filter(rule=rule).first()


def approved_before(version: RuleVersion, others: Iterable[RuleVersion]) -> RuleVersion | None:
    """What a version changed: the newest approved one of its rule before it."""
    earlier = (
        each
        for each in others
        if each.number < version.number and each.state == VersionStateChoice.APPROVED
    )
    return max(earlier, key=lambda each: each.number, default=None)


def rules_using(indicator: Indicator) -> QuerySet[Rule]:
    """Judged rules with a condition on the indicator, or a second step."""
    is_used = (
        Q(conditions__indicator=indicator)
        | Q(conditions__over=indicator)
        | Q(then_step__indicator=indicator)
    )
    return rules_with_parts().filter(is_used, mode__in=JUDGED_MODES).distinct()


def specs_of_rules(codes: Iterable[str]) -> dict[str, RuleSpec]:
    """The rules of these codes as their rows stand, by code."""
    return {rule.code: stored_spec(rule) for rule in rules_with_parts().filter(code__in=codes)}


def pack_lines(pack: ParameterPack) -> list[Line]:
    """The lines of a stored pack, as its file gave them."""
    return [
        Line(row.number, row.rule, row.condition, _pack_threshold(row)) for row in pack.lines.all()
    ]


def pack_differences(pack: ParameterPack) -> list[Difference]:
    """A pack's lines beside the rules of now; once applied, beside those of then."""
    lines = pack_lines(pack)
    if pack.state != PackStateChoice.APPLIED:
        return differences(lines, specs_of_rules({line.rule for line in lines}))
    old = {row.number: row.old_value for row in pack.lines.all()}
    return [_then(line, old[line.number]) for line in lines]


def _then(line: Line, old: Decimal | None) -> Difference:
    if old is None:
        return Difference(line, Kind.ADDED, None)
    is_same = plain(old) == line.threshold.value
    return Difference(line, Kind.SAME if is_same else Kind.CHANGED, plain(old))


def _pack_threshold(row: PackLine) -> ThresholdSpec:
    return ThresholdSpec(
        level=Level(row.level),
        value=plain(row.value),
        scope=ScopeSpec(**row.scope) if row.scope else None,
        effective_from=row.effective_from.isoformat(),
        source_note=row.source_note,
    )


class ThresholdRow(TypedDict):
    """A threshold as screens show it.

    `version` is the rule's newest, null for a draft; `state` says whether that one is approved
    or proposed. `mode` is the rule's.
    """

    id: int
    rule: str
    name: dict[str, str]
    indicator: str
    over: str | None
    cmp: str
    unit: str
    level: str
    value: str
    version: int | None
    scope: dict[str, str]
    effective_from: str | None
    source_note: str
    mode: str
    state: str | None


def threshold_rows(rule: Rule | None = None) -> list[ThresholdRow]:
    """The thresholds of a rule, or of all that are not switched off."""
    thresholds = _thresholds()
    if rule is None:
        thresholds = thresholds.exclude(condition__rule__mode=ModeChoice.OFF)
    else:
        thresholds = thresholds.filter(condition__rule=rule)
    thresholds = thresholds.order_by("condition__rule__code", "condition__group", "condition", "pk")
    newest = _newest_versions()
    return [_threshold_row(each, newest) for each in thresholds]


def threshold_row(threshold_id: int) -> ThresholdRow:
    return _threshold_row(_thresholds().get(pk=threshold_id), _newest_versions())


def _thresholds() -> QuerySet[Threshold]:
    return Threshold.objects.select_related(
        "condition__rule", "condition__indicator", "condition__over"
    )


def _newest_versions() -> dict[int, tuple[int, str]]:
    """Number and state of each rule's newest version that is in force or may come to be."""
    valid = RuleVersion.objects.filter(state__in=_VALID).order_by("number")
    rows = valid.values_list("rule", "number", "state")
    return {rule: (number, state) for rule, number, state in rows}


def _threshold_row(threshold: Threshold, newest: Mapping[int, tuple[int, str]]) -> ThresholdRow:
    condition = threshold.condition
    version, state = newest.get(condition.rule_id, (None, None))
    day = threshold.effective_from
    return {
        "id": threshold.pk,
        "rule": condition.rule.code,
        "name": {"en": condition.rule.name_en, "zh": condition.rule.name_zh},
        "indicator": condition.indicator.code,
        "over": condition.over.code if condition.over else None,
        "cmp": condition.cmp,
        "unit": condition.unit,
        "level": threshold.level,
        "value": plain(threshold.value),
        "version": version,
        "scope": threshold.scope,
        "effective_from": day.isoformat() if day else None,
        "source_note": threshold.source_note,
        "mode": condition.rule.mode,
        "state": state,
    }
