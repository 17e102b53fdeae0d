"""What was proposed does not come into force, and the rows say again what is in force."""

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.announce_thresholds import announce_thresholds
from monitoring.actions.approve_version import AlreadyDecided
from monitoring.actions.publish_rules import publish_rules
from monitoring.actions.store_spec import store_spec
from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import ModeChoice, VersionStateChoice
from monitoring.rule_queries import approved_versions
from riskgw.cep.spec import rule_from_builtins


@transaction.atomic
def reject_version(version: RuleVersion, user: User, reason: str) -> None:
    """Turned down by another, withdrawn by its author. A rule without a version is a draft again.

    An indicator that the proposal changed is changed back, for all rules that use it.
    """
    is_own = version.author_id == user.pk
    changed = RuleVersion.objects.filter(pk=version.pk, state=VersionStateChoice.PROPOSED).update(
        state=VersionStateChoice.WITHDRAWN if is_own else VersionStateChoice.REJECTED,
        decided_by=user,
        decided_at=timezone.now(),
        reason=reason,
    )
    if changed != 1:
        raise AlreadyDecided(str(version))
    approved = approved_versions().filter(rule=version.rule).first()
    if approved is None:
        rule = Rule.objects.get(pk=version.rule_id)
        rule.mode = ModeChoice.DRAFT
        rule.save()
    else:
        _put_back(approved)
    publish_rules(user, reason)
    announce_thresholds(version.rule)


def _put_back(approved: RuleVersion) -> None:
    columns = {"mode": approved.mode, "needs_approval": approved.needs_approval}
    spec = rule_from_builtins(approved.spec)
    store_spec(spec, columns, apps.get_model, may_change_indicators=True)
