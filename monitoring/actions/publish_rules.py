"""Freeze what has changed: each judged rule whose rows differ from its newest version gets one."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from monitoring.actions.announce_thresholds import announce_thresholds
from monitoring.domain.spec_order import in_order
from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import (
    JUDGED_MODES,
    ModeChoice,
    VersionModeChoice,
    VersionStateChoice,
)
from monitoring.rule_queries import approved_versions, proposed_versions, rules_with_parts
from monitoring.rule_rows import stored_spec
from riskgw.cep.checks import Fault, faults
from riskgw.cep.spec import RuleSpec, rule_from_builtins


class RuleFaulty(ValueError):
    """A judged rule would be refused by the engine."""

    def __init__(self, rule: str, found: list[Fault]) -> None:
        super().__init__(f"{rule}: {found[0].place}: {found[0].text}")
        self.rule, self.faults = rule, found


class Change(NamedTuple):
    """Who changed rules, why, and from when on; `approver` has approved of it already.

    A proposal waits for a second person, also of a rule that does not ask for one.
    """

    author: User | None
    note: str = ""
    effective_from: datetime | None = None
    approver: User | None = None
    is_proposal: bool = False


class _State(NamedTuple):
    """What two versions are compared by."""

    spec: RuleSpec
    mode: str
    needs_approval: bool


class _Stand(NamedTuple):
    """Where the versions of a rule stand."""

    approved: RuleVersion | None
    proposed: RuleVersion | None


def publish_rules(
    author: User | None, note: str = "", effective_from: datetime | None = None
) -> list[RuleVersion]:
    """The versions that were made. Drafts and rules that are off get none."""
    return publish(Change(author, note, effective_from))


@transaction.atomic
def publish(change: Change) -> list[RuleVersion]:
    """A version for each rule that has changed: in force, or proposed where four eyes are asked."""
    # One after another: the next number of a rule is taken once.
    list(Rule.objects.select_for_update().values_list("pk"))
    approved = {each.rule_id: each for each in approved_versions()}
    proposed = {each.rule_id: each for each in proposed_versions()}
    made = (
        _publish(rule, _Stand(approved.get(rule.pk), proposed.get(rule.pk)), change)
        for rule in rules_with_parts()
    )
    return [version for version in made if version is not None]


def _publish(rule: Rule, stand: _Stand, change: Change) -> RuleVersion | None:
    wanted = _wanted(rule, stand)
    if wanted is None or _same(wanted, stand.proposed or stand.approved):
        return None
    if stand.proposed is not None:
        _withdraw(stand.proposed)
    version = None
    if not _same(wanted, stand.approved):
        version = _made(rule, stand.approved, wanted, change)
    announce_thresholds(rule)
    return version


def _wanted(rule: Rule, stand: _Stand) -> _State | None:
    """What the newest version should say; None where there need not be one."""
    if rule.mode in JUDGED_MODES:
        return _State(in_order(stored_spec(rule, 0)), rule.mode, rule.needs_approval)
    newest = stand.proposed or stand.approved
    if rule.mode != ModeChoice.OFF or newest is None:
        return None
    # What is off may be edited like a draft; the version only says that it ended.
    last = stand.approved or newest
    return _State(_comparable(last), VersionModeChoice.OFF, last.needs_approval)


def _same(wanted: _State, version: RuleVersion | None) -> bool:
    if version is None:
        return wanted.mode == VersionModeChoice.OFF
    if wanted.mode == VersionModeChoice.OFF:
        return version.mode == wanted.mode
    return wanted == _State(_comparable(version), version.mode, version.needs_approval)


def _comparable(version: RuleVersion) -> RuleSpec:
    """A file lists parts as its author did; in the database some have no order."""
    return in_order(msgspec.structs.replace(rule_from_builtins(version.spec), version=0))


def _withdraw(proposed: RuleVersion) -> None:
    """It was overtaken by the next change of its rule."""
    RuleVersion.objects.filter(pk=proposed.pk, state=VersionStateChoice.PROPOSED).update(
        state=VersionStateChoice.WITHDRAWN, decided_at=timezone.now()
    )


def _made(rule: Rule, approved: RuleVersion | None, wanted: _State, change: Change) -> RuleVersion:
    if wanted.mode != VersionModeChoice.OFF and (found := faults(wanted.spec)):
        raise RuleFaulty(rule.code, found)
    now = timezone.now()
    number = (rule.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
    spec = wanted.spec if wanted.mode == VersionModeChoice.OFF else stored_spec(rule)
    is_watched = wanted.needs_approval or (approved is not None and approved.needs_approval)
    is_proposed = (is_watched or change.is_proposal) and change.approver is None
    version: RuleVersion = rule.versions.create(
        number=number,
        spec=msgspec.to_builtins(msgspec.structs.replace(spec, version=number)),
        mode=wanted.mode,
        needs_approval=wanted.needs_approval,
        state=VersionStateChoice.PROPOSED if is_proposed else VersionStateChoice.APPROVED,
        author=change.author,
        effective_from=start(change.effective_from, approved, now),
        note=change.note,
        decided_by=change.approver,
        decided_at=None if is_proposed else now,
    )
    return version


def start(wanted: datetime | None, approved: RuleVersion | None, now: datetime) -> datetime:
    """Never in the past, and not before what was approved earlier, of which it is the successor."""
    times = [now, wanted or now]
    if approved is not None:
        times.append(approved.effective_from)
    return max(times)
