"""Draft, shadow, live, off: a rule goes from one to another with a note that says why."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.publish_rules import publish_rules
from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import MODE_CHANGES, ModeChoice


class IllegalMode(ValueError):
    """A rule in its mode does not become that."""


@transaction.atomic
def switch_mode(
    rule: Rule, mode: str, author: User, note: str, effective_from: datetime | None = None
) -> RuleVersion | None:
    """The version that says so; what was only a draft and is put aside has none."""
    if mode not in MODE_CHANGES[ModeChoice(rule.mode)]:
        raise IllegalMode(f"{rule.mode} to {mode}")
    rule.mode = mode
    rule.save()
    made = publish_rules(author, note, effective_from)
    return next((version for version in made if version.rule_id == rule.pk), None)
