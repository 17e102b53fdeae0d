"""Propose other numbers or another mode for a rule: tried on past days, then decided by another."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.publish_rules import Change, publish
from monitoring.actions.set_threshold import ThresholdUnknown
from monitoring.actions.switch_mode import IllegalMode
from monitoring.models import Rule, RuleVersion, Threshold
from monitoring.models.choices import MODE_CHANGES, ModeChoice


class NothingProposed(ValueError):
    """The rule would be what it is, or it is a draft that nobody is judged by."""


class Proposal(NamedTuple):
    """Numbers by threshold, the mode, why, and from when on."""

    values: Mapping[int, Decimal]
    mode: str | None = None
    note: str = ""
    effective_from: datetime | None = None


@transaction.atomic
def propose_version(rule: Rule, proposal: Proposal, author: User) -> RuleVersion:
    """The version that waits. What was proposed before and not decided gives way to it."""
    _set(rule, proposal.values)
    if proposal.mode is not None and proposal.mode != rule.mode:
        if proposal.mode not in MODE_CHANGES[ModeChoice(rule.mode)]:
            raise IllegalMode(f"{rule.mode} to {proposal.mode}")
        rule.mode = proposal.mode
        rule.save()
    change = Change(author, proposal.note, proposal.effective_from, is_proposal=True)
    made = [version for version in publish(change) if version.rule_id == rule.pk]
    if not made:
        raise NothingProposed(rule.code)
    return made[0]


def _set(rule: Rule, values: Mapping[int, Decimal]) -> None:
    rows = Threshold.objects.filter(condition__rule=rule).in_bulk(list(values))
    if unknown := sorted(values.keys() - rows.keys()):
        raise ThresholdUnknown(unknown[0])
    for number, row in rows.items():
        if row.value != values[number]:
            row.value = values[number]
            row.save()
