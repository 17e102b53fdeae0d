"""The second pair of eyes says yes: what was proposed comes into force."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.announce_thresholds import announce_thresholds
from monitoring.actions.publish_rules import start
from monitoring.models import RuleVersion
from monitoring.models.choices import VersionStateChoice
from monitoring.rule_queries import approved_versions


class OwnVersion(PermissionError):
    """Nobody approves what they proposed."""


class AlreadyDecided(ValueError):
    """It no longer waits for a decision."""


@transaction.atomic
def approve_version(version: RuleVersion, user: User, reason: str = "") -> None:
    """It is in force from its time on, and never from before it was approved."""
    if version.author_id == user.pk:
        raise OwnVersion(str(version))
    now = timezone.now()
    approved = approved_versions().filter(rule=version.rule).first()
    changed = RuleVersion.objects.filter(pk=version.pk, state=VersionStateChoice.PROPOSED).update(
        state=VersionStateChoice.APPROVED,
        decided_by=user,
        decided_at=now,
        reason=reason,
        effective_from=start(version.effective_from, approved, now),
    )
    if changed != 1:
        raise AlreadyDecided(str(version))
    announce_thresholds(version.rule)
