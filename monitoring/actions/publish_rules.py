"""Freeze what has changed: each live rule whose rows differ from its newest version gets one."""

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.announce_thresholds import announce_thresholds
from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import ModeChoice
from monitoring.queries import latest_version, rules_with_parts, stored_spec
from riskgw.cep.checks import faults
from riskgw.cep.spec import RuleSpec, rule_from_builtins


class RuleFaulty(ValueError):
    """A live rule would be refused by the engine."""


@transaction.atomic
def publish_rules(author: User | None, note: str = "") -> list[RuleVersion]:
    """The versions that were made. Drafts and rules that are off get none."""
    changed = (_publish(rule, author, note) for rule in rules_with_parts())
    return [version for version in changed if version is not None]


def _publish(rule: Rule, author: User | None, note: str) -> RuleVersion | None:
    if rule.mode != ModeChoice.LIVE:
        return None
    latest = latest_version(rule)
    number = latest.number if latest else 0
    spec = stored_spec(rule, number)
    if latest is not None and _in_order(rule_from_builtins(latest.spec)) == _in_order(spec):
        return None
    if found := faults(spec):
        raise RuleFaulty(f"{rule.code}: {found[0].place}: {found[0].text}")
    version = RuleVersion.objects.create(
        rule=rule,
        number=number + 1,
        spec=msgspec.to_builtins(msgspec.structs.replace(spec, version=number + 1)),
        author=author,
        effective_from=timezone.now(),
        note=note,
    )
    announce_thresholds(rule)
    return version


def _in_order(spec: RuleSpec) -> RuleSpec:
    """A file lists indicators as its author did; in the database they have no order."""
    indicators = sorted(spec.indicators, key=lambda each: each.code)
    return msgspec.structs.replace(spec, indicators=tuple(indicators))
