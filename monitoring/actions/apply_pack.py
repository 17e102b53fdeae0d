"""The second pair of eyes says yes: the numbers of a pack become thresholds, all or none."""

from decimal import Decimal

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.approve_version import AlreadyDecided, OwnVersion
from monitoring.actions.import_pack import PackFaulty
from monitoring.actions.publish_rules import Change, publish
from monitoring.actions.store_spec import store_spec
from monitoring.domain.parameter_pack import applied, differences, pack_faults
from monitoring.models import ParameterPack, Rule, RuleVersion
from monitoring.models.choices import PackStateChoice
from monitoring.rule_queries import pack_lines, proposed_versions, specs_of_rules


class RulesWaiting(ValueError):
    """Rules of the pack have a proposal that waits for a decision; `codes` names them."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


@transaction.atomic
def apply_pack(pack: ParameterPack, user: User, reason: str = "") -> list[RuleVersion]:
    """The versions that were made, each approved with the pack."""
    if pack.author_id == user.pk:
        raise OwnVersion(str(pack))
    _decide(pack, PackStateChoice.APPLIED, user, reason)
    lines = pack_lines(pack)
    specs = specs_of_rules({line.rule for line in lines})
    if found := pack_faults(lines, specs):
        raise PackFaulty(found)
    # Approving the pack must not approve somebody's other proposal along with it.
    waiting = proposed_versions().filter(rule__code__in=specs).values_list("rule__code", flat=True)
    if waiting:
        raise RulesWaiting(sorted(waiting))
    _keep_old_values(pack)
    for code, spec in specs.items():
        rule = Rule.objects.get(code=code)
        columns = {"mode": rule.mode, "needs_approval": rule.needs_approval}
        wanted = applied(spec, [line for line in lines if line.rule == code])
        store_spec(wanted, columns, apps.get_model)
    return publish(Change(pack.author, pack.name, approver=user))


@transaction.atomic
def reject_pack(pack: ParameterPack, user: User, reason: str) -> None:
    """It changes nothing; its author may put it aside, too."""
    _decide(pack, PackStateChoice.REJECTED, user, reason)


def _decide(pack: ParameterPack, state: str, user: User, reason: str) -> None:
    draft = ParameterPack.objects.filter(pk=pack.pk, state=PackStateChoice.DRAFT)
    now = timezone.now()
    if draft.update(state=state, decided_by=user, decided_at=now, reason=reason) != 1:
        raise AlreadyDecided(str(pack))


def _keep_old_values(pack: ParameterPack) -> None:
    lines = pack_lines(pack)
    found = differences(lines, specs_of_rules({line.rule for line in lines}))
    old = {each.line.number: each.old for each in found}
    rows = list(pack.lines.all())
    for row in rows:
        value = old[row.number]
        row.old_value = None if value is None else Decimal(value)
    pack.lines.bulk_update(rows, ["old_value"], batch_size=500)
